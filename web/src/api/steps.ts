/** Steps in the life of a case: what may be done with it now, who has and had it, and its trace. */
import { get, post } from './http'
import type { Case, Id, Name, Person } from './types'

const root = '/api/v1'

export type Need =
  'reason' | 'result' | 'verdict' | 'photo' | 'target' | 'part' | 'until' | 'satisfaction'
export interface AllowedStep {
  action: string
  needs: string[]
  primary: boolean
}
/** 3 basic grid, 2 community, 1 sub-district, 0 district, -1 city. */
export type HandLevel = 3 | 2 | 1 | 0 | -1
export interface Hand {
  id: number
  task: string
  is_lead: boolean
  level: HandLevel
  since: string
  until: string | null
  given_by: string
  reason: string | null
  accepted_at: string | null
  ended_by: string | null
  ended_how: string | null
  role: string | null
  person: Person | null
  organisation: { id: Id; code: string; kind: string; name: Name } | null
  grid: { code: string; name: Name } | null
}
export interface Approval {
  id: number
  kind: 'extend' | 'park'
  until: string
  reason: string
  asked_at: string
  asked_by: string
  decision: 'granted' | 'refused' | 'void' | null
  decided_by: string | null
}
export interface Flags {
  dismissed: 'rejected' | 'merged' | null
  parked_until: string | null
  supervised_until: string | null
  satisfaction: string | null
  escalated: number
  returned: number
  reopened: number
  extended: number
}
export interface Reference {
  id: Id
  serial: string
  title: string
}
/** What the server adds to a case for whoever asks. */
export interface Life {
  task: string
  actions: AllowedStep[]
  hands: Hand[]
  approval: Approval | null
  flags: Flags
  merged_into: Reference | null
  duplicates: Reference[]
}
export type LivingCase = Case & Life

export interface Target {
  organisation_id?: Id
  person_id?: Id
  incident_id?: Id
  assisting?: Id[]
}
export interface StepIn {
  action: string
  version: number
  reason?: string
  result?: string
  verdict?: boolean
  satisfaction?: string
  until?: string
  target?: Target
  photo_ids?: Id[]
}
export interface TracedHand extends Hand {
  stage: string
  held_s: number
  worked_s: number | null
  parked_s: number
  over_s: number | null
}
export interface TracedWhistle {
  id: Id
  purpose: string
  called_at: string
  due_at: string
  ended_at: string | null
  ended_how: 'done' | 'cancelled' | null
  calls: { organisation: { name: Name }; standing: string; arrived_at: string | null }[]
}
export interface Trace {
  reported_at: string
  closed_at: string | null
  now: string
  derived: boolean
  hands: TracedHand[]
  whistles: TracedWhistle[]
  rests: { since: string; until: string | null }[]
  lost: number | null
  longest: number | null
}

/** The same `key` sent twice is taken once. Null: taken, and no more to be seen by the caller. */
export const takeStep = (id: Id, step: StepIn, key: string) =>
  post<LivingCase | null>(`${root}/incidents/${id}/steps`, step, { 'Idempotency-Key': key })
export const getTrace = (id: Id, signal?: AbortSignal) =>
  get<Trace>(`${root}/incidents/${id}/trace`, {}, signal)
