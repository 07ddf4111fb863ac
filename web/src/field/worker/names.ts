/** What the page and its service worker call things. */
export const WORKER_URL = '/field-worker.js'
export const SCOPE = '/field'
export const SYNC_TAG = 'wangge-field-outbox'
export const TAKE_OVER = 'take-over'
/** The reader's language, kept for refusals that arrive in the background. */
export const LANGUAGE = 'language'
