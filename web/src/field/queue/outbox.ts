/**
 * Sends what waits: photos first, then the report or step that shows them, then it is marked sent.
 *
 * Once, although the answer may be lost: every photo, report and step bears a key of its own, its
 * first words are kept and repeated, and the server answers a key that it knows as it did before.
 */
import type { Item, StepItem } from '../store/items'
import {
  allItems,
  getItem,
  photosOf,
  numberPhoto,
  removePhotosOf,
  updateItem,
} from '../store/drafts'
import { reportBody, stepBody } from './body'
import { pauseMs, SendProblem, verdictOf, type ProblemTold } from './outcome'
import type { CaseAnswer, SignedIn, Transport } from './transport'

export interface World {
  transport: Transport
  now: () => number
  random: () => number
}
export interface Run {
  /** Nobody is signed in, or somebody else than whose items wait. */
  sign_in: boolean
  /** When to try again, in milliseconds of the phone's clock; null: nothing waits for a moment. */
  next_at: number | null
}

interface Dated {
  item: Item
  at: number
}

const LOCK = 'wangge-field-outbox'

/**
 * Sends all that may be sent now; `at_once`: without waiting for the end of pauses.
 *
 * One at a time in the whole browser: another tab, or the service worker, that is at it is waited
 * for. On plain http there are no locks; then the keys alone see to it that nothing comes twice.
 */
export function sendWaiting(world: World, at_once: boolean): Promise<Run> {
  const run = () => sendAll(world, at_once)
  const locks = globalThis.navigator?.locks
  return locks ? locks.request(LOCK, run) : run()
}

async function sendAll(world: World, at_once: boolean): Promise<Run> {
  let who: SignedIn | null = null
  let foreign = false
  const tried = new Set<string>()
  for (;;) {
    const all = await allItems()
    const waiting = dated(all)
    const now = world.now()
    const ready = waiting.flatMap(({ item, at }) =>
      at <= now || (at_once && !askedToWait(item)) ? [item] : [],
    )
    const left = ready.filter((item) => !tried.has(item.id))
    const item = left[0]
    if (!item) return { sign_in: foreign, next_at: nextAt(waiting, foreign ? who : null) }
    tried.add(item.id)
    let done: Done = 'done'
    try {
      who ??= await world.transport.whoAmI()
      if (!who) return { sign_in: true, next_at: null }
      if (item.account === who.worker.account_id) done = await sendOne(world, item, who)
      else foreign = true
    } catch (error) {
      await tryLater(world, item, error)
      done = 'offline'
    }
    if (done === 'sign-in') return { sign_in: true, next_at: null }
    if (done === 'offline') {
      // What could not reach the server once is not tried again for each of them.
      for (const one of left.slice(1)) await tryLater(world, one, unreachable)
      return { sign_in: false, next_at: nextAt(dated(await allItems()), who) }
    }
  }
}

const unreachable = new SendProblem({ status: 0, code: 'offline', detail: '', errors: [] })

/**
 * When an item may be sent: after its own pause, and after those of the steps that it goes on from.
 * Null where it is not to be sent, or where one of those waits for the worker's decision: then
 * nobody is asked anything until that is made.
 */
function dueAt(item: Item, all: Item[]): number | null {
  if (item.state !== 'waiting') return null
  let at = 0
  for (let one: Item | undefined = item; one && one.state !== 'sent'; one = earlierOf(one, all)) {
    if (one.state !== 'waiting') return null
    at = Math.max(at, one.next_at)
  }
  return at
}
/** What is to be sent, and when. */
function dated(all: Item[]): Dated[] {
  return all.flatMap((item) => {
    const at = dueAt(item, all)
    return at === null ? [] : [{ item, at }]
  })
}
function earlierOf(item: Item, all: Item[]): Item | undefined {
  const after = item.kind === 'step' ? item.step.after : null
  return after === null ? undefined : all.find((one) => one.id === after)
}
/** A server that said how long it wants to be left alone is not asked sooner by any button. */
const askedToWait = (item: Item) => item.problem?.status === 429

function nextAt(waiting: Dated[], who: SignedIn | null): number | null {
  const own = waiting.filter(({ item }) => !who || item.account === who.worker.account_id)
  return own.length ? Math.min(...own.map(({ at }) => at)) : null
}

type Done = 'done' | 'offline' | 'sign-in'

async function sendOne(world: World, given: Item, who: SignedIn): Promise<Done> {
  // Deleted or taken back by the worker since the list was read.
  const item = await getItem(given.id)
  if (item?.state !== 'waiting') return 'done'
  if (item.kind === 'step' && (await mustWait(item))) return 'done'
  try {
    const answer = await deliver(world, item, who)
    if (!answer) return 'done'
    await updateItem(item.id, (now) => ({
      ...now,
      state: 'sent',
      problem: null,
      answer: {
        incident_id: answer.id,
        serial: answer.serial,
        version: answer.version,
        at: new Date(world.now()).toISOString(),
      },
    }))
    await removePhotosOf(item.id)
    return 'done'
  } catch (error) {
    return afterProblem(world, item, error)
  }
}

/** A step goes on from an earlier one on the same case: not before that is settled. */
async function mustWait(item: StepItem): Promise<boolean> {
  const earlier = item.step.after ? await getItem(item.step.after) : undefined
  return earlier !== undefined && earlier.state !== 'sent'
}

/** Null when the worker took it back meanwhile. */
async function deliver(world: World, item: Item, who: SignedIn): Promise<CaseAnswer | null> {
  const photoIds: number[] = []
  for (const photo of await photosOf(item.id)) {
    let id = photo.photo_id
    if (id === null) {
      try {
        id = await world.transport.sendPhoto(photo, who.csrf)
      } catch (error) {
        if (error instanceof SendProblem) error.told.photo = photo.id
        throw error
      }
      await numberPhoto(photo.id, id)
    }
    photoIds.push(id)
  }
  const body = item.body ?? (await firstBody(item, photoIds, who.ahead_ms))
  const stored = await updateItem(item.id, (now) =>
    now.state === 'waiting' ? { ...now, body } : null,
  )
  if (stored?.state !== 'waiting') return null
  return item.kind === 'report'
    ? world.transport.sendReport(item.id, body, who.csrf)
    : world.transport.sendStep(item.step.incident_id, item.id, body, who.csrf)
}

async function firstBody(
  item: Item,
  photoIds: number[],
  ahead_ms: number,
): Promise<Record<string, unknown>> {
  if (item.kind === 'report') return reportBody(item, photoIds, ahead_ms)
  const earlier = item.step.after ? await getItem(item.step.after) : undefined
  return stepBody(item, earlier?.answer?.version ?? item.step.version, photoIds)
}

async function afterProblem(world: World, item: Item, error: unknown): Promise<Done> {
  const told = error instanceof SendProblem ? error.told : null
  const verdict = told ? verdictOf(told) : 'again'
  if (verdict === 'sign-in') return 'sign-in'
  if (verdict === 'again') {
    await tryLater(world, item, error)
    return told?.status === 0 ? 'offline' : 'done'
  }
  if (verdict === 'photos-forgotten' && !item.photos_again) await photosAgain(item)
  else await refuse(item, verdict === 'conflict' ? 'conflict' : 'refused', told!)
  return 'done'
}

async function refuse(item: Item, state: 'conflict' | 'refused', told: ProblemTold) {
  // Nothing is kept under the key of what was refused: what is corrected may say something else.
  await updateItem(item.id, (now) => ({ ...now, state, problem: told, body: null }))
}

async function tryLater(world: World, item: Item, error: unknown): Promise<void> {
  const problem = error instanceof SendProblem ? error : null
  await updateItem(item.id, (now) => {
    if (now.state !== 'waiting') return null
    const attempts = now.attempts + 1
    const pause = pauseMs(attempts, world.random(), problem?.retry_after_s ?? null)
    return {
      ...now,
      attempts,
      next_at: world.now() + pause,
      problem: problem?.told ?? { status: 0, code: 'page-error', detail: '', errors: [] },
    }
  })
}

/** The server keeps unused photos for a while only: those that it forgot go to it once more. */
async function photosAgain(item: Item): Promise<void> {
  for (const photo of await photosOf(item.id)) await numberPhoto(photo.id, null)
  await updateItem(item.id, (now) => ({ ...now, body: null, photos_again: true, next_at: 0 }))
}
