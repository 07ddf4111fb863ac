/** Help for a draft: searches, their proposals, next moves, and new drafts out of a search. */
import { get, post, remove } from './http'
import type { Id } from './types'

const root = '/api/v1'

export type JobStatus = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
export type Within = 'sub_district' | 'community'

export interface GridChange {
  code: string
  deviation: [number, number]
  population: [number, number]
  units: [number, number]
  compactness: [number, number]
  people_given: number
  people_taken: number
}
export interface WholeFigures {
  grids: number
  max_deviation: number
  mean_deviation: number
  within: number
  cut_m: number
  clarity: number | null
  compactness: number
  compounds_cut: number
  pieces: number
  unassigned: number
}
export interface Measures {
  max_deviation: number
  boundary_m: number
  arterial_share?: number
  compactness: number
  moved_load_share: number
}
export interface MoveStep {
  from: string | null
  to: string
  units: number[]
  people: number
  max_deviation: number
}
export interface Proposal {
  version: number
  moves: [before: string | null, after: string, units: number[]][]
  units_moved: number
  people_moved: number
  people_share: number
  load_share: number
  /** What any plan as even as this one has to move. */
  least_share: number
  tolerance: number
  before: WholeFigures
  after: WholeFigures
  measures: Measures
  grids: GridChange[]
  steps: MoveStep[] | null
  early: boolean
}
export interface Alternative extends Proposal {
  lean: string
}
export interface Alternatives {
  version: number
  now: Measures
  items: Alternative[]
}
export interface Generated {
  plan_id: Id
  grids: number
  communities: number
  new: string[]
  gone: string[]
  early: boolean
}
/** How much of a proposal fits the draft as it is now. */
export interface Fit {
  version: number
  units: number
  arrived: number
  dropped: Record<string, number[]>
}
export interface Job {
  id: Id
  plan_id: Id | null
  made_plan_id: Id | null
  kind: 'rebalance' | 'alternatives' | 'generate'
  status: JobStatus
  step: string | null
  fraction: number
  error: { code: string; detail: Record<string, string> } | null
  created_by: string
  created_at: string
}
export interface JobWithResult extends Job {
  result: Proposal | Alternatives | Generated | null
  fits: Fit[] | null
}
export interface SearchWish {
  kind: 'rebalance' | 'alternatives'
  grids?: string[] | null
  worst?: number | null
  keep?: number
  within?: Within
  seconds?: number
  count?: number
  seed?: number
}
export interface GenerationWish {
  name: string
  communities: 'kept' | 'drawn'
  areas?: string[] | null
  counts: Record<string, { communities?: number; grids?: number }>
  tolerance?: number
  seconds?: number
}
export interface Suggestion {
  units: number[]
  from: string | null
  to: string
  people: number
  deviation_from: [number, number] | null
  deviation_to: [number, number]
  largest: [number, number]
}
export interface Suggestions {
  version: number
  outside: number
  items: Suggestion[]
}

export const startSearch = (plan: Id, wish: SearchWish) =>
  post<Job>(`${root}/drafts/${plan}/jobs`, wish)
export const getJobs = async (plan: Id, signal?: AbortSignal) =>
  (await get<{ items: Job[] }>(`${root}/drafts/${plan}/jobs`, {}, signal)).items
export const getJob = (job: Id, signal?: AbortSignal) =>
  get<JobWithResult>(`${root}/draft-jobs/${job}`, {}, signal)
export const cancelJob = (job: Id) => remove(`${root}/draft-jobs/${job}`)
export const startGeneration = (jurisdiction: Id, wish: GenerationWish) =>
  post<Job>(`${root}/jurisdictions/${jurisdiction}/generated-drafts`, wish)
export const getSuggestions = (plan: Id, count: number, signal?: AbortSignal) =>
  get<Suggestions>(`${root}/drafts/${plan}/suggestions`, { count }, signal)
