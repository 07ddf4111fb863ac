/** Accounts, their tokens, and the audit trail: what administrators see and change. */
import { get, post, put, type Query } from './http'
import type { Paged } from './rules'
import type { AccountRole } from './session'
import type { Id, Name } from './types'

export interface Place {
  id: Id
  code: string
  kind: string
  name: Name
}
export interface ListedAccount {
  id: Id
  login: string
  name: string
  roles: AccountRole[]
  organisation_id: Id | null
  organisation: Place | null
  person_id: Id | null
  person: { id: Id; name: string } | null
  must_change_password: boolean
  synthetic: boolean
  disabled_at: string | null
  signed_in_at: string | null
}
export interface AccountValues {
  name: string
  roles: AccountRole[]
  organisation_id: Id | null
  person_id: Id | null
}
export interface ApiToken {
  id: Id
  name: string
  created_at: string
  created_by: string
  expires_at: string | null
  used_at: string | null
  revoked_at: string | null
}
export interface AuditEntry {
  id: Id
  at: string
  actor: string
  action: string
  subject: string
  detail: Record<string, unknown>
}
export interface AuditState {
  entries: number
  head: string
  broken: number | null
}
export interface FirstPassword {
  login: string
  password: string
}

const root = '/api/v1'
export const getAccounts = (query: Query, signal?: AbortSignal) =>
  get<Paged<ListedAccount>>(`${root}/accounts`, query, signal)
export const getPlaces = async (q: string, signal?: AbortSignal) =>
  (await get<{ items: Place[] }>(`${root}/accounts/organisations`, { q }, signal)).items
export const addAccount = (values: AccountValues & { login: string }) =>
  post<{ account: ListedAccount; password: string }>(`${root}/accounts`, values)
export const putAccount = (id: Id, values: AccountValues) =>
  put<ListedAccount>(`${root}/accounts/${id}`, values)
export const doToAccount = (id: Id, what: 'disable' | 'enable' | 'unlock') =>
  post<ListedAccount | null>(`${root}/accounts/${id}/${what}`, {})
export const resetPassword = (id: Id) => post<FirstPassword>(`${root}/accounts/${id}/password`, {})
export const getTokens = async (id: Id) =>
  (await get<{ items: ApiToken[] }>(`${root}/accounts/${id}/tokens`)).items
export const giveToken = (id: Id, name: string, days: number | null) =>
  post<{ id: Id; token: string }>(`${root}/accounts/${id}/tokens`, { name, days })
export const takeToken = (id: Id, token: Id) =>
  post<null>(`${root}/accounts/${id}/tokens/${token}/revoke`, {})

export const getAudit = ({ after, ...query }: Query, signal?: AbortSignal) =>
  get<Paged<AuditEntry>>(`${root}/audit`, { ...query, before: after }, signal)
export const getAuditState = () => get<AuditState>(`${root}/audit/state`)
