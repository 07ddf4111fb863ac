/** A week of duty shifts as the roster shows it: by grid and by day of the office's calendar. */
import type { Duty } from '@/api/people'
import { addDays, wallOf, weekday } from '@/i18n/wallClock'

export type Part = 'day' | 'night'
export interface Shift {
  duty: Duty
  /** Wall-clock times of the office. */
  from: string
  to: string
  part: Part
}
/** Seven days, each with its shifts in order. */
export type Week = Shift[][]

/** When shifts begin and end unless told otherwise; a night ends on the next day. */
export const usual: Record<Part, { from: string; to: string; nights: number }> = {
  day: { from: '08:00', to: '20:00', nights: 0 },
  night: { from: '20:00', to: '08:00', nights: 1 },
}

/** The day, `2026-11-16`, of the Monday of the week that a day lies in. */
export function mondayOf(day: string): string {
  const noon = `${day}T12:00`
  return addDays(noon, -weekday(noon)).slice(0, 10)
}

export function daysOf(monday: string): string[] {
  return [0, 1, 2, 3, 4, 5, 6].map((later) => addDays(`${monday}T12:00`, later).slice(0, 10))
}

/**
 * A shift stands on the day that it begins on, and on each later day whose noon it reaches: a night
 * shift on one day, two days in a row on both.
 */
export function weekOf(duties: Duty[], monday: string, zone: string): Map<string, Week> {
  const days = daysOf(monday)
  const weeks = new Map<string, Week>()
  for (const duty of duties) {
    const from = wallOf(zone, duty.since)
    const to = wallOf(zone, duty.until)
    days.forEach((day, index) => {
      const begins = from.slice(0, 10) === day
      const reaches = from.slice(0, 10) < day && to > `${day}T12:00`
      if (!begins && !reaches) return
      const week = weeks.get(duty.grid_code) ?? days.map(() => [])
      weeks.set(duty.grid_code, week)
      week[index]!.push({ duty, from, to, part: begins ? partOf(from) : 'day' })
    })
  }
  for (const week of weeks.values()) {
    for (const day of week)
      day.sort((a, b) => a.from.localeCompare(b.from) || a.duty.id - b.duty.id)
  }
  return weeks
}

/** A shift that begins from six in the evening to five in the morning is a night shift. */
export function partOf(from: string): Part {
  const hour = Number(from.slice(11, 13))
  return hour >= 18 || hour < 5 ? 'night' : 'day'
}

/** `08:00–20:00`; with the day where it ends on another one than the next morning. */
export function hoursOf(shift: Shift): string {
  const [from, to] = [shift.from.slice(11, 16), shift.to.slice(11, 16)]
  const nextDay = addDays(shift.from, 1).slice(0, 10)
  const near = shift.to.slice(0, 10) <= nextDay
  return near ? `${from}–${to}` : `${from}–${shift.to.slice(5, 10)} ${to}`
}
