/** What a new report may repeat, and reports added to the case that is there. */
import { get, post } from './http'
import type { Id, Name } from './types'

const root = '/api/v1'

export interface MayRepeat {
  id: Id
  serial: string
  title: string
  category: { code: string; name: Name }
  severity: number
  stage: string
  status: 'open' | 'closed'
  distance_m: number
  ago_s: number
  supplements: number
  preview_url: string | null
  photo_url: string | null
}
export interface FurtherReport {
  source: string
  text?: string
  reporter_name?: string
  reporter_phone?: string
  photo_ids?: Id[]
}
/** A further report of a case; who reported it is under masks, or left out. */
export interface Supplement {
  id: Id
  source: string
  source_ref: string | null
  text: string | null
  reporter_name: string | null
  reporter_phone: string | null
  reported_at: string
  photo_ids: Id[]
}

export const getMayRepeat = (lon: number, lat: number, category: string, signal?: AbortSignal) =>
  get<{ items: MayRepeat[] }>(`${root}/incidents/near`, { lon, lat, category }, signal)
/** The same `key` sent twice adds one report. */
export const addReport = (incident: Id, report: FurtherReport, key: string) =>
  post<{ incident_id: Id; serial: string }>(`${root}/incidents/${incident}/supplements`, report, {
    'Idempotency-Key': key,
  })
export const getSupplements = async (incident: Id, signal?: AbortSignal) =>
  (await get<{ items: Supplement[] }>(`${root}/incidents/${incident}/supplements`, {}, signal))
    .items

/** A name and a number as they were told, of the case and of those who reported it again. */
export interface Reporter {
  name: string | null
  phone: string | null
}
export interface Revealed extends Reporter {
  supplements: (Reporter & { id: Id })[]
}
/** Without masks. The audit trail keeps who asked, and why. */
export const revealReporter = (incident: Id, reason: string) =>
  post<Revealed>(`${root}/incidents/${incident}/reporter`, { reason })
