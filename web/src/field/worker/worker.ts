/**
 * The service worker of /field: the page opens without network, and waiting reports leave when it
 * comes back. It keeps the page itself and map tiles that were seen; answers of the API never.
 */
import { ExpirationPlugin } from 'workbox-expiration'
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { NetworkFirst } from 'workbox-strategies'
import { sendWaiting } from '../queue/outbox'
import { httpTransport } from '../queue/transport'
import { kept } from '../store/kept'
import { LANGUAGE, SYNC_TAG, TAKE_OVER } from './names'

/** What of a service worker's world is used here; the rest of the program is typed for pages. */
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Worker {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  addEventListener(type: 'activate', listen: (event: Extendable) => void): void
  addEventListener(type: 'message', listen: (event: MessageEvent) => void): void
  addEventListener(type: 'sync', listen: (event: Extendable & { tag: string }) => void): void
}
declare const self: Worker
/** Put in by the build: the files of the page, each with its revision. */
declare const __FIELD_SHELL__: { url: string; revision: string | null }[]

const groundTiles = /^\/tiles\/(streets|water|buildings|grids)\b/

precacheAndRoute(__FIELD_SHELL__)
cleanupOutdatedCaches()
registerRoute(new NavigationRoute(createHandlerBoundToURL('/field')))
// The ground changes rarely: what was seen of it helps on the way, but the network comes first.
registerRoute(
  ({ url, sameOrigin }) => sameOrigin && groundTiles.test(url.pathname),
  new NetworkFirst({
    cacheName: 'wangge-field-map',
    networkTimeoutSeconds: 5,
    plugins: [
      new ExpirationPlugin({
        maxEntries: 500,
        maxAgeSeconds: 30 * 86_400,
        purgeOnQuotaError: true, // photos and reports need the room more
      }),
    ],
  }),
)

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
// Only when the reader asked for it: a new version never changes the page under somebody's hands.
self.addEventListener('message', (event) => {
  if (event.data === TAKE_OVER) void self.skipWaiting()
})
self.addEventListener('sync', (event) => {
  if (event.tag === SYNC_TAG) event.waitUntil(sendInBackground())
})

async function sendInBackground(): Promise<void> {
  const language = (await kept<string>(LANGUAGE))?.data ?? 'zh-CN'
  const world = { transport: httpTransport(() => language), now: Date.now, random: Math.random }
  const { next_at } = await sendWaiting(world, true)
  // The browser asks again later, with pauses of its own.
  if (next_at !== null) throw new Error('some reports still wait')
}
