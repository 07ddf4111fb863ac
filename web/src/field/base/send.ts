/** Sends what the day's notes hold: once, although an answer may be lost. */
import { ApiProblem, post } from '@/api/http'
import { loadSession, session } from '@/state/session'
import { allNotes, pointsOf, putNote, removeNote, thinned, type Note } from './notes'

const PATHS = { visit: '/api/v1/visits', diary: '/api/v1/diaries', patrol: '/api/v1/patrols' }
const MOST_POINTS = 20_000
const SENT_KEPT_MS = 2 * 86_400_000
let busy: Promise<void> | null = null
let asked = false

const LOCK = 'wangge-field-day'

/**
 * All that waits, the oldest first; what cannot reach the server stays for the next time. One window
 * at a time; on plain http there are no locks, and the keys alone see to it that nothing comes twice.
 */
export function sendNotes(account: number): Promise<void> {
  asked = true
  busy ??= untilDone(account).finally(() => (busy = null))
  return busy
}

/** Who asks while it is being sent, because the network has just come back, asks for one more try. */
async function untilDone(account: number): Promise<void> {
  const locks = globalThis.navigator?.locks
  while (asked) {
    asked = false
    await (locks ? locks.request(LOCK, () => run(account)) : run(account))
  }
}

async function run(account: number): Promise<void> {
  const notes = (await allNotes(account)).toReversed()
  for (const old of notes.filter((one) => one.state === 'sent')) {
    if (Date.now() - Date.parse(old.made_at) > SENT_KEPT_MS) await removeNote(old.key)
  }
  const waiting = notes.filter((one) => one.state === 'waiting')
  if (!waiting.length) return
  await loadSession() // also the word without which the server takes nothing
  if (session.account?.id !== account) return
  for (const note of waiting) {
    if (!(await sendOne(note))) return
  }
}

/** False: the server could not be reached, or has no time. */
async function sendOne(note: Note): Promise<boolean> {
  const body: Record<string, unknown> = { ...note.body, key: note.key }
  if (note.kind === 'patrol') body.points = thinned(await pointsOf(note.key), MOST_POINTS)
  try {
    await post(PATHS[note.kind], body)
    await putNote({ ...note, state: 'sent', detail: '' })
    return true
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    const again = error.offline || error.status >= 500 || [401, 429].includes(error.status)
    if (again) return false
    const detail = [error.detail, ...error.errors.map((one) => one.message)].filter(Boolean)
    await putNote({ ...note, state: 'refused', detail: [...new Set(detail)].join(' ') })
    return true
  }
}
