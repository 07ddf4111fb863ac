// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import type { Duty, Vacancy } from '../src/api/people'
import type { GridRow, Level } from '../src/api/types'
import { addDays, instantOf, wallOf, weekday } from '../src/i18n/wallClock'
import { filterVacancies } from '../src/people/filterVacancies'
import { rosterRows } from '../src/people/rosterRows'
import { daysOf, hoursOf, mondayOf, partOf, weekOf } from '../src/people/rosterWeek'

const zone = 'Asia/Shanghai'

describe('the clock of the office', () => {
  it('shows an instant in its own zone, wherever the reader is, and back', () => {
    expect(wallOf(zone, '2026-11-21T23:30:00Z')).toBe('2026-11-22T07:30')
    expect(instantOf(zone, '2026-11-22T07:30')).toBe('2026-11-21T23:30:00.000Z')
  })

  it('keeps its time beside a change of the clock', () => {
    for (const shown of ['2026-03-29T00:30', '2026-03-29T04:00', '2026-10-25T12:00']) {
      expect(wallOf('Europe/Berlin', instantOf('Europe/Berlin', shown))).toBe(shown)
    }
  })

  it('counts days and weekdays over the ends of months and years', () => {
    expect(addDays('2026-12-31T20:00', 1)).toBe('2027-01-01T20:00')
    expect(addDays('2028-03-01T08:00', -1)).toBe('2028-02-29T08:00')
    expect(weekday('2026-11-22T00:00')).toBe(6)
    expect(mondayOf('2026-11-22')).toBe('2026-11-16')
    expect(mondayOf('2026-11-16')).toBe('2026-11-16')
    expect(daysOf('2026-12-28').at(-1)).toBe('2027-01-03')
  })

  it('refuses what is no time', () => {
    expect(() => instantOf(zone, 'soon')).toThrow(RangeError)
  })
})

let next = 1
function duty(grid_code: string, since: string, until: string): Duty {
  return {
    id: next++,
    grid_code,
    since: instantOf(zone, since),
    until: instantOf(zone, until),
    person: { id: 1, name: '王' },
    reason: null,
    recorded_by: 'dispatcher',
    recorded_at: '2026-11-01T00:00:00Z',
  }
}

describe('the week of a roster', () => {
  it('puts a night on the day that it begins on, and only there', () => {
    const night = duty('410102004', '2026-11-17T20:00', '2026-11-18T08:00')
    const week = weekOf([night], '2026-11-16', zone).get('410102004')!
    expect(week.map((day) => day.length)).toEqual([0, 1, 0, 0, 0, 0, 0])
    expect(week[1]![0]).toMatchObject({ part: 'night', from: '2026-11-17T20:00' })
    expect(hoursOf(week[1]![0]!)).toBe('20:00–08:00')
  })

  it('shows a shift of several days on each, also one that began before the week', () => {
    const long = duty('410102004', '2026-11-14T08:00', '2026-11-17T18:00')
    const week = weekOf([long], '2026-11-16', zone).get('410102004')!
    expect(week.map((day) => day.length)).toEqual([1, 1, 0, 0, 0, 0, 0])
    expect(hoursOf(week[0]![0]!)).toBe('08:00–11-17 18:00')
  })

  it('puts the day before the night and leaves other weeks out', () => {
    const shifts = [
      duty('410102004', '2026-11-16T20:00', '2026-11-17T08:00'),
      duty('410102004', '2026-11-16T08:00', '2026-11-16T20:00'),
      duty('410102005', '2026-11-23T08:00', '2026-11-23T20:00'),
    ]
    const weeks = weekOf(shifts, '2026-11-16', zone)
    expect(weeks.get('410102004')![0]!.map((shift) => shift.part)).toEqual(['day', 'night'])
    expect(weeks.has('410102005')).toBe(false)
    expect(partOf('2026-11-16T04:59')).toBe('night')
  })

  it('shows a grid of every upper level, basic grids on duty, or one community whole', () => {
    const row = (code: string, parent_code: string | null) => ({ code, parent_code }) as GridRow
    const rows: Record<Level, GridRow[]> = {
      1: [row('410102004', null)],
      2: [row('410102004001', '410102004'), row('410102004002', '410102004')],
      3: [row('410102004001001', '410102004001'), row('410102004002001', '410102004002')],
    }
    const codes = (onDuty: string[], community: string) =>
      rosterRows(rows, new Set(onDuty), community).map((one) => one.row.code)
    expect(codes([], '')).toEqual(['410102004', '410102004001', '410102004002'])
    expect(codes(['410102004001001'], '')).toContain('410102004001001')
    expect(codes([], '410102004002')).toEqual(['410102004002', '410102004002001'])
  })
})

describe('vacant posts', () => {
  const vacancy = (code: string, zh: string, kind: Vacancy['kind']): Vacancy => ({
    grid: { id: 1, code, name: { zh, en: `${zh} community` } },
    level: 2,
    role: 'secretary',
    seat: 1,
    kind,
    since: null,
    last: { id: 2, name: '刘红' },
    answers: { id: 3, name: '王英霞' },
    answers_level: 2,
  })
  const all = [vacancy('410102004001', '建西', 'vacant'), vacancy('410102004002', '文化', 'away')]
  const codes = (words: string, kind: 'all' | 'vacant' | 'away' = 'all') =>
    filterVacancies(all, { words, kind }).map((row) => row.grid.code)

  it('are found by grid, code, and person, and by why', () => {
    expect(codes('建西')).toEqual(['410102004001'])
    expect(codes('410102004002')).toEqual(['410102004002'])
    expect(codes(' 王英 ')).toHaveLength(2)
    expect(codes('', 'away')).toEqual(['410102004002'])
    expect(codes('建西', 'away')).toEqual([])
  })
})
