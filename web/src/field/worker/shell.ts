/** The page as an application: opens without network, and changes to a new version when asked. */
import { reactive } from 'vue'
import { SCOPE, SYNC_TAG, TAKE_OVER, WORKER_URL } from './names'

export const shell = reactive({
  /** `never`: this address is not secure (https), or the browser has no service workers. */
  offline: 'unknown' as 'unknown' | 'ready' | 'never',
  /** A new version lies ready. */
  update: false,
})

const HOUR_MS = 3_600_000
let registration: ServiceWorkerRegistration | null = null
let asked = false

export async function installShell(): Promise<void> {
  // Parts of a version that another tab has replaced are gone: only a reload helps.
  addEventListener('vite:preloadError', (event) => {
    event.preventDefault()
    shell.update = true
  })
  if (import.meta.env.DEV) return
  if (!('serviceWorker' in navigator)) {
    shell.offline = 'never'
    return
  }
  const container = navigator.serviceWorker
  container.addEventListener('controllerchange', () => asked && location.reload())
  void container.ready.then(() => (shell.offline = 'ready'))
  try {
    registration = await container.register(WORKER_URL, { scope: SCOPE, updateViaCache: 'none' })
  } catch {
    return // no network, or a certificate that the browser does not trust: the page works without
  }
  follow(registration)
  const look = () => void registration?.update().catch(() => undefined)
  setInterval(look, HOUR_MS)
  document.addEventListener('visibilitychange', () => document.hidden || look())
}

function follow(found: ServiceWorkerRegistration): void {
  const ready = () => (shell.update ||= found.waiting !== null && found.active !== null)
  ready()
  found.addEventListener('updatefound', () => {
    found.installing?.addEventListener('statechange', ready)
  })
}

export function changeVersion(): void {
  asked = true
  if (registration?.waiting) registration.waiting.postMessage(TAKE_OVER)
  else location.reload()
}

/** Asks the browser to send what waits when the network is back, even when the page is closed. */
export async function sendInBackground(): Promise<void> {
  const sync = (registration as { sync?: { register(tag: string): Promise<void> } } | null)?.sync
  await sync?.register(SYNC_TAG).catch(() => undefined) // without it the page sends when opened
}
