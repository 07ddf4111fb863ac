/** What routing reads: the coordinate system of each source, and what counts as near an edge. */
import { get, put } from './http'
import type { Id } from './types'

const root = '/api/v1'

export interface SourceSystem {
  source: string
  crs: string
  recorded_at: string | null
  recorded_by: string | null
}
export interface NearSetting {
  near_edge_m: number
  nearest_within_m: number
}

export const getSources = async () =>
  (await get<{ items: SourceSystem[] }>(`${root}/sources`)).items
export const nameSystem = async (source: string, crs: string) =>
  (await put<{ items: SourceSystem[] }>(`${root}/sources/${source}`, { crs })).items
export const getNear = (jurisdiction: Id, signal?: AbortSignal) =>
  get<NearSetting>(`${root}/jurisdictions/${jurisdiction}/near`, {}, signal)
export const setNear = (jurisdiction: Id, near: NearSetting) =>
  put<NearSetting>(`${root}/jurisdictions/${jurisdiction}/near`, near)
