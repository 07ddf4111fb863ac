/** What the dispatcher wants to see, as the address and the API write it. */
import type { LocationQuery } from 'vue-router'
import type { Query } from '@/api/http'
import type { Bbox, Id } from '@/api/types'
import { text, type Patch } from '@/state/urlView'

export interface QueueFilters {
  status: 'open' | 'closed' | 'all'
  category: string
  severity: string
  q: string
  grid: string
  /** `true`: only what lies outside all grids and waits in a queue. */
  queue: string
  since: string
  until: string
  bbox: string
}

export function readFilters(query: LocationQuery): QueueFilters {
  const status = text(query.status)
  const severity = text(query.severity)
  return {
    status: status === 'closed' || status === 'all' ? status : 'open',
    category: /^\d{2,}$/.test(text(query.category)) ? text(query.category) : '',
    severity: /^[1-4]$/.test(severity) ? severity : '',
    q: text(query.q),
    grid: text(query.grid),
    queue: text(query.queue) ? 'true' : '',
    since: readInstant(text(query.since)),
    until: readInstant(text(query.until)),
    bbox: readBbox(text(query.bbox)) ? text(query.bbox) : '',
  }
}

export function writeFilters(filters: QueueFilters): Patch {
  return { ...filters, status: filters.status === 'open' ? null : filters.status }
}

export function queryOf(filters: QueueFilters, jurisdiction: Id): Query {
  return { jurisdiction, ...filters }
}

/** Do the tiles know all of the filter? They know the status and the top-level category. */
export function tilesKnow(filters: QueueFilters): boolean {
  const { status: _, category, ...rest } = filters
  return category.length <= 2 && !Object.values(rest).some(Boolean)
}

export const noFilters: QueueFilters = readFilters({})

/** How many narrow the list beside the status, which is always one of three. */
export function countFilters(filters: QueueFilters): number {
  const { status, ...rest } = filters
  return Object.values(rest).filter(Boolean).length + (status === 'open' ? 0 : 1)
}

export function readBbox(words: string): Bbox | null {
  const parts = words.split(',').map(Number)
  if (parts.length !== 4 || !parts.every(Number.isFinite)) return null
  const [west, south, east, north] = parts as Bbox
  return west < east && south < north ? [west, south, east, north] : null
}

export function readPin(words: string): [number, number] | null {
  const parts = words.split(',')
  const [lon, lat] = parts.map(Number)
  if (parts.length !== 2 || words === ',' || lon === undefined || lat === undefined) return null
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85 ? [lon, lat] : null
}

function readInstant(words: string): string {
  return Number.isNaN(Date.parse(words)) ? '' : words
}
