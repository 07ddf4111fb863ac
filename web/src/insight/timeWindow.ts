/** The time window that the leader looks at, as the address writes it and the API takes it. */
import type { LocationQuery } from 'vue-router'
import { startOfDay } from '@/i18n/format'
import { text, type Patch } from '@/state/urlView'
import type { Narrowed } from './filters'

export const presets = [7, 30, 90, 365] as const
export type WindowKey = '7' | '30' | '90' | '365' | 'all' | 'custom'
export interface TimeWindow {
  key: WindowKey
  /** Days of the office's calendar, both included; only for `custom`. */
  from: string
  to: string
}
/** Instants, the end excluded, absent where the window has no end; and what else narrows the page. */
export interface Span extends Narrowed {
  since?: string
  until?: string
  boundaries?: 'then' | 'now'
}

const day = /^\d{4}-\d{2}-\d{2}$/
export const defaultWindow: TimeWindow = { key: '30', from: '', to: '' }

export function readWindow(query: LocationQuery): TimeWindow {
  const from = text(query.from)
  const to = text(query.to)
  const key = text(query.w)
  if (key === 'custom' && isDay(from) && isDay(to) && from <= to) return { key, from, to }
  if (key === 'all' || presets.some((days) => String(days) === key)) {
    return { key: key as WindowKey, from: '', to: '' }
  }
  return defaultWindow
}

export function writeWindow(window: TimeWindow): Patch {
  const custom = window.key === 'custom'
  return {
    w: window.key === defaultWindow.key ? null : window.key,
    from: custom ? window.from : null,
    to: custom ? window.to : null,
  }
}

/** A preset of n days is today so far and the n − 1 whole days before it. */
export function spanOf(window: TimeWindow, now: Date, zone: string): Span {
  if (window.key === 'all') return {}
  if (window.key === 'custom') {
    const since = dayStart(zone, window.from)
    const until = dayStart(zone, window.to, 1)
    return { since: since.toISOString(), until: until.toISOString() }
  }
  const since = startOfDay(zone, now, Number(window.key) - 1)
  return { since: since.toISOString(), until: now.toISOString() }
}

/** The first moment of a day, or of one so many days later, as the API takes it. */
export function dayAfter(zone: string, day: string, later: number): string {
  return dayStart(zone, day, later).toISOString()
}

/** Noon in UTC of a calendar day lies in the same or the next local day: settle by asking back. */
function dayStart(zone: string, date: string, later = 0): Date {
  const noon = new Date(`${date}T12:00:00Z`)
  noon.setUTCDate(noon.getUTCDate() + later)
  const wanted = noon.toISOString().slice(0, 10)
  const local = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(noon)
  const shift = local > wanted ? -1 : local < wanted ? 1 : 0
  noon.setUTCDate(noon.getUTCDate() + shift)
  return startOfDay(zone, noon)
}

function isDay(words: string): boolean {
  return day.test(words) && !Number.isNaN(Date.parse(`${words}T00:00:00Z`))
}
