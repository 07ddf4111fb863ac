/** Closure figures as the API gives them, and how they are asked for. */
import { get, withQuery, type Query } from '@/api/http'
import type { Name } from '@/api/types'

export const allBy = [
  'level1',
  'level2',
  'level3',
  'organisation',
  'department',
  'person',
  'category',
  'subcategory',
  'source',
] as const
export type By = (typeof allBy)[number]
export const steps = ['day', 'week', 'month'] as const
export type Step = (typeof steps)[number]
/** Each row does the same kind of work as the others, so that they can be compared. */
const compared = new Set<By>(['level1', 'level2', 'level3', 'organisation', 'department', 'person'])
export const canCompare = (by: By): boolean => compared.has(by)

/** A share of what was due, and between which shares the true one lies. */
export interface Rate {
  rate: number | null
  low: number | null
  high: number | null
  fair: number | null
  expected: number | null
  rank: number | null
  rank_low: number | null
  rank_high: number | null
  apart: 'above' | 'below' | null
}
export interface Figures {
  found: number
  due: number
  closed: number
  on_time: number
  reopened: number
  overdue: number
  median_s: number | null
  closure: Rate
  on_time_rate: Rate
}
export interface Row extends Figures {
  key: string | null
  name: Name | null
  since: string | null
  until: string | null
}
export interface Closure {
  by: string
  as_of: string
  items: Row[]
  total: Figures
  /** Keys of at most three rows that are surely below what is expected of them. */
  last: string[]
  beside: Record<'resting' | 'undated' | 'rejected' | 'merged' | 'dismissed_late', number>
}
/** What a list of cases can be asked for: those that a figure counts. */
export type Measure =
  | 'found'
  | 'due'
  | 'closed'
  | 'on_time'
  | 'missed'
  | 'unclosed'
  | 'reopened'
  | 'overdue'
  | 'resting'
  | 'undated'
  | 'rejected'
  | 'merged'

const root = '/api/v1/stats/closure'
export const peopleRow = 'GET /stats/closure/people'

export function getClosure(by: By | Step, query: Query, signal?: AbortSignal) {
  return by === 'person'
    ? get<Closure>(`${root}/people`, query, signal)
    : get<Closure>(root, { ...query, by }, signal)
}
/** Where the table can be had as a file, in the reader's language. */
export function fileUrl(by: By, query: Query, kind: 'xlsx' | 'csv', lang: string): string {
  return by === 'person'
    ? withQuery(`${root}/people/file`, { ...query, kind, lang })
    : withQuery(`${root}/file`, { ...query, by, kind, lang })
}
