/**
 * What a grid worker notes of the day: visits, entries of the diary, rounds with their points. Kept
 * on this phone until the server has it; each bears a key, so that nothing comes twice.
 */
import type { Id } from '@/api/types'
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

export interface Point {
  lon: number
  lat: number
  /** Seconds since 1970, by the satellites' clock. */
  at: number
  accuracy_m: number | null
}
interface Kept {
  /** The key under which it is sent, however often. */
  key: string
  account: number
  made_at: string
  /** open: a round that goes on. waiting: to be sent. refused: the server said no. sent: it has it. */
  state: 'open' | 'waiting' | 'refused' | 'sent'
  /** Why it was refused, in the server's words. */
  detail: string
  body: { jurisdiction: Id; grid_code: string } & Record<string, unknown>
}
export type Note = Kept & { kind: 'visit' | 'diary' | 'patrol' }
export type Kind = Note['kind']

interface Day extends DBSchema {
  notes: { key: string; value: Note }
  points: { key: number; value: Point & { note: string }; indexes: { note: string } }
}
let opened: Promise<IDBPDatabase<Day>> | null = null
function day(): Promise<IDBPDatabase<Day>> {
  opened ??= openDB<Day>('wangge-day', 1, {
    upgrade(db) {
      db.createObjectStore('notes', { keyPath: 'key' })
      db.createObjectStore('points', { autoIncrement: true }).createIndex('note', 'note')
    },
    blocking(_current, _blocked, event) {
      opened = null
      ;(event.target as IDBDatabase).close()
    },
  }).catch((error: unknown) => {
    opened = null
    throw error
  })
  return opened
}

export async function allNotes(account: number): Promise<Note[]> {
  const notes = await (await day()).getAll('notes')
  return notes
    .filter((note) => note.account === account)
    .sort((a, b) => b.made_at.localeCompare(a.made_at))
}
/** The key of the round that an account is on; null: of none, or the store cannot say. */
export async function openRound(account: number): Promise<string | null> {
  try {
    const open = (await allNotes(account)).find((one) => one.state === 'open')
    return open?.key ?? null
  } catch {
    return null
  }
}
export async function putNote(note: Note): Promise<void> {
  await (await day()).put('notes', note)
}
/** A refused note, or a round, with all of its points. */
export async function removeNote(key: string): Promise<void> {
  const transaction = (await day()).transaction(['notes', 'points'], 'readwrite')
  const points = transaction.objectStore('points')
  for (const id of await points.index('note').getAllKeys(key)) await points.delete(id)
  await transaction.objectStore('notes').delete(key)
  await transaction.done
}
export async function addPoint(note: string, point: Point): Promise<void> {
  await (await day()).add('points', { ...point, note })
}
export async function pointsOf(note: string): Promise<Point[]> {
  const found = await (await day()).getAllFromIndex('points', 'note', note)
  return found.map(({ lon, lat, at, accuracy_m }) => ({ lon, lat, at, accuracy_m }))
}
export async function countPoints(note: string): Promise<number> {
  return (await day()).countFromIndex('points', 'note', note)
}

/** More than the server takes of one round: then every second one, and so on. */
export function thinned(points: Point[], most: number): Point[] {
  const step = Math.ceil(points.length / most)
  return step <= 1 ? points : points.filter((_, index) => index % step === 0)
}
