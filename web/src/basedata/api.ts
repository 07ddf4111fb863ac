/** Base data of grids, visits, patrols and diaries, as the server tells them. */
import { get, post, withQuery } from '@/api/http'
import type { Id, Level, Name } from '@/api/types'

const root = '/api/v1'

export const groups = ['people', 'places', 'things', 'feelings', 'events', 'organisations'] as const
export type Group = (typeof groups)[number]
export interface FactKind {
  id: Id
  code: string
  group: Group
  name: Name
  max_age_days: number
  own: boolean
}
export interface Sum {
  value: number
  grids: number
  oldest: string
  newest: string
  old: number
  before_plan: number
  source: string
  sources: boolean
}
export interface GridFacts {
  code: string
  name: Name | null
  grids: number
  facts: Record<string, Sum>
}
export interface RetiredGrid {
  code: string
  name: Name | null
  facts: Record<string, { value: number; as_of: string; source: string }>
}
export interface FactsTable {
  kinds: FactKind[]
  boundaries_since: string | null
  items: GridFacts[]
  next: string | null
  total: GridFacts | null
  retired: RetiredGrid[]
}
/** Which grids: of a level, below a code, behind one. */
export interface Asked {
  jurisdiction: Id
  level: Level
  parent: string
  after: string
}
export const getFacts = (asked: Asked & { at: string }, signal?: AbortSignal) =>
  get<FactsTable>(`${root}/grid-facts`, { ...asked }, signal)

export interface Recorded {
  id: Id
  as_of: string
  /** null: the count of this day was taken back, and `source` says why. */
  value: number | null
  source: string
  recorded_at: string
  recorded_by: string
  file: string | null
}
export const getFactHistory = (jurisdiction: Id, grid: string, kind: string) =>
  get<{ items: Recorded[] }>(`${root}/grid-facts/history`, { jurisdiction, grid, kind })

export interface Coverage {
  code: string
  name: Name | null
  households: number
  visited: number
  named: number
  claimed: number
  over: number
  unknown: number
  from_plan: number
  rate: number | null
  last: string | null
}
export interface Days {
  since: string
  until: string
}
interface Page<T> {
  items: T[]
  next: string | null
  total: T | null
}
export const getCoverage = (asked: Asked & Days, signal?: AbortSignal) =>
  get<Page<Coverage>>(`${root}/visits/coverage`, { ...asked }, signal)

export interface PatrolFigures {
  code: string
  name: Name | null
  grids: number
  planned: number
  done: number
  rounds: number
  inside_s: number
  length_m: number
  walked_m: number
  /** Of all `measured` basic grids; `cut_m` of those in which anybody has ever patrolled. */
  streets_m: number
  measured: number
  cut_m: number
  cut: number
  finds: number
}
export const getPatrols = (asked: Asked & Days, signal?: AbortSignal) =>
  get<Page<PatrolFigures>>(`${root}/patrols/coverage`, { ...asked }, signal)
export const walkedUrl = (jurisdiction: Id, grid: string, days: Days) =>
  withQuery(`${root}/patrols/streets`, { jurisdiction, grid, ...days })
export type Verdict = 'good' | 'enough' | 'missing'
export interface GridMonth {
  code: string
  name: Name
  lead: string | null
  entries: number
  days: number
  people: number
  last: string | null
  check: {
    entries: number
    verdict: Verdict
    remark: string | null
    checked_at: string
    checked_by: string
  } | null
}
export interface MonthTable {
  month: string
  items: GridMonth[]
  next: string | null
  total: { grids: number; submitted: number; checked: number; entries: number } | null
}
export const getMonths = (
  asked: { jurisdiction: Id; parent: string; after: string; month: string },
  signal?: AbortSignal,
) => get<MonthTable>(`${root}/diaries/months`, { ...asked }, signal)
export interface Diary {
  id: Id
  grid_code: string
  day: string
  text: string
  kinds: string[]
  people: number
  incident: { id: Id; serial: string } | null
  author: string
  replaced_by: Id | null
}
export const getDiaries = (jurisdiction: Id, grid: string, month: string, signal?: AbortSignal) =>
  get<{ items: Diary[] }>(`${root}/diaries`, { jurisdiction, grid, month, limit: 200 }, signal)
export const checkDiary = (body: {
  jurisdiction: Id
  grid_code: string
  month: string
  verdict: Verdict
  remark?: string
}) => post<{ id: Id }>(`${root}/diaries/checks`, body)

export type FileKind = 'grid-facts' | 'visits'
export const templateUrl = (kind: FileKind, jurisdiction: Id) =>
  withQuery(`${root}/${kind}/template`, kind === 'visits' ? {} : { jurisdiction })
export const pathOf = (kind: FileKind) => `${root}/${kind}`
