/** Joins what the server says now with what the list shows, without reloading the list. */
import type { Id, IncidentPage, IncidentRow } from '@/api/types'

type Order = 'newest' | 'due'

export interface QueueState {
  rows: IncidentRow[]
  next: string | null
}
export interface Merged extends QueueState {
  /** Rows that were not there before and stand on top. */
  fresh: Id[]
  /** Nothing of the former list is left. */
  anew: boolean
}

/**
 * The first page laid over the list. Rows of the list that the page's span should hold but does
 * not are gone (they no longer match); deeper rows stay. Without any overlap the page starts the
 * list anew, because rows between the two may be missing.
 */
export function mergeHead(state: QueueState, page: IncidentPage, order: Order = 'newest'): Merged {
  const known = new Set(state.rows.map((row) => row.id))
  const inPage = new Set(page.items.map((row) => row.id))
  const fresh = page.items.filter((row) => !known.has(row.id)).map((row) => row.id)
  if (page.next === null) return { rows: page.items, next: null, fresh, anew: false }
  if (fresh.length === page.items.length && state.rows.length) {
    return { rows: page.items, next: page.next, fresh, anew: true }
  }
  const last = page.items.at(-1)
  const deeper = state.rows.filter(
    (row) => !inPage.has(row.id) && last && isAfter(row, last, order),
  )
  return {
    rows: [...page.items, ...deeper],
    next: deeper.length ? state.next : page.next,
    fresh,
    anew: false,
  }
}

/** Does `row` stand below `last`? Newest first, or due first and last what has no deadline. */
function isAfter(row: IncidentRow, last: IncidentRow, order: Order): boolean {
  if (order === 'due') return dueOf(row) >= dueOf(last)
  return Date.parse(row.reported_at) <= Date.parse(last.reported_at)
}
const dueOf = (row: IncidentRow) => (row.due_at ? Date.parse(row.due_at) : Infinity)

/** A further page below the list; a row that moved meanwhile is not shown twice. */
export function appendPage(state: QueueState, page: IncidentPage): QueueState {
  const known = new Set(state.rows.map((row) => row.id))
  return {
    rows: [...state.rows, ...page.items.filter((row) => !known.has(row.id))],
    next: page.next,
  }
}

/** Rows as they are now: replaced in place, or taken out where they no longer belong. */
export function replaceRows(
  rows: IncidentRow[],
  now: ReadonlyMap<Id, IncidentRow>,
  stays: (row: IncidentRow) => boolean,
): IncidentRow[] {
  if (!rows.some((row) => now.has(row.id))) return rows
  return rows.map((row) => now.get(row.id) ?? row).filter((row) => !now.has(row.id) || stays(row))
}
