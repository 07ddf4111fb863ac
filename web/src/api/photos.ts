/** Photos: sent one by one with progress, and those of a case with links that end. */
import { ApiProblem, csrfHeader, get, toProblem } from './http'
import type { Id } from './types'
import { currentLocale } from '@/i18n'

const root = '/api/v1'

/** Where the camera stood, if what it wrote is meant in `crs`. */
export interface Reading {
  crs: 'EPSG:4326' | 'gcj02'
  lon: number
  lat: number
}
export interface CasePhoto {
  id: Id
  url: string
  preview_url: string
  width: number
  height: number
  taken_at: string | null
  uploaded_at: string
  stage: string | null
  supplement_id: Id | null
}
export interface SentPhoto {
  id: Id
  preview_url: string
  place: { readings: Reading[] } | null
}
/** Told how much of a file has gone out, from 0 to 1. */
export type Told = (share: number) => void

export const getPhotos = async (incident: Id, signal?: AbortSignal) =>
  (await get<{ items: CasePhoto[] }>(`${root}/incidents/${incident}/photos`, {}, signal)).items

/** The same file under the same `key` is one photo. */
export const sendPhoto = (file: File, key: string, told?: Told, signal?: AbortSignal) =>
  sendFile<SentPhoto>(`${root}/photos`, file, key, told, signal)

/** One file to an address. `fetch` says nothing of what has gone out; this request does. */
export function sendFile<T>(
  path: string,
  file: File,
  key: string,
  told: Told = () => {},
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', path)
    const headers = {
      ...csrfHeader(),
      Accept: 'application/json',
      'Accept-Language': currentLocale(),
      'Idempotency-Key': key,
    }
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded, total }) => told(total ? loaded / total : 0)
    request.onerror = request.ontimeout = () => reject(new ApiProblem(0, 'offline', ''))
    request.onabort = () => reject(new DOMException('', 'AbortError'))
    request.onload = () => {
      const body = read(request.responseText)
      if (request.status < 300 && body) return resolve(body as T)
      reject(toProblem(request.status, body, request.getResponseHeader('X-Request-Id')))
    }
    signal?.addEventListener('abort', () => request.abort())
    const form = new FormData()
    form.set('file', file)
    request.send(form)
  })
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
