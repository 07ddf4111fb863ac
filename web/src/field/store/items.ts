/** What a grid worker has written on this phone and the server has not taken in yet. */
import type { ProblemTold } from '../queue/outcome'

/**
 * draft: being written. waiting: to be sent. refused: the server said no, and what to change.
 * conflict: a step on a case that somebody else changed meanwhile. sent: answered for by the server.
 */
export type ItemState = 'draft' | 'waiting' | 'refused' | 'conflict' | 'sent'
export type PlaceFrom = 'device' | 'photo' | 'map'

export interface Place {
  lon: number
  lat: number
  from: PlaceFrom
  /** Of the device: the radius in which it believes to be. */
  accuracy_m: number | null
}
export interface Report {
  category: string
  severity: number | null
  title: string
  description: string
  address: string
  place: Place | null
}
export interface Step {
  incident_id: number
  serial: string
  case_title: string
  action: string
  needs: string[]
  /** The version of the case that the worker looked at. */
  version: number
  /** An earlier step on this case that still waits: this one goes on from its answer. */
  after: string | null
  reason: string
  result: string
  /** A day and time of the office's clock as an instant, or ''. */
  until: string
  verdict: boolean | null
}
interface Written {
  /** The Idempotency-Key under which it is sent, however often. */
  id: string
  /** Whose it is: sent only while this account is signed in. */
  account: number
  state: ItemState
  made_at: string
  changed_at: string
  /** When the worker pressed "send"; what the case counts from. */
  finished_at: string | null
  attempts: number
  /** Not before this moment, in milliseconds of the clock of this phone. */
  next_at: number
  problem: ProblemTold | null
  /** As it was sent first: a repeat under the same key says the same. */
  body: Record<string, unknown> | null
  /** Photos that the server had forgotten were sent once more. */
  photos_again: boolean
  answer: Answer | null
}
export interface Answer {
  incident_id: number
  serial: string
  version: number
  at: string
}
/** `patrol`: the key of the round that was going on when the worker pressed "send". */
export type ReportItem = Written & { kind: 'report'; report: Report; patrol?: string | null }
export type StepItem = Written & { kind: 'step'; step: Step }
export type Item = ReportItem | StepItem

export interface Photo {
  /** Its Idempotency-Key. */
  id: string
  item: string
  bytes: ArrayBuffer
  type: string
  name: string
  made_at: string
  /** Where the camera says that it stood (WGS 84). */
  place: [lon: number, lat: number] | null
  /** The server's number of it, once it has it. */
  photo_id: number | null
}

function written(id: string, account: number, now: string): Written {
  return {
    id,
    account,
    state: 'draft',
    made_at: now,
    changed_at: now,
    finished_at: null,
    attempts: 0,
    next_at: 0,
    problem: null,
    body: null,
    photos_again: false,
    answer: null,
  }
}
export function newReport(id: string, account: number, now: string): ReportItem {
  const report: Report = {
    category: '',
    severity: null,
    title: '',
    description: '',
    address: '',
    place: null,
  }
  return { ...written(id, account, now), kind: 'report', report }
}
export function newStep(id: string, account: number, now: string, step: Step): StepItem {
  return { ...written(id, account, now), kind: 'step', step }
}

/** May its words still be changed? Not while the server may already have them. */
export function isEditable(item: Item): boolean {
  return item.state === 'draft' || item.state === 'refused' || item.state === 'conflict'
}

/** Is there anything in it that would be missed? */
export function isEmpty(item: ReportItem, photos: number): boolean {
  const { category, title, description, address } = item.report
  return !photos && !category && ![title, description, address].some((text) => text.trim())
}
