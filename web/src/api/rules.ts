/** Rules that name an owner beside the grid, the assets and duty list that they stand on. */
import { get, post, type Query } from './http'
import type { Beside, CaseDepartment, GridRef, Id, Name, Person, Responsible } from './types'

const root = '/api/v1'

export type Effect = 'override' | 'refine'
export type State = 'current' | 'coming' | 'ended'
export type AssetKind = 'park' | 'bridge' | 'building' | 'road' | 'other'
export interface OrganisationRef {
  id: number
  code: string
  kind: string
  name: Name
}
interface Dated {
  since: string
  until: string | null
  state: State
  reason?: string | null
  recorded_by: string
  recorded_at: string
  ended_by: string | null
  ended_reason: string | null
}
/** Empty or null asks for nothing. */
export interface Conditions {
  categories: string[]
  severities: number[]
  sources: string[]
  grid_prefix: string | null
  asset_code: string | null
  asset_kind: AssetKind | null
  within_m: number | null
  street_code: string | null
  street_side: 'left' | 'right' | null
  street_within_m: number | null
}
/** One of them is set. */
export interface Target {
  organisation: OrganisationRef | null
  grid: { code: string; name: Name | null } | null
  role: string | null
}
export interface Rule extends Dated {
  id: number
  position: number | null
  name: Name
  effect: Effect
  conditions: Conditions
  target: Target
  problems: { code: string; message: string }[]
}
export interface RuleIn extends Partial<Omit<Conditions, 'street_within_m'>> {
  name_zh: string
  name_en?: string | null
  effect: Effect
  street_within_m?: number | null
  organisation_id?: number | null
  grid_code?: string | null
  role?: string | null
  since?: string | null
  until?: string | null
  position?: number | null
  replaces?: number | null
}
export interface Verdict {
  kind: 'rule' | 'draft' | 'asset' | 'duty'
  id: number | null
  position: number | null
  name: Name
  effect: Effect | null
  outcome: string
  message: string
  distance_m: number | null
}
export interface Trial {
  lon: number
  lat: number
  at: string
  place: { grid: GridRef | null; queue: GridRef | null; rule: string }
  owner: {
    grid: GridRef | null
    queue: GridRef | null
    rule: string
    responsible: Responsible | null
  }
  winner: { id: number | null; name: Name; effect: Effect } | null
  department: CaseDepartment | null
  beside: Beside[]
  verdicts: Verdict[]
  notes: { code: string; message: string }[]
}
export interface TrialIn {
  lon: number
  lat: number
  category?: string | null
  severity?: number | null
  source?: string | null
  at?: string | null
}
export interface Asset extends Dated {
  id: number
  code: string
  kind: AssetKind
  name: Name
  organisation: OrganisationRef | null
  reach_m: number
}
export interface DutyItem extends Dated {
  id: number
  category: { code: string; name: Name }
  organisation: OrganisationRef
  kind: 'duty' | 'access'
  document: string
}
export interface Organisation extends OrganisationRef {
  parent_id: number | null
  contact: { id: number; since: string; until: string | null; person: Person } | null
}
export interface Paged<T> {
  items: T[]
  next: number | null
}

export const getRules = (jurisdiction: Id, ended: boolean, signal?: AbortSignal) =>
  get<{ items: Rule[]; version: number }>(`${root}/rules`, { jurisdiction, ended }, signal)
/** Refused with `rules-changed` where somebody changed the rules since `version`. */
export const addRule = (jurisdiction: Id, rule: RuleIn, reason: string, version: number) =>
  post<{ id: number; version: number }>(`${root}/rules`, { jurisdiction, ...rule, reason, version })
export const orderRules = (jurisdiction: Id, ids: number[], version: number, reason: string) =>
  post<{ version: number }>(`${root}/rules/order`, { jurisdiction, ids, version, reason })
export const endRule = (jurisdiction: Id, id: number, reason: string) =>
  post<null>(`${root}/rules/${id}/end`, { jurisdiction, reason })
export const tryRules = (trial: TrialIn, signal?: AbortSignal) =>
  post<Trial>(`${root}/rules/dry-run`, trial, {}, signal)

export const getAssets = (query: Query, signal?: AbortSignal) =>
  get<Paged<Asset>>(`${root}/assets`, query, signal)
export const endAsset = (jurisdiction: Id, id: number, reason: string) =>
  post<null>(`${root}/assets/${id}/end`, { jurisdiction, reason })
export const getDutyList = (query: Query, signal?: AbortSignal) =>
  get<Paged<DutyItem>>(`${root}/duty-list`, query, signal)
export const endDutyItem = (jurisdiction: Id, id: number, reason: string) =>
  post<null>(`${root}/duty-list/${id}/end`, { jurisdiction, reason })
export const dutyTemplateUrl = `${root}/duty-list/template`
export const getOrganisations = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<{ items: Organisation[] }>(`${root}/organisations`, { jurisdiction }, signal)).items
/** Ends the present contact. */
export const addContact = (
  jurisdiction: Id,
  organisation_id: number,
  contact: { person_id?: Id; name?: string; phone?: string | null; reason: string },
) => post<{ id: number }>(`${root}/contacts`, { jurisdiction, organisation_id, ...contact })
export const endContact = (jurisdiction: Id, id: number, reason: string) =>
  post<null>(`${root}/contacts/${id}/end`, { jurisdiction, reason })
