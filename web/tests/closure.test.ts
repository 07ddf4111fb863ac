import { describe, expect, it } from 'vitest'
import type { Rate, Row } from '../src/closure/figures'
import { behind, below, placeOn, scaleStart, sorted } from '../src/closure/rows'
import { countFilters, narrowOf, readFilters, writeFilters } from '../src/dispatch/filters'

const rate = (share: number | null): Rate => ({
  rate: share,
  low: share === null ? null : share - 0.05,
  high: share === null ? null : share + 0.05,
  fair: share,
  expected: share,
  rank: 1,
  rank_low: 1,
  rank_high: 1,
  apart: null,
})
const row = (key: string | null, share: number | null, due = 100): Row => ({
  key,
  name: null,
  since: null,
  until: null,
  found: due,
  due,
  closed: due,
  on_time: due,
  reopened: 0,
  overdue: 0,
  median_s: null,
  closure: rate(share),
  on_time_rate: rate(share),
})
const called = (one: Row) => one.key ?? ''
const keys = (rows: Row[]) => rows.map((one) => one.key)

describe('rows of closure figures', () => {
  it('stand by what they are sorted by; what has no value, or is nobody’s, last', () => {
    const rows = [row(null, 0.99), row('a', null), row('b', 0.7), row('c', 0.9)]
    expect(keys(sorted(rows, 'on_time', false, called))).toEqual(['c', 'b', 'a', null])
    expect(keys(sorted(rows, 'on_time', true, called))).toEqual(['b', 'c', 'a', null])
    expect(keys(sorted(rows, 'name', true, called))).toEqual(['a', 'b', 'c', null])
  })

  it('have a scale on which all but the smallest lie', () => {
    expect(scaleStart([row('a', 0.98), row('b', 0.87)])).toBeCloseTo(0.8)
    expect(scaleStart([row('a', 0.98), row('b', 0.3, 4)])).toBeCloseTo(0.9)
    expect(scaleStart([])).toBe(0)
    expect(placeOn(0.8, 0.9)).toBeCloseTo(50)
    expect([placeOn(0.8, 0.1), placeOn(0.8, 1.2)]).toEqual([0, 100])
  })

  it('lead to their own cases, and one level down', () => {
    expect(behind('level2', null)).toEqual({ queue: 'true' })
    expect(behind('department', null)).toEqual({ department: '0' })
    expect(behind('subcategory', '01')).toEqual({ category: '01', exact: 'true' })
    expect(below('level1', '410102004')).toMatchObject({ by: 'level2', filter: 'grid' })
    expect(below('person', '7')).toBeNull()
  })
})

describe('the desk’s list of a figure', () => {
  const query = { status: 'all', measure: 'on_time', body: '12', boundaries: 'now', exact: 'true' }

  it('is asked for as the address says, and kept in it', () => {
    const filters = readFilters(query)
    expect(narrowOf(filters, 3)).toMatchObject({ ...query, jurisdiction: 3 })
    expect(readFilters(writeFilters(filters) as Record<string, string>)).toEqual(filters)
    expect(countFilters(filters)).toBe(3)
  })

  it('knows nothing of whose cases it counts without a figure', () => {
    const filters = readFilters({ ...query, measure: 'guessed' })
    expect([filters.measure, filters.body, filters.boundaries]).toEqual(['', '', ''])
  })
})
