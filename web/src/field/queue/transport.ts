/** Requests that carry the outbox to the server. Runs in the page and in the service worker. */
import { SendProblem, type ProblemTold } from './outcome'
import type { Photo } from '../store/items'
import type { Worker } from '../store/kept'

const root = '/api/v1'
const SHORT_MS = 45_000
const LONG_MS = 300_000 // a photo over a weak network

export interface SignedIn {
  worker: Worker
  csrf: string
  /** How far the clock of this phone goes before the server's. */
  ahead_ms: number
}
export interface CaseAnswer {
  id: number
  serial: string
  version: number
}
/** What the outbox needs of the world: the server here, and what tests put in its place. */
export interface Transport {
  /** Who is signed in; null: nobody. */
  whoAmI(): Promise<SignedIn | null>
  sendPhoto(photo: Photo, csrf: string): Promise<number>
  sendReport(key: string, body: unknown, csrf: string): Promise<CaseAnswer>
  sendStep(incident: number, key: string, body: unknown, csrf: string): Promise<CaseAnswer>
}

interface SessionAnswer {
  account: { id: number; login: string; name: string; roles: string[] } | null
  csrf: string | null
}

/** `language`: in which the server says why it refuses. */
export function httpTransport(language: () => string): Transport {
  const post = async <T>(
    path: string,
    key: string,
    csrf: string,
    body: BodyInit,
    json: boolean,
  ) => {
    const answer = await ask<T>(
      path,
      {
        method: 'POST',
        body,
        headers: {
          'Idempotency-Key': key,
          'X-CSRF-Token': csrf,
          'Accept-Language': language(),
          ...(json ? { 'Content-Type': 'application/json' } : {}),
        },
      },
      json ? SHORT_MS : LONG_MS,
    )
    return answer.body
  }
  return {
    async whoAmI() {
      const headers = { 'Accept-Language': language() }
      const { body, at } = await ask<SessionAnswer>(`${root}/session`, { headers }, SHORT_MS)
      const { account, csrf } = body
      if (!account || csrf === null) return null
      const { id, login, name, roles } = account
      const ahead_ms = at ? Date.now() - at : 0
      return { worker: { account_id: id, login, name, roles }, csrf, ahead_ms }
    },
    async sendPhoto(photo, csrf) {
      const form = new FormData()
      form.set('file', new Blob([photo.bytes], { type: photo.type }), photo.name)
      return (await post<{ id: number }>(`${root}/photos`, photo.id, csrf, form, false)).id
    },
    sendReport: (key, body, csrf) =>
      post<CaseAnswer>(`${root}/incidents`, key, csrf, JSON.stringify(body), true),
    async sendStep(incident, key, body, csrf) {
      const path = `${root}/incidents/${incident}/steps`
      const answer = await post<CaseAnswer | null>(path, key, csrf, JSON.stringify(body), true)
      // Taken, and with that the case has left this worker's hands and eyes.
      return answer ?? { id: incident, serial: '', version: 0 }
    },
  }
}

interface Answered<T> {
  body: T
  /** The server's clock, if it said it. */
  at: number
}

async function ask<T>(path: string, request: RequestInit, mostMs: number): Promise<Answered<T>> {
  let response: Response | undefined
  let body: unknown
  try {
    const signal = AbortSignal.timeout(mostMs)
    response = await fetch(path, { ...request, signal, cache: 'no-store' })
    // Read to its end: an answer that breaks off is no answer.
    body = response.status === 204 ? null : await response.json()
  } catch {
    // No network, cut off, too slow, or the page of a hotel's or a mast's own network.
    throw new SendProblem(told(response?.status === 413 ? 413 : 0, null))
  }
  if (response.ok)
    return { body: body as T, at: Date.parse(response.headers.get('Date') ?? '') || 0 }
  const wait = Number(response.headers.get('Retry-After'))
  throw new SendProblem(told(response.status, body), wait > 0 ? wait : null)
}

function told(status: number, body: unknown): ProblemTold {
  const given = (body ?? {}) as Record<string, unknown>
  const errors = Array.isArray(given.errors) ? given.errors : []
  return {
    status,
    code: String(given.code ?? (status ? `http-${status}` : 'offline')),
    detail: typeof given.detail === 'string' ? given.detail : '',
    errors: errors.map((one: { message?: unknown }) => String(one.message ?? '')).filter(Boolean),
  }
}
