/** Whistles: departments called to report in, whether they come, and how it ended. */
import { get, post, type Query } from './http'
import type { Id, Name } from './types'

const root = '/api/v1/whistles'

export type Standing = 'called' | 'coming' | 'arrived' | 'late' | 'absent' | 'released'
export type WhistleAction = 'come' | 'arrive' | 'end' | 'cancel'
interface Named {
  id: Id
  code: string
  name: Name
}
export interface Called {
  id: Id
  organisation: Named
  standing: Standing
  person: string | null
  phone: string | null
  arrived_at: string | null
  absent_at: string | null
  /** The reader's own department. */
  own: boolean
  actions: WhistleAction[]
}
export interface Whistle {
  id: Id
  caller: Named
  incident: { id: Id; serial: string; title: string } | null
  lon: number
  lat: number
  place: string
  purpose: string
  called_at: string
  called_by: string
  due_at: string
  ended_at: string | null
  ended_by: string | null
  ended_how: 'done' | 'cancelled' | null
  result: string | null
  actions: WhistleAction[]
  calls: Called[]
}
export interface WhistlePage {
  items: Whistle[]
  next: Id | null
  may_call: boolean
}
export interface NewWhistle {
  departments: Id[]
  purpose: string
  place?: string
  incident_id?: Id
  lon?: number
  lat?: number
  minutes?: number
  until?: string
}
export interface WhistleStep {
  action: WhistleAction
  organisation_id?: Id
  person?: string
  phone?: string
  at?: string
  reason?: string
}

export const getWhistles = (query: Query, signal?: AbortSignal) =>
  get<WhistlePage>(root, query, signal)
/** The same `key` sent twice calls once. */
export const blowWhistle = (whistle: NewWhistle, key: string) =>
  post<Whistle>(root, whistle, { 'Idempotency-Key': key })
export const stepWhistle = (id: Id, step: WhistleStep) => post<Whistle>(`${root}/${id}/steps`, step)
