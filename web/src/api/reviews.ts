/** A draft's road to publishing: compared, checked, reviewed, commented on, set a time; and back. */
import { get, post } from './http'
import { once } from './once'
import type { Publication } from './publishing'
import type { Bbox, Id, Level, Name } from './types'

const root = '/api/v1'

export interface ComparedPlan {
  id: Id
  jurisdiction_id: Id
  name: string
  status: string
  tolerance: number
  balance: string
  effective_from: string | null
  effective_to: string | null
  created_by: string
}
export interface ComparedFigures {
  code: string
  name: Name
  population: number
  households: number
  area_m2: number
  load: number
  deviation: number
  units: number
  compactness: number
  bbox: Bbox
}
export type Change = 'same' | 'reshaped' | 'new' | 'gone' | 'renumbered'
export interface GridChange {
  code: string
  code_after: string | null
  name: Name
  change: Change
  renamed: boolean
  before: ComparedFigures | null
  after: ComparedFigures | null
  units_in: number
  units_out: number
  people_in: number
  people_out: number
  area_in_m2: number
  area_out_m2: number
}
export interface Flow {
  from: string | null
  to: string | null
  units: number
  people: number
  area_m2: number
}
export interface Comparison {
  a: ComparedPlan
  b: ComparedPlan
  level: Level
  units: number
  units_moved: number
  people: number
  people_moved: number
  households_moved: number
  area_moved_m2: number
  renumbered: number
  counts: Record<Change, number>
  grids: GridChange[]
  moves: Flow[]
  more_moves: number
}
export interface Effects {
  open_incidents: number
  incidents_moved: number
  nowhere: number
  pairs: { from: string | null; to: string | null; incidents: number }[]
  posts: { stay: number; end: number; return: number }
  people_end: number
  unfilled: Record<string, number>
  unfilled_codes: string[]
  exact: {
    open_incidents: number
    incidents_moved: number
    posts: { moved: number; ended: number }
    ties: { moved: number; ended: number }
  } | null
  refused: string | null
}

const between = (a: Id, b: Id) => `${root}/plans/${a}/compare/${b}`
export const comparePlans = (a: Id, b: Id, level: Level, signal?: AbortSignal) =>
  get<Comparison>(between(a, b), { level }, signal)
export const getEffects = (a: Id, b: Id, signal?: AbortSignal) =>
  get<Effects>(`${between(a, b)}/effects`, {}, signal)
/** GeoJSON of the land that is in another grid. */
export const movedLandUrl = (a: Id, b: Id, level: Level) => `${between(a, b)}/moved?level=${level}`

export interface Finding {
  severity: 'error' | 'warning' | 'note'
  code: string
  count: number
  message: string
  grids: string[]
  units: number[]
  bbox: Bbox | null
  reasons: { grid: string; deviation: number; message: string }[]
}
export interface Check {
  items: Finding[]
  errors: number
}
export const checkDraft = (plan: Id, signal?: AbortSignal) =>
  get<Check>(`${root}/drafts/${plan}/check`, {}, signal)

export type ReviewStep = 'send' | 'return' | 'approve' | 'withdraw'
export interface Standing {
  plan_id: Id
  state: 'draft' | 'discarded' | 'waiting' | 'approved' | 'published' | 'superseded'
  version: number
  review: {
    id: Id
    version: number
    sent_at: string
    sent_by: string
    note: string | null
    approved_at: string | null
    approved_by: string | null
    remark: string | null
    ended_at: string | null
    ended_by: string | null
    ended_how: 'returned' | 'withdrawn' | 'published' | null
    reason: string | null
  } | null
  schedule: {
    due_at: string
    set_at: string
    set_by: string
    instead_of_id: Id | null
    ended_at: string | null
    ended_by: string | null
    ended_how: 'published' | 'cancelled' | 'failed' | null
    fault: string | null
  } | null
  may: string[]
  why_not: Record<string, string>
  in_force: Id | null
}
export const getStanding = (plan: Id, signal?: AbortSignal) =>
  get<Standing>(`${root}/drafts/${plan}/review`, {}, signal)
/** `review`: the one that whoever decides has before them. */
export const takeStep = (plan: Id, step: ReviewStep, reason?: string, review?: Id) =>
  post<Standing>(`${root}/drafts/${plan}/review`, {
    step,
    ...(reason ? { reason } : {}),
    ...(review === undefined ? {} : { review }),
  })
/** `at`: null takes it back. */
export const setTime = (plan: Id, at: string | null, former: Id | null) =>
  post<Standing>(`${root}/drafts/${plan}/schedule`, {
    at,
    ...(former === null ? {} : { instead_of: former }),
  })

export interface Answer {
  id: Id
  at: string
  actor: string
  text: string
}
export interface PlanComment extends Answer {
  place: [number, number] | null
  grid_code: string | null
  resolved_at: string | null
  resolved_by: string | null
  answers: Answer[]
}
export interface NewComment {
  text: string
  place?: [number, number]
  grid_code?: string
  answers_id?: Id
}
type Comments = { items: PlanComment[] }
export const getComments = async (plan: Id, signal?: AbortSignal) =>
  (await get<Comments>(`${root}/drafts/${plan}/comments`, {}, signal)).items
const commenting = once()
export const addComment = async (plan: Id, comment: NewComment) =>
  (
    await commenting([plan, comment], (headers) =>
      post<Comments>(`${root}/drafts/${plan}/comments`, comment, headers),
    )
  ).items
export const resolveComment = async (plan: Id, comment: Id, resolved: boolean) =>
  (await post<Comments>(`${root}/drafts/${plan}/comments/${comment}/resolve`, { resolved })).items

export interface PlanEvent {
  id: Id
  at: string
  actor: string
  action: string
  from_status: string | null
  to_status: string
  reason: string | null
  data: Record<string, unknown> | null
}
export const getHistory = (plan: Id, before?: Id, signal?: AbortSignal) =>
  get<{ items: PlanEvent[]; next: Id | null }>(`${root}/plans/${plan}/history`, { before }, signal)
/** The plan before the one in force, published again as a new one. */
export const rollBack = (plan: Id, reason: string, former: Id | null) =>
  post<Publication>(`${root}/plans/${plan}/roll-back`, {
    reason,
    ...(former === null ? {} : { instead_of: former }),
  })
