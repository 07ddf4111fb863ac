/** Photos, what a new report may repeat, and a report added to the case that is there. */
import { ApiProblem, csrfHeader, get, post, readProblem } from './http'
import type { Id, Name } from './types'
import { currentLocale } from '@/i18n'

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
export interface SentPhoto {
  id: Id
  preview_url: string
}

export const getMayRepeat = (lon: number, lat: number, category: string, signal?: AbortSignal) =>
  get<{ items: MayRepeat[] }>(`${root}/incidents/near`, { lon, lat, category }, signal)
/** The same `key` sent twice adds one report. */
export const addReport = (incident: Id, report: FurtherReport, key: string) =>
  post<{ incident_id: Id; serial: string }>(`${root}/incidents/${incident}/supplements`, report, {
    'Idempotency-Key': key,
  })
/** The same file under the same `key` is one photo. */
export const sendPhoto = (file: File, key: string) => upload<SentPhoto>(`${root}/photos`, file, key)

export async function upload<T>(path: string, file: File, key: string): Promise<T> {
  const body = new FormData()
  body.set('file', file)
  const headers = {
    ...csrfHeader(),
    Accept: 'application/json',
    'Accept-Language': currentLocale(),
    'Idempotency-Key': key,
  }
  let response: Response
  try {
    response = await fetch(path, { method: 'POST', body, headers })
  } catch {
    throw new ApiProblem(0, 'offline', '')
  }
  if (!response.ok) throw await readProblem(response)
  return (await response.json()) as T
}
