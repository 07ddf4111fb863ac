/** Requests to the API: JSON in and out, problem+json as `ApiProblem`. */
import { currentLocale } from '@/i18n'

export interface FieldError {
  row: number | null
  field: string | null
  message: string
}

/** Why a request gave no answer to show; `detail` is already in the reader's language. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
    readonly requestId: string | null = null,
  ) {
    super(detail || code)
    this.name = 'ApiProblem'
  }

  /** The server could not be reached at all. */
  get offline(): boolean {
    return this.status === 0
  }
}

let csrf: string | null = null
let refused: (problem: ApiProblem) => void = () => {}

/** What proves to the server that a page of its own asks; told by `GET /session`. */
export function setCsrf(word: string | null): void {
  csrf = word
}
export const csrfHeader = (): Record<string, string> => (csrf ? { 'X-CSRF-Token': csrf } : {})

/** Called when nobody is signed in any more, or the password must be changed first. */
export function onRefused(handler: (problem: ApiProblem) => void): void {
  refused = handler
}
const needsPerson = new Set(['sign-in-needed', 'password-must-change'])

export type Query = Record<string, string | number | boolean | null | undefined>

export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(key, String(value))
  }
  const text = parameters.toString()
  return text ? `${path}?${text}` : path
}

export async function readProblem(response: Response): Promise<ApiProblem> {
  const body = await response.json().catch(() => null)
  return toProblem(response.status, body, response.headers.get('X-Request-Id'))
}
/** What an answer says of itself; one that is not ours (a proxy's page) says its status only. */
export function toProblem(status: number, body: unknown, requestId: string | null): ApiProblem {
  const told = (body && typeof body === 'object' ? body : {}) as Record<string, unknown>
  return new ApiProblem(
    status,
    String(told.code ?? `http-${status}`),
    typeof told.detail === 'string' ? told.detail : '',
    Array.isArray(told.errors) ? told.errors : [],
    typeof told.request_id === 'string' ? told.request_id : requestId,
  )
}

export async function ask(path: string, options: RequestInit): Promise<Response> {
  const headers = new Headers(options.headers)
  if (!headers.has('Accept')) headers.set('Accept', 'application/json')
  headers.set('Accept-Language', currentLocale())
  if (options.method)
    for (const [name, word] of Object.entries(csrfHeader())) headers.set(name, word)
  let response: Response
  try {
    response = await fetch(path, { ...options, headers })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiProblem(0, 'offline', '')
  }
  if (!response.ok) {
    const problem = await readProblem(response)
    if (needsPerson.has(problem.code)) refused(problem)
    throw problem
  }
  return response
}

async function request<T>(path: string, options: RequestInit): Promise<T> {
  const response = await ask(path, options)
  if (response.status === 204) return null as T
  return (await response.json()) as T
}

/** An answer that is no JSON, such as a stream of Arrow. */
export async function getBytes(path: string, query: Query = {}, signal?: AbortSignal) {
  const options = { headers: { Accept: '*/*' }, signal: signal ?? null }
  return new Uint8Array(await (await ask(withQuery(path, query), options)).arrayBuffer())
}

export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return request<T>(withQuery(path, query), { signal: signal ?? null })
}

export function patch<T>(path: string, body: unknown): Promise<T> {
  return send<T>('PATCH', path, body)
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return send<T>('PUT', path, body)
}

/** A file with what belongs to it. */
export function upload<T>(
  path: string,
  form: FormData,
  headers: Record<string, string> = {},
): Promise<T> {
  return request<T>(path, { method: 'POST', body: form, headers })
}

export function remove(path: string): Promise<null> {
  return request<null>(path, { method: 'DELETE' })
}

export function post<T>(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
) {
  return send<T>('POST', path, body, headers, signal)
}

function send<T>(
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
): Promise<T> {
  return request<T>(path, {
    method,
    signal: signal ?? null,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}
