/** Reports that came without a place: placed, joined to a case, or refused. */
import { get, post } from './http'
import type { CasePhoto } from './photos'
import type { Revealed } from './reports'
import type { Id, Name } from './types'

const root = '/api/v1/unlocated-reports'

export interface UnlocatedReport {
  id: Id
  source: string
  source_ref: string
  category: { code: string; name: Name } | null
  severity: number | null
  title: string
  description: string | null
  address: string | null
  reporter_name: string | null
  reporter_phone: string | null
  reported_at: string
  recorded_at: string
  photos: CasePhoto[]
}
export interface UnlocatedPage {
  items: UnlocatedReport[]
  next: Id | null
  /** How many wait in all. */
  count: number
}
interface Settled {
  incident_id: Id
  serial: string
}

export const getUnlocated = (
  jurisdiction: Id,
  page: { after?: Id; limit?: number } = {},
  signal?: AbortSignal,
) => get<UnlocatedPage>(root, { jurisdiction, ...page }, signal)
export const placeReport = (
  id: Id,
  place: { lon: number; lat: number; category?: string; severity?: number },
) => post<Settled>(`${root}/${id}/place`, { ...place, crs: 'EPSG:4326' })
export const joinReport = (id: Id, incident_id: Id) =>
  post<Settled>(`${root}/${id}/join`, { incident_id })
export const refuseReport = (id: Id, reason: string) =>
  post<UnlocatedReport>(`${root}/${id}/refuse`, { reason })
/** Without masks: to ask where it is. The audit trail keeps who asked, and why. */
export const revealSender = (id: Id, reason: string) =>
  post<Revealed>(`${root}/${id}/reporter`, { reason })
