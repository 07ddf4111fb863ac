/** Bulletins as the API gives them, and how they are asked for. */
import { get, post, put, withQuery } from '@/api/http'
import type { Id, Name } from '@/api/types'
import type { Measure } from '@/closure/figures'

export const kinds = ['week', 'month'] as const
export type Kind = (typeof kinds)[number]
export const columns = ['found', 'due', 'closed', 'on_time', 'reopened', 'overdue'] as const
export type Column = (typeof columns)[number] & Measure
export type Counts = Record<Column, number> & { median_s: number | null }

export interface Listed {
  id: number
  area_code: string | null
  name: Name
  kind: Kind
  first_day: string
  last_day: string
  edition: number
  reason: string | null
  made_at: string
  made_by: string
  total: Counts
  /** Those that can be fetched, as `zh-CN.pdf`. */
  files: string[]
}
export interface CountRow extends Counts {
  code: string
  name: Name | null
}
export interface PlaceRow extends CountRow {
  fair: number | null
  low: number | null
  high: number | null
  rank: number
  rank_low: number
  rank_high: number
  behind: boolean
}
export interface Spot {
  code: string
  name: Name | null
  lon: number
  lat: number
  count: number
  expected: number
  p: number
}
export interface Bulletin {
  id: number
  edition: number
  reason: string | null
  title: string
  period: string
  made: string
  says: string[]
  figures: {
    kind: Kind
    since: string
    until: string
    as_of: string
    area_code: string | null
    synthetic: boolean
    total: Counts
    categories: CountRow[]
    places: PlaceRow[]
    departments: CountRow[]
    trend: { first: string; found: number; closed: number }[]
    hotspots: Spot[]
  }
}
export interface Series {
  area_code: string | null
  kind: Kind
  after_days: number
  at_minute: number
  set_at: string
  set_by: string
}

const root = '/api/v1/bulletins'
export const makeRow = 'POST /bulletins'
export const seriesRow = 'PUT /bulletins/series'

export const getBulletins = (jurisdiction: Id, signal?: AbortSignal) =>
  get<{ items: Listed[] }>(root, { jurisdiction }, signal).then(({ items }) => items)
export const getBulletin = (id: number, signal?: AbortSignal) =>
  get<Bulletin>(`${root}/${id}`, {}, signal)
export const getSeries = (jurisdiction: Id, signal?: AbortSignal) =>
  get<{ items: Series[] }>(`${root}/series`, { jurisdiction }, signal).then(({ items }) => items)
export interface Subject {
  jurisdiction: Id
  area: string | null
  kind: Kind
}
export const makeBulletin = (subject: Subject, first: string, reason: string | null) =>
  post<{ id: number }>(root, { ...subject, first, reason })
export const setSeries = (subject: Subject, after_days: number | null, at_minute: number) =>
  put<{ items: Series[] }>(`${root}/series`, { ...subject, after_days, at_minute })
export const fileUrl = (id: number, form: string, language: string) =>
  withQuery(`${root}/${id}/file`, { form, language })

const DAY = 86_400_000
const iso = (at: Date) => at.toISOString().slice(0, 10)
/** The first days of the last weeks or months that are over, by the office's own day, newest first. */
export function ended(kind: Kind, today: string, count: number): string[] {
  const now = new Date(`${today}T00:00:00Z`)
  if (kind === 'week') {
    const monday = now.getTime() - ((now.getUTCDay() + 6) % 7) * DAY
    return Array.from({ length: count }, (_, at) => iso(new Date(monday - (at + 1) * 7 * DAY)))
  }
  return Array.from({ length: count }, (_, at) =>
    iso(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - at - 1, 1))),
  )
}
/** The last day of a period. */
export function lastDay(kind: Kind, first: string): string {
  const at = new Date(`${first}T00:00:00Z`)
  if (kind === 'week') return iso(new Date(at.getTime() + 6 * DAY))
  return iso(new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)))
}
