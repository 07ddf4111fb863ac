import { describe, expect, it } from 'vitest'
import type { Ranking } from '@/api/scores'
import type { Row } from '@/closure/figures'
import { atAGlance, behind, lastOf, pointRows, roomFor, whoRows } from '@/insight/who'
import type { UnitsBelow } from '@/insight/api'
import { orderedPeople } from '@/scores/people'
import type { RankedPerson } from '@/api/scores'

const rate = (rank: number, apart: 'above' | 'below' | null) => ({
  rate: 0.8, low: 0.7, high: 0.9, fair: 0.8, expected: 0.8, rank, rank_low: 1, rank_high: 9, apart,
}) // prettier-ignore
const unit = (key: string, rank: number, due: number, apart: 'above' | 'below' | null = null) =>
  ({ key, name: null, due, on_time_rate: rate(rank, apart) }) as unknown as Row & { key: string }
const told = (items: (Row & { key: string })[], named: string[]): UnitsBelow =>
  ({ by: 'level2', as_of: '', items, total: {}, named }) as unknown as UnitsBelow

describe('who is behind', () => {
  it('says what can be said of each, and nothing of few cases', () => {
    const rows = whoRows(
      told(
        [
          unit('a', 1, 90, 'above'),
          unit('b', 2, 90),
          unit('c', 3, 29, 'below'),
          unit('d', 4, 90, 'below'),
        ],
        ['c', 'd'],
      ),
    )
    expect(rows.map((one) => one.verdict)).toEqual(['above', 'even', 'few', 'below'])
    expect(rows.map((one) => one.named)).toEqual([false, false, true, true])
    expect(behind(rows)).toEqual({ sure: true, rows: [rows[3]] })
  })
  it('names the last as such where chance may explain it', () => {
    const rows = whoRows(told([unit('a', 1, 90), unit('b', 2, 90)], ['b']))
    expect(behind(rows)).toEqual({ sure: false, rows: [rows[1]] })
    expect(behind([])).toEqual({ sure: false, rows: [] })
  })
  it('names the last three by points with their ties, and never more than half', () => {
    expect(lastOf([9, 7, 5, 4, 3, 1, 0])).toBe(3)
    expect(lastOf([9, 8, 7, 6, 5, 3, 3, 2, 1])).toBe(3)
    expect(lastOf([9, 3, 1])).toBe(1)
    expect(lastOf([5, 5, 5, 5])).toBeNull()
    expect(lastOf([])).toBeNull()
  })
  it('shows of a ranking by points who has a rank, and leaves old ones without intervals', () => {
    const items = [
      { code: 'a', rank: 1, points: 5, small: false, fair: null },
      { code: 'b', rank: 2, points: 3, small: true, fair: null },
      { code: 'c', rank: null, points: 0, small: true, fair: null },
    ]
    const rows = pointRows({ items } as unknown as Ranking)
    expect(rows.map(({ key, named, verdict, low }) => [key, named, verdict, low])).toEqual([
      ['a', false, 'even', null],
      ['b', true, 'few', null],
    ])
  })
  it('fits the first and always the last three into the room that there is', () => {
    const rows = [...Array(11).keys()]
    expect(atAGlance(rows, 11)).toEqual({ first: rows, between: 0, last: [] })
    expect(atAGlance(rows, 6)).toEqual({ first: [0, 1], between: 6, last: [8, 9, 10] })
    expect(atAGlance(rows, 3)).toEqual({ first: [], between: 8, last: [8, 9, 10] })
    expect(roomFor(200)).toBe(4)
    expect(roomFor(0)).toBe(3)
  })
})

describe('people on posts', () => {
  const person = (code: string, rank: number, fair: number | null, time: number | null) =>
    ({
      code,
      rank,
      overdue: rank,
      fair: fair && { rank: fair },
      on_time_rate: { rank: time },
    }) as unknown as RankedPerson
  it('stand in the order that is asked for, who has no figure last', () => {
    const rows = [person('a', 1, null, 2), person('b', 2, 1, 1), person('c', 2, 2, null)]
    const codes = (order: 'points' | 'fair' | 'on_time' | 'overdue') =>
      orderedPeople(rows, order).map((one) => one.code)
    expect(codes('points')).toEqual(['a', 'b', 'c'])
    expect(codes('fair')).toEqual(['b', 'c', 'a'])
    expect(codes('on_time')).toEqual(['b', 'a', 'c'])
    expect(codes('overdue')).toEqual(['b', 'c', 'a'])
  })
})
