/** What anybody may ask without signing in: report something, and follow what becomes of it. */
import { get, post } from '@/api/http'
import { sendFile, type Reading, type Told } from '@/api/photos'
import type { Category, Name } from '@/api/types'

const root = '/api/v1/public'

export interface Start {
  form: string
  categories: Category[]
  most_photos: number
  most_mb: number
}
export interface PublicPhoto {
  ref: string
  preview_url: string
  place: { readings: Reading[] } | null
}
export interface NearCase {
  ref: string | null
  category: { code: string; name: Name }
  distance_m: number
  ago_s: number
  stage: string
  status: 'open' | 'closed'
}
export interface NewReport {
  form: string
  category: string
  text: string
  lon: number
  lat: number
  photos: string[]
  website: string
  address?: string
  reporter_name?: string
  reporter_phone?: string
  same_as?: string
}
export interface Receipt {
  serial: string
  code: string
  joined: boolean
}
export interface Followed {
  serial: string
  category: { code: string; name: Name }
  text: string | null
  reported_at: string
  joined: boolean
  stage: string
  status: 'open' | 'closed'
  due_at: string | null
  steps: { stage: string; at: string; reopened: boolean }[]
  result: string | null
  judgement: 'satisfied' | 'fair' | 'dissatisfied' | null
  may_judge: boolean
  photos: { id: number; preview_url: string; url: string }[]
}

export const getStart = () => get<Start>(`${root}/start`)
export const getNear = (lon: number, lat: number, category: string, signal?: AbortSignal) =>
  get<{ items: NearCase[] }>(`${root}/near`, { lon, lat, category }, signal)
/** The same `key` sent twice is one report, and answered with the same code. */
export const sendReport = (report: NewReport, key: string) =>
  post<Receipt>(`${root}/reports`, report, { 'Idempotency-Key': key })
export const follow = (serial: string, code: string) =>
  post<Followed>(`${root}/follow`, { serial, code })
export const judge = (serial: string, code: string, satisfied: boolean, reason: string) =>
  post<Followed>(`${root}/judge`, { serial, code, satisfied, ...(reason ? { reason } : {}) })
export const sendPublicPhoto = (file: File, key: string, told?: Told, signal?: AbortSignal) =>
  sendFile<PublicPhoto>(`${root}/photos`, file, key, told, signal)
