/** Copies of what the server said, each with its time: shown without network, never as if new. */
import { fieldDb } from './db'

export interface Copy<T> {
  at: string
  data: T
}
export interface Worker {
  account_id: number
  login: string
  name: string
  roles: string[]
}

export async function keep(key: string, data: unknown, at = new Date()): Promise<void> {
  // A phone without room shows less when offline; what was written on it matters more.
  await (await fieldDb()).put('kept', { key, at: at.toISOString(), data }).catch(() => undefined)
}
export async function kept<T>(key: string): Promise<Copy<T> | null> {
  const found = await (await fieldDb()).get('kept', key)
  return found ? { at: found.at, data: found.data as T } : null
}

const WORKER = 'worker'
const isCase = (key: string) => key === 'cases' || key.startsWith('case/')
export const caseKey = (id: number | string) => `case/${id}`

export async function keptWorker(): Promise<Worker | null> {
  return (await kept<Worker>(WORKER))?.data ?? null
}

/** Remembers who works on this phone; the cases of whoever did before leave it. */
export async function keepWorker(worker: Worker | null): Promise<void> {
  const before = await keptWorker()
  if (before?.account_id !== worker?.account_id) await forgetCases(() => false)
  if (worker) await keep(WORKER, worker)
  else await (await fieldDb()).delete('kept', WORKER)
}

/** Takes the copies of cases from the phone that nobody needs on it any more. */
export async function forgetCases(stays: (key: string) => boolean): Promise<void> {
  const transaction = (await fieldDb()).transaction('kept', 'readwrite')
  for (const key of await transaction.store.getAllKeys()) {
    if (isCase(key) && !stays(key)) await transaction.store.delete(key)
  }
  await transaction.done
}
