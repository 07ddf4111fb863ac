/** What the whole page shares: who works here, what waits, and whether the network is there. */
import { computed, reactive, shallowRef } from 'vue'
import { onRefused } from '@/api/http'
import { currentLocale } from '@/i18n'
import { loadOffice, office } from '@/state/office'
import { SendProblem } from './queue/outcome'
import { httpTransport } from './queue/transport'
import { sendWaiting } from './queue/outbox'
import { allItems, onChange, removeItem } from './store/drafts'
import { StoreFull } from './store/db'
import type { Item } from './store/items'
import { forgetCases, keep, keepWorker, kept, keptWorker, type Worker } from './store/kept'
import { LANGUAGE } from './worker/names'
import { sendInBackground } from './worker/shell'

export const field = reactive({
  worker: null as Worker | null,
  /** Nobody is signed in, as far as the server said last. */
  signedOut: false,
  online: navigator.onLine,
  sending: false,
  /** What could not be written for want of room. */
  full: false,
  /** The browser has no store of its own, or hides it (private window). */
  noStore: false,
  started: false,
})
export const items = shallowRef<Item[]>([])
/** Of others who worked on this phone nothing is shown. */
export const ownItems = computed(() =>
  items.value.filter((item) => item.account === field.worker?.account_id),
)
export const unsent = computed(() => ownItems.value.filter((item) => item.state !== 'sent'))
/** Somebody else left reports on this phone: they leave it when that worker signs in again. */
export const othersWait = computed(
  () =>
    items.value.filter(
      (item) => item.account !== field.worker?.account_id && item.state === 'waiting',
    ).length,
)

const HEART_MS = 20_000
const SENT_KEPT_MS = 7 * 86_400_000
const transport = httpTransport(currentLocale)
const world = { transport, now: Date.now, random: Math.random }
let timer: ReturnType<typeof setTimeout> | undefined
let again = false

async function readItems(): Promise<void> {
  items.value = await allItems()
}

/** Looks who is signed in; without network it stays whoever was last. */
export async function recognise(): Promise<void> {
  try {
    const found = await transport.whoAmI()
    field.online = true
    field.signedOut = found === null
    if (found) {
      field.worker = found.worker
      await keepWorker(found.worker)
    } else await forgetCases(() => false) // what is said of people leaves with the session
  } catch (error) {
    if (error instanceof SendProblem && error.told.status === 0) field.online = false
  }
}

/** Loads settings and categories, or takes the copy of the last time. */
async function furnish(): Promise<void> {
  await loadOffice()
  if (office.config && !office.problem) {
    const { config, jurisdictions, categories } = office
    await keep('office', JSON.parse(JSON.stringify({ config, jurisdictions, categories })))
    return
  }
  const copy = await kept<Partial<typeof office>>('office')
  if (copy) Object.assign(office, copy.data, { problem: null })
}

/** Sends what waits; a second call meanwhile is remembered. */
export async function sendNow(atOnce = true): Promise<void> {
  if (field.sending) {
    again ||= atOnce
    return
  }
  field.sending = true
  clearTimeout(timer)
  try {
    const run = await sendWaiting(world, atOnce)
    if (run.sign_in) await recognise()
    if (run.next_at !== null) {
      timer = setTimeout(() => void sendNow(false), Math.max(1000, run.next_at - Date.now()))
      void sendInBackground()
    }
  } catch (error) {
    if (!told(error)) throw error
  } finally {
    field.sending = false
  }
  if (again) {
    again = false
    await sendNow()
  }
}

/** Says that there is no room left; answers whether the error was that. */
export function told(error: unknown): boolean {
  if (error instanceof StoreFull) field.full = true
  return error instanceof StoreFull
}

async function cameBack(): Promise<void> {
  if (!navigator.onLine) {
    field.online = false
    return
  }
  await recognise()
  if (!field.online) return
  if (!office.categories.length) await furnish()
  await sendNow()
}

/** Keeps the language for refusals that arrive while the page is closed. */
export function keepLanguage(): void {
  void keep(LANGUAGE, currentLocale())
}

/** Asks the browser not to clear this page's store when room runs out. */
export function persist(): void {
  void navigator.storage?.persist?.().catch(() => false)
}

export async function startField(): Promise<() => void> {
  // This page is not left for signing in: what is being written stays before the eyes.
  onRefused(() => (field.signedOut = true))
  try {
    field.worker = await keptWorker()
    await readItems()
  } catch {
    field.noStore = true
  }
  const stop = onChange(() => void readItems())
  const back = () => void cameBack()
  const away = () => (field.online = false)
  const seen = () => document.hidden || void cameBack()
  addEventListener('online', back)
  addEventListener('offline', away)
  document.addEventListener('visibilitychange', seen)
  // A server that is away tells nobody when it is back.
  const heart = setInterval(() => field.online || seen(), HEART_MS)
  await Promise.all([recognise(), furnish()])
  keepLanguage()
  field.started = true
  await forgetOld()
  void sendNow()
  return () => {
    stop()
    clearTimeout(timer)
    clearInterval(heart)
    removeEventListener('online', back)
    removeEventListener('offline', away)
    document.removeEventListener('visibilitychange', seen)
  }
}

/** What was sent is shown for a week. */
async function forgetOld(): Promise<void> {
  for (const item of items.value) {
    const sent = item.state === 'sent' && item.answer ? Date.parse(item.answer.at) : null
    if (sent !== null && Date.now() - sent > SENT_KEPT_MS) await removeItem(item.id)
  }
}
