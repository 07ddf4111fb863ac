/** What one is told, and how it also comes: by mail, and to other systems by web hooks. */
import type { Place } from './accounts'
import { get, post, put, remove } from './http'
import type { Id } from './types'

export interface Notice {
  id: Id
  kind: string
  /** In the language that the page asked in. */
  text: string
  at: string
  serial: string | null
  incident_id: Id | null
  /** What is told about a plan: which one. */
  plan_id: Id | null
  urgent: boolean
  read_at: string | null
  acknowledged_at: string | null
}
export interface Inbox {
  items: Notice[]
  urgent: Notice[]
  unread: number
  next: Id | null
}
export interface Delivery {
  id: Id
  key: string
  state: 'waiting' | 'sent' | 'given_up'
  kinds: string[]
  attempts: number
  created_at: string
  next_at: string
  done_at: string | null
  error: string | null
  detail: string | null
}
export interface Mail {
  offered: boolean
  address: string | null
  kinds: string[]
  all_kinds: string[]
  deliveries: Delivery[]
}
export interface Hook {
  id: Id
  name: string
  url: string
  kinds: string[]
  paused: boolean
  organisation: Place
  recorded_at: string
  recorded_by: string
  waiting: number
  given_up: number
}
export interface HookValues {
  name: string
  url: string
  kinds: string[]
}
export interface Reached {
  level: number
  role: string | null
  name: { zh: string; en: string }
  phone: string | null
  reached: boolean
  acknowledged_at: string | null
  acknowledged_by: string | null
}

const root = '/api/v1'
export const getNotices = (before: Id | null = null) =>
  get<Inbox>(`${root}/notices`, { before, limit: 30 })
export const markRead = (ids?: Id[]) => post<unknown>(`${root}/notices/read`, ids ? { ids } : {})
export const acknowledge = (id: Id) => post<unknown>(`${root}/notices/${id}/acknowledge`, {})
export const getAlarm = (incident: Id, signal?: AbortSignal) =>
  get<{ items: Reached[] }>(`${root}/incidents/${incident}/alarm`, {}, signal)
export const getMail = (_: unknown, signal?: AbortSignal) =>
  get<Mail>(`${root}/me/mail`, {}, signal)
export const putMail = (address: string, kinds: string[]) =>
  put<Mail>(`${root}/me/mail`, { address, kinds })
export const mailAgain = (delivery: Id) => post<unknown>(`${root}/me/mail/${delivery}/retry`, {})
export const testMail = () => post<unknown>(`${root}/me/mail/test`, {})
export const getHooks = (_: unknown, signal?: AbortSignal) =>
  get<{ items: Hook[]; all_kinds: string[] }>(`${root}/web-hooks`, {}, signal)
export const addHook = (organisation: Id, values: HookValues) =>
  post<{ hook: Hook; secret: string }>(`${root}/web-hooks`, {
    organisation_id: organisation,
    ...values,
  })
export const putHook = (id: Id, values: HookValues & { paused: boolean }) =>
  put<Hook>(`${root}/web-hooks/${id}`, values)
export const endHook = (id: Id) => remove(`${root}/web-hooks/${id}`)
export const testHook = (id: Id) => post<unknown>(`${root}/web-hooks/${id}/test`, {})
export interface Deliveries {
  items: Delivery[]
  next: Id | null
}
export const getDeliveries = (id: Id, signal?: AbortSignal, before: Id | null = null) =>
  get<Deliveries>(`${root}/web-hooks/${id}/deliveries`, { before }, signal)
export const allAgain = (hook: Id) => post<unknown>(`${root}/web-hooks/${hook}/retry`, {})
export const tryAgain = (hook: Id, delivery: Id) =>
  post<unknown>(`${root}/web-hooks/${hook}/deliveries/${delivery}/retry`, {})
