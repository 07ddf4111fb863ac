/** What the desk asks for beside the list: points, a count, one search, saved views. */
import { get, patch, post, remove, type Query } from './http'
import type { GridRef, Id, IncidentRow, Level, Name } from './types'

const root = '/api/v1/desk'

/** Id, longitude, latitude, top category, severity, open (0 or 1), reported (seconds). */
export type Point = [
  id: Id,
  lon: number,
  lat: number,
  category: string,
  severity: number,
  open: number,
  reported: number,
]
export interface Found {
  incidents: IncidentRow[]
  people: { id: Id; name: string; role: string | null; grid: GridRef | null }[]
  grids: (GridRef & { level: Level })[]
  departments: GridRef[]
  places: { kind: 'street' | 'water' | 'building'; name: Name; lon: number; lat: number }[]
}
export interface SavedView {
  id: number
  name: string
  query: string
  shared: boolean
  is_default: boolean
  own: boolean
}
type Views = { items: SavedView[] }

export const getPoints = (query: Query, signal?: AbortSignal) =>
  get<{ items: Point[]; more: boolean }>(`${root}/points`, query, signal)
export const getCount = (query: Query, signal?: AbortSignal) =>
  get<{ count: number; more: boolean }>(`${root}/count`, query, signal)
export const findAll = (jurisdiction: Id, q: string, signal?: AbortSignal) =>
  get<Found>(`${root}/search`, { jurisdiction, q }, signal)

export const getViews = async (signal?: AbortSignal) =>
  (await get<Views>(`${root}/views`, {}, signal)).items
export const addView = (view: Omit<SavedView, 'id' | 'own'>) =>
  post<SavedView>(`${root}/views`, view)
export const changeView = async (id: number, changes: Partial<Omit<SavedView, 'id' | 'own'>>) =>
  (await patch<Views>(`${root}/views/${id}`, changes)).items
export const removeView = (id: number) => remove(`${root}/views/${id}`)

export interface StepOutcome {
  id: Id
  taken: boolean
  code: string | null
  detail: string | null
}
export interface SameStep {
  action: string
  reason?: string
  until?: string
  cases: { id: Id; version: number }[]
}
/** One step of many cases, each with its own outcome, in their order. */
export const takeSteps = async (step: SameStep, key: string) =>
  (await post<{ items: StepOutcome[] }>('/api/v1/steps', step, { 'Idempotency-Key': key })).items
