/** What is filled in by hand: counts, own kinds, patrol plans and their setting. */
import { get, post, put } from '@/api/http'
import type { Id, LonLat, Name } from '@/api/types'
import type { Group } from './api'

const root = '/api/v1'

export interface Count {
  jurisdiction: Id
  grid_code: string
  kind: string
  as_of: string
  /** The count of that day that the reader has seen; 0: none. */
  expected: Id | 0
}
export const recordFact = (body: Count & { value: number; source: string }) =>
  post<null>(`${root}/grid-facts`, body)
export const takeBackFact = (body: Count & { reason: string }) =>
  post<null>(`${root}/grid-facts/take-back`, body)

export interface OwnKind {
  id: Id
  code: string
  group: Group
  name: Name
  max_age_days: number
  retired: boolean
  counted: boolean
  version: number
  recorded_at: string
  recorded_by: string
}
export interface KindVersion {
  version: number
  name_zh: string
  name_en: string | null
  max_age_days: number
  retired: boolean
  reason: string | null
  recorded_at: string
  recorded_by: string
}
export interface KindWords {
  name_zh: string
  name_en: string | null
  max_age_days: number
}
const kinds = `${root}/grid-facts/kinds`
export const getOwnKinds = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<{ items: OwnKind[] }>(kinds, { jurisdiction }, signal)).items
export const getKindVersions = async (id: Id, signal?: AbortSignal) =>
  (await get<{ items: KindVersion[] }>(`${kinds}/${id}/history`, {}, signal)).items
export const addKind = (body: KindWords & { jurisdiction: Id; group: Group }) =>
  post<{ code: string }>(kinds, body)
export const changeKind = (id: Id, body: KindWords & { version: number }) =>
  put<null>(`${kinds}/${id}`, body)
export const useKind = (id: Id, how: 'retire' | 'restore', version: number) =>
  post<null>(`${kinds}/${id}/${how}`, { version })

export interface PlanWords {
  grid_code: string
  duty: string
  role: string | null
  person_id: Id | null
  weekdays: number[]
  begins: string
  ends: string
  times: number
  since: string
  until: string | null
  reason: string | null
  route: LonLat[] | null
}
export interface PatrolPlan extends PlanWords {
  id: Id
  person_name: string | null
  recorded_at: string
  recorded_by: string
  ended_at: string | null
  ended_by: string | null
  ended_reason: string | null
  replaces_id: Id | null
  replaced_by: Id | null
  /** 1 holds, 2 was ended, 3 has another one in its place. */
  version: 1 | 2 | 3
}
export const getPlans = (
  asked: { jurisdiction: Id; grid: string; ended: string; after?: Id },
  signal?: AbortSignal,
) => get<{ items: PatrolPlan[]; next: Id | null }>(`${root}/patrol-plans`, { ...asked }, signal)
export const addPlan = (jurisdiction: Id, body: PlanWords) =>
  post<{ id: Id }>(`${root}/patrol-plans`, { jurisdiction, ...body })
export const correctPlan = (id: Id, body: PlanWords & { version: number }) =>
  post<{ id: Id }>(`${root}/patrol-plans/${id}/correct`, body)
export const endPlan = (id: Id, body: { reason: string; version: number }) =>
  post<null>(`${root}/patrol-plans/${id}/end`, body)

export interface Setting {
  version: Id | 0
  keep_days: number
  within_m: number
  remind: boolean
  recorded_at: string | null
  recorded_by: string | null
}
const setting = `${root}/patrols/setting`
export const getSetting = (jurisdiction: Id, signal?: AbortSignal) =>
  get<Setting>(setting, { jurisdiction }, signal)
export const getSettings = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<{ items: Setting[] }>(`${setting}/history`, { jurisdiction }, signal)).items
export const setSetting = (
  jurisdiction: Id,
  body: { keep_days: number; within_m: number; remind: boolean; version: Id | 0 },
) => put<Setting>(setting, { jurisdiction, ...body })

export interface Round {
  id: Id
  grid_code: string
  walker: string
  source: 'phone' | 'file'
  day: string
  started_at: string
  ended_at: string
  length_m: number
  inside_s: number
  walked_m: number
  duty: string | null
  finds: number
}
export interface Find {
  id: Id
  serial: string
  title: string
  person_name: string | null
}
export const getRounds = (
  asked: { jurisdiction: Id; grid: string; since: string; until: string },
  signal?: AbortSignal,
) => get<{ items: Round[]; next: Id | null }>(`${root}/patrols`, { ...asked, limit: 20 }, signal)
export const getFinds = async (round: Id, signal?: AbortSignal) =>
  (await get<{ items: Find[] }>(`${root}/patrols/${round}/finds`, {}, signal)).items
