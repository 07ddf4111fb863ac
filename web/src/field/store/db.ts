/** The phone's own store (IndexedDB): survives closing the browser and switching off. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Item, Photo } from './items'

export interface Kept {
  key: string
  /** When the server said it. */
  at: string
  data: unknown
}
interface Field extends DBSchema {
  items: { key: string; value: Item }
  photos: { key: string; value: Photo; indexes: { item: string } }
  kept: { key: string; value: Kept }
}
export type FieldDb = IDBPDatabase<Field>

const NAME = 'wangge-field'
let opened: Promise<FieldDb> | null = null

/** One connection for the page; a newer version of the page in another tab closes it. */
export function fieldDb(): Promise<FieldDb> {
  opened ??= openDB<Field>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore('items', { keyPath: 'id' })
      db.createObjectStore('photos', { keyPath: 'id' }).createIndex('item', 'item')
      db.createObjectStore('kept', { keyPath: 'key' })
    },
    blocking(_current, _blocked, event) {
      opened = null
      ;(event.target as IDBDatabase).close()
    },
    terminated() {
      opened = null
    },
  }).catch((error: unknown) => {
    opened = null
    throw error
  })
  return opened
}

/** Closes the connection: for tests, which begin with an empty phone. */
export async function closeDb(): Promise<void> {
  const db = await opened
  opened = null
  db?.close()
}

/** No room left on this phone. */
export class StoreFull extends Error {}

export async function orFull<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') throw new StoreFull()
    throw error
  }
}
