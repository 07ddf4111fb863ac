/** Office hours as people write them, and the days of a year that they turn. */
import { describe, expect, it } from 'vitest'
import type { CalendarIn, Span } from '../src/api/deadlines'
import {
  dayState,
  hoursText,
  monthDays,
  readHours,
  turned,
  withYear,
} from '../src/deadlines/officeHours'

const usual: Span[] = [
  ['08:30', '12:00'],
  ['14:00', '18:00'],
]
const calendar: CalendarIn = {
  zone: 'Asia/Shanghai',
  week: [usual, usual, usual, usual, usual, [], []],
  days: [{ date: '2026-10-10', kind: 'make_up', name_zh: '调休', name_en: '', hours: null }],
  settled_through: 2026,
}

describe('office hours', () => {
  it('are read as they were written', () => {
    expect(readHours(hoursText(usual))).toEqual(usual)
    expect(readHours('8:30–12:00；14：00 至 18:00')).toEqual(usual)
    expect(readHours('0:00-24:00')).toEqual([['00:00', '24:00']])
    expect(readHours('  ')).toEqual([])
  })
  it('are refused where they make no sense', () => {
    for (const text of [
      '9',
      '09:00',
      '12:00-09:00',
      '09:00-12:00, 11:00-13:00',
      '09:00-25:00',
      '09:00-24:30',
      '09:00-12:00, 12:00-13:00',
    ]) {
      expect(readHours(text), text).toBeNull()
    }
  })
})

describe('the days of a calendar', () => {
  it('stand below their weekdays', () => {
    const november = monthDays(2026, 11)
    expect(november.indexOf('2026-11-01')).toBe(6) // a Sunday
    expect(november.at(-1)).toBe('2026-11-30')
    expect(monthDays(2028, 2).at(-1)).toBe('2028-02-29')
  })
  it('turn from what they are by their weekday, and back', () => {
    const monday = '2026-11-23'
    expect(dayState(calendar, monday)).toBe('work')
    const off = turned(calendar, monday)
    expect(dayState(off, monday)).toBe('holiday')
    expect(turned(off, monday)).toEqual(calendar)
    expect(dayState(turned(calendar, '2026-11-22'), '2026-11-22')).toBe('make_up')
    expect(dayState(turned(calendar, '2026-10-10'), '2026-10-10')).toBe('rest')
  })
  it('are replaced year by year, in order', () => {
    const day = { kind: 'holiday' as const, name_zh: '', name_en: '', hours: null }
    const next = withYear(calendar, 2027, [{ ...day, date: '2027-01-01' }], true)
    expect(next.days.map((one) => one.date)).toEqual(['2026-10-10', '2027-01-01'])
    expect(next.settled_through).toBe(2027)
    expect(withYear(next, 2026, [], false).settled_through).toBe(2027)
    expect(withYear(calendar, 2028, [], false).settled_through).toBe(2026)
  })
})
