/** The live stream of the API (server-sent events), with its state for the reader to see. */
import { ref } from 'vue'
import { checkSession } from '@/state/session'
import { eventsUrl } from './endpoints'
import type { Id, IncidentEvent } from './types'

export type LiveState = 'connecting' | 'live' | 'lost'
export const liveState = ref<LiveState>('connecting')

/** The name of this page's stream, as the server gave it. */
export const stream = ref<string | null>(null)
/** Who else has a case open. */
export interface Present {
  incident: Id
  others: string[]
}

/** A draft was changed: up to which operation it has come, and by whom. */
export interface DraftEvent {
  plan: number
  version: number
  actor: string
}
/** Who else has a draft open, and which grid each has picked. */
export interface Drafters {
  plan: number
  others: { name: string; grid: string | null }[]
}

type Listener = (event: IncidentEvent) => void
type Reconnected = () => void

const incidentListeners = new Set<Listener>()
const planListeners = new Set<() => void>()
const presenceListeners = new Set<(present: Present) => void>()
const draftListeners = new Set<(event: DraftEvent) => void>()
const draftersListeners = new Set<(present: Drafters) => void>()
const whistleListeners = new Set<() => void>()
const unlocatedListeners = new Set<() => void>()
const noticeListeners = new Set<() => void>()
const reconnectListeners = new Set<Reconnected>()
let source: EventSource | null = null
let retry: ReturnType<typeof setTimeout> | undefined
let wait = 1000

function open(): void {
  clearTimeout(retry)
  source?.close()
  source = new EventSource(eventsUrl)
  source.onopen = () => {
    const missed = liveState.value === 'lost'
    liveState.value = 'live'
    wait = 1000
    // Events that fell into the gap are not sent again: whoever shows data loads it anew.
    if (missed) reconnectListeners.forEach((listener) => listener())
  }
  source.onerror = () => {
    liveState.value = 'lost'
    // The browser tries again by itself, except after an answer that was no stream.
    if (source?.readyState === EventSource.CLOSED) {
      // Perhaps the session has ended: asking who is signed in leads to the sign-in page.
      void checkSession()
      retry = setTimeout(open, wait)
      wait = Math.min(wait * 2, 30_000)
    }
  }
  source.addEventListener('hello', (event) => {
    stream.value = (JSON.parse((event as MessageEvent<string>).data) as { stream: string }).stream
  })
  source.addEventListener('presence', (event) => {
    const present = JSON.parse((event as MessageEvent<string>).data) as Present
    presenceListeners.forEach((listener) => listener(present))
  })
  source.addEventListener('incident', (event) => {
    const incident = JSON.parse((event as MessageEvent<string>).data) as IncidentEvent
    incidentListeners.forEach((listener) => listener(incident))
  })
  source.addEventListener('draft', (event) => {
    const change = JSON.parse((event as MessageEvent<string>).data) as DraftEvent
    draftListeners.forEach((listener) => listener(change))
  })
  source.addEventListener('drafters', (event) => {
    const present = JSON.parse((event as MessageEvent<string>).data) as Drafters
    draftersListeners.forEach((listener) => listener(present))
  })
  // The server says so when it could not pass on everything, or when a great many changed at once.
  source.addEventListener('reload', () => reconnectListeners.forEach((listener) => listener()))
  source.addEventListener('plan', () => planListeners.forEach((listener) => listener()))
  source.addEventListener('whistle', () => whistleListeners.forEach((listener) => listener()))
  source.addEventListener('notice', () => noticeListeners.forEach((listener) => listener()))
  source.addEventListener('unlocated', () => unlocatedListeners.forEach((listener) => listener()))
}

export function connectEvents(): void {
  if (source) return
  open()
  addEventListener('online', open)
  addEventListener('offline', () => (liveState.value = 'lost'))
  // A stream left open while the page unloads is reported as an error by some browsers.
  addEventListener('pagehide', () => source?.close())
  addEventListener('pageshow', (event) => event.persisted && open())
}

/** Registers for the life of a page; the answer takes the registration back. */
export function onLive(handlers: {
  incident?: Listener
  plan?: () => void
  whistle?: () => void
  unlocated?: () => void
  presence?: (present: Present) => void
  notice?: () => void
  draft?: (event: DraftEvent) => void
  drafters?: (present: Drafters) => void
  reconnected?: Reconnected
}): () => void {
  const { incident, plan, whistle, unlocated, presence, notice, reconnected } = handlers
  const { draft, drafters } = handlers
  if (incident) incidentListeners.add(incident)
  if (plan) planListeners.add(plan)
  if (whistle) whistleListeners.add(whistle)
  if (unlocated) unlocatedListeners.add(unlocated)
  if (presence) presenceListeners.add(presence)
  if (notice) noticeListeners.add(notice)
  if (draft) draftListeners.add(draft)
  if (drafters) draftersListeners.add(drafters)
  if (reconnected) reconnectListeners.add(reconnected)
  return () => {
    if (incident) incidentListeners.delete(incident)
    if (plan) planListeners.delete(plan)
    if (whistle) whistleListeners.delete(whistle)
    if (unlocated) unlocatedListeners.delete(unlocated)
    if (presence) presenceListeners.delete(presence)
    if (notice) noticeListeners.delete(notice)
    if (draft) draftListeners.delete(draft)
    if (drafters) draftersListeners.delete(drafters)
    if (reconnected) reconnectListeners.delete(reconnected)
  }
}
