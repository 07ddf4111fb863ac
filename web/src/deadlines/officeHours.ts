/** Office hours as people write them, `08:30-12:00, 14:00-18:00`, and the days of a year. */
import type { CalendarIn, SpecialDay, Span } from '@/api/deadlines'
import { weekday } from '@/i18n/wallClock'

const time = String.raw`(?:[01]?\d|2[0-4])[:：][0-5]\d`
const span = new RegExp(String.raw`^(${time})\s*(?:-|–|—|~|～|至|到)\s*(${time})$`)

export function hoursText(spans: Span[]): string {
  return spans.map(([opening, closing]) => `${opening}-${closing}`).join(', ')
}

/** What was written, or null if it cannot be read; nothing written is a day without office hours. */
export function readHours(written: string): Span[] | null {
  const parts = written.split(/[,，;；、\s]*[,，;；、][,，;；、\s]*|\n+/).map((part) => part.trim())
  const spans: Span[] = []
  for (const part of parts) {
    if (!part) continue
    const found = span.exec(part)
    if (!found) return null
    const ends = found.slice(1).map((end) => end!.replace('：', ':').padStart(5, '0'))
    if (ends.some((end) => end > '24:00')) return null
    spans.push(ends as Span)
  }
  const ends = spans.flat()
  return ends.every((end, place) => place === 0 || ends[place - 1]! < end) ? spans : null
}

/** The days of a month, `2026-11-01` …, before them as many blanks as its first week has. */
export function monthDays(year: number, month: number): (string | null)[] {
  const first = `${year}-${String(month).padStart(2, '0')}`
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const blanks = Array<null>(weekday(`${first}-01T12:00`)).fill(null)
  return [
    ...blanks,
    ...Array.from({ length: count }, (_, n) => `${first}-${String(n + 1).padStart(2, '0')}`),
  ]
}

export type DayState = 'work' | 'rest' | 'holiday' | 'make_up'

export function dayState(calendar: CalendarIn, day: string): DayState {
  const special = calendar.days.find((one) => one.date === day)
  if (special) return special.kind
  return calendar.week[weekday(`${day}T12:00`)]!.length ? 'work' : 'rest'
}

/** The calendar with a day turned: a working day off, a day off worked, a special one plain. */
export function turned(calendar: CalendarIn, day: string): CalendarIn {
  const state = dayState(calendar, day)
  const days = calendar.days.filter((one) => one.date !== day)
  if (state === 'work' || state === 'rest') {
    const kind = state === 'work' ? 'holiday' : 'make_up'
    days.push({ date: day, kind, name_zh: '', name_en: '', hours: null })
    days.sort((a, b) => (a.date < b.date ? -1 : 1))
  }
  return { ...calendar, days }
}

/** The calendar with one year's days replaced. */
export function withYear(
  calendar: CalendarIn,
  year: number,
  days: SpecialDay[],
  settled: boolean,
): CalendarIn {
  const kept = calendar.days.filter((one) => !one.date.startsWith(`${year}-`))
  const known = calendar.settled_through
  return {
    ...calendar,
    days: [...kept, ...days].sort((a, b) => (a.date < b.date ? -1 : 1)),
    settled_through: settled && known !== null ? Math.max(known, year) : known,
  }
}
