/** What the dispatcher wants to see, and in which order, as the address and the API write it. */
import type { LocationQuery } from 'vue-router'
import type { Query } from '@/api/http'
import type { Bbox, Id } from '@/api/types'
import { text, type Patch } from '@/state/urlView'
import { sources } from './sources'

export const openStages = ['collected', 'registered', 'dispatched', 'handled', 'fed_back'] as const
export const closedStages = ['closed', 'evaluated'] as const
export const dues = ['overdue', 'soon', 'none'] as const
export const marks = ['parked', 'supervised'] as const
export const measures = [
  'found', 'due', 'closed', 'on_time', 'missed', 'unclosed', 'reopened', 'overdue', 'resting',
  'undated', 'rejected', 'merged',
] as const // prettier-ignore
/** What belongs to a measure and means nothing without it. */
export const measured = {
  measure: '',
  as_of: '',
  boundaries: '',
  body: '',
  department: '',
  responsible: '',
  exact: '',
} as const
const stages: readonly string[] = [...openStages, ...closedStages]

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
  /** An H3 cell of the leader's map. */
  cell: string
  stage: string
  source: string
  /** Ids. */
  person: string
  organisation: string
  due: '' | (typeof dues)[number]
  marked: '' | (typeof marks)[number]
  /** `true`: only what the reader, or the reader's organisation, has in hand. */
  mine: string
  /** The cases that a figure of the leader's counts, and what that figure is of. */
  measure: '' | (typeof measures)[number]
  as_of: string
  boundaries: '' | 'now'
  body: string
  department: string
  responsible: string
  exact: string
  order: 'newest' | 'due'
}

const oneOf = <T extends string>(said: string, of: readonly T[]): T | '' =>
  of.includes(said as T) ? (said as T) : ''
const flag = (said: unknown) => (text(said) === 'true' ? 'true' : '')
const somebody = (said: unknown) => (/^(0|[1-9]\d{0,9})$/.test(text(said)) ? text(said) : '')
const id = (said: unknown) => (/^[1-9]\d{0,15}$/.test(text(said)) ? text(said) : '')

export function readFilters(query: LocationQuery): QueueFilters {
  const status = oneOf(text(query.status), ['closed', 'all'] as const) || 'open'
  const severity = text(query.severity)
  return {
    status,
    category: /^\d{2,}$/.test(text(query.category)) ? text(query.category) : '',
    severity: /^[1-4]$/.test(severity) ? severity : '',
    q: text(query.q),
    grid: text(query.grid),
    queue: text(query.queue) ? 'true' : '',
    since: readInstant(text(query.since)),
    until: readInstant(text(query.until)),
    bbox: readBbox(text(query.bbox)) ? text(query.bbox) : '',
    cell: /^[0-9a-f]{15}$/.test(text(query.cell)) ? text(query.cell) : '',
    stage: oneOf(text(query.stage), stages),
    source: oneOf(text(query.source), sources),
    person: id(query.person),
    organisation: id(query.organisation),
    due: oneOf(text(query.due), dues),
    marked: oneOf(text(query.marked), marks),
    mine: flag(query.mine),
    ...readMeasure(query),
    // Only open cases have a deadline that still counts.
    order: text(query.order) === 'due' && status === 'open' ? 'due' : 'newest',
  }
}

function readMeasure(query: LocationQuery): Pick<QueueFilters, keyof typeof measured> {
  const measure = oneOf(text(query.measure), measures)
  if (!measure) return { ...measured }
  return {
    measure,
    as_of: readInstant(text(query.as_of)),
    boundaries: oneOf(text(query.boundaries), ['now'] as const),
    body: somebody(query.body),
    department: somebody(query.department),
    responsible: somebody(query.responsible),
    exact: flag(query.exact),
  }
}

export function writeFilters(filters: QueueFilters): Patch {
  const { status, order, ...rest } = filters
  return {
    ...rest,
    status: status === 'open' ? null : status,
    order: order === 'newest' ? null : order,
  }
}

/** What belongs together follows: a stage to its status, a deadline to open cases. */
export function changeFilters(was: QueueFilters, changes: Partial<QueueFilters>): QueueFilters {
  const next = { ...was, ...changes }
  const closed = (closedStages as readonly string[]).includes(next.stage)
  if (changes.stage) next.status = closed ? 'closed' : 'open'
  if (changes.due || changes.marked || changes.mine || changes.order === 'due') next.status = 'open'
  if (changes.status) {
    if (next.status === 'closed' && !closed) next.stage = ''
    if (next.status === 'open' && closed) next.stage = ''
  }
  if (next.status !== 'open') {
    Object.assign(next, { due: '', marked: '', mine: '', order: 'newest' })
  }
  if (next.status === 'open' && closed) next.stage = ''
  return next
}

/** What narrows the list, as the API wants it; the order is the list's own. */
export function narrowOf(filters: QueueFilters, jurisdiction: Id): Query {
  const { order: _, ...narrow } = filters
  return { jurisdiction, ...narrow }
}
export function queryOf(filters: QueueFilters, jurisdiction: Id): Query {
  return { ...narrowOf(filters, jurisdiction), order: filters.order === 'due' ? 'due' : '' }
}

/** Do the tiles know all of the filter? They know the status and the top-level category. */
export function tilesKnow(filters: QueueFilters): boolean {
  const { status: _, order: __, category, ...rest } = filters
  return category.length <= 2 && !Object.values(rest).some(Boolean)
}

export const noFilters: QueueFilters = readFilters({})

/** How many narrow the list beside the status, which is always one of three. */
export function countFilters(filters: QueueFilters): number {
  const { status, order: _, as_of: __, boundaries: ___, exact: ____, ...rest } = filters
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
