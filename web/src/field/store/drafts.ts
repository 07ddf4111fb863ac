/** Reads and writes what waits on this phone; whoever shows it hears of each change. */
import { fieldDb, orFull } from './db'
import type { Item, Photo } from './items'

type Listener = () => void
const listeners = new Set<Listener>()
// Other tabs and the service worker write into the same store.
const channel =
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('wangge-field')
channel?.addEventListener('message', () => listeners.forEach((listener) => listener()))

export function onChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
function changed(): void {
  listeners.forEach((listener) => listener())
  channel?.postMessage('changed')
}

export async function allItems(): Promise<Item[]> {
  const items = await (await fieldDb()).getAll('items')
  return items.sort((a, b) => a.made_at.localeCompare(b.made_at) || a.id.localeCompare(b.id))
}
export async function getItem(id: string): Promise<Item | undefined> {
  return (await fieldDb()).get('items', id)
}
export async function putItem(item: Item): Promise<void> {
  await orFull((await fieldDb()).put('items', item))
  changed()
}

/**
 * Changes an item as it is in the store now; null leaves it. Gives what is in the store afterwards.
 *
 * The form, the sender and another tab all write: none of them may undo what another one wrote.
 */
export async function updateItem(
  id: string,
  change: (item: Item) => Item | null,
): Promise<Item | undefined> {
  const db = await fieldDb()
  const transaction = db.transaction('items', 'readwrite')
  const found = await transaction.store.get(id)
  const next = found ? change(found) : null
  const written = async () => {
    const put = next ? transaction.store.put(next) : null
    await Promise.all([put, transaction.done]) // room is counted at the end
  }
  await orFull(written())
  if (next) changed()
  return next ?? found
}

export async function removeItem(id: string): Promise<void> {
  const db = await fieldDb()
  const transaction = db.transaction(['items', 'photos'], 'readwrite')
  const photos = transaction.objectStore('photos')
  for (const key of await photos.index('item').getAllKeys(id)) await photos.delete(key)
  await transaction.objectStore('items').delete(id)
  await transaction.done
  changed()
}

/** In the order in which they were taken. */
export async function photosOf(item: string): Promise<Photo[]> {
  const photos = await (await fieldDb()).getAllFromIndex('photos', 'item', item)
  return photos.sort((a, b) => a.made_at.localeCompare(b.made_at) || a.id.localeCompare(b.id))
}
export async function putPhoto(photo: Photo): Promise<void> {
  await orFull((await fieldDb()).put('photos', photo))
  changed()
}
/** The server's number of a photo; one that was removed meanwhile does not come back. */
export async function numberPhoto(id: string, photo_id: number | null): Promise<void> {
  const transaction = (await fieldDb()).transaction('photos', 'readwrite')
  const found = await transaction.store.get(id)
  if (found) await transaction.store.put({ ...found, photo_id })
  await transaction.done
}
export async function removePhoto(id: string): Promise<void> {
  await (await fieldDb()).delete('photos', id)
  changed()
}
/** The photos of an item that was sent are on the server: their room is given back. */
export async function removePhotosOf(item: string): Promise<void> {
  const transaction = (await fieldDb()).transaction('photos', 'readwrite')
  for (const key of await transaction.store.index('item').getAllKeys(item)) {
    await transaction.store.delete(key)
  }
  await transaction.done
  changed()
}

/** Back to the form, unless the server may already have it. */
export function takeBack(id: string): Promise<Item | undefined> {
  return updateItem(id, (now) =>
    now.state === 'waiting' && now.body === null ? { ...now, state: 'draft', problem: null } : null,
  )
}
