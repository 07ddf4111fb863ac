/** Joins what the server says now with what the list shows, without reloading the list. */
import type { Id, IncidentPage, IncidentRow, IncidentStatus } from '@/api/types'

export interface QueueState {
  rows: IncidentRow[]
  next: string | null
}
export interface Merged extends QueueState {
  /** Rows that were not there before and stand on top. */
  fresh: Id[]
}

/**
 * The newest page laid over the list. Rows of the list that the page's span should hold but does
 * not are gone (they no longer match); deeper rows stay. Without any overlap the page starts the
 * list anew, because rows between the two may be missing.
 */
export function mergeHead(state: QueueState, page: IncidentPage): Merged {
  const known = new Set(state.rows.map((row) => row.id))
  const inPage = new Set(page.items.map((row) => row.id))
  const fresh = page.items.filter((row) => !known.has(row.id)).map((row) => row.id)
  if (page.next === null) return { rows: page.items, next: null, fresh }
  if (fresh.length === page.items.length && state.rows.length) {
    return { rows: page.items, next: page.next, fresh }
  }
  const last = page.items.at(-1)
  const deeper = state.rows.filter((row) => !inPage.has(row.id) && last && isAfter(row, last))
  return {
    rows: [...page.items, ...deeper],
    next: deeper.length ? state.next : page.next,
    fresh,
  }
}

/** Does `row` stand below `last` in a list that is newest first? */
function isAfter(row: IncidentRow, last: IncidentRow): boolean {
  return Date.parse(row.reported_at) <= Date.parse(last.reported_at)
}

/** A further page below the list; a row that moved meanwhile is not shown twice. */
export function appendPage(state: QueueState, page: IncidentPage): QueueState {
  const known = new Set(state.rows.map((row) => row.id))
  return {
    rows: [...state.rows, ...page.items.filter((row) => !known.has(row.id))],
    next: page.next,
  }
}

/** One row as it is now: replaced in place, or taken out when its status is no longer wanted. */
export function replaceRow(
  rows: IncidentRow[],
  row: IncidentRow,
  status: IncidentStatus | 'all',
): IncidentRow[] {
  const index = rows.findIndex((one) => one.id === row.id)
  if (index < 0) return rows
  const next = [...rows]
  if (status !== 'all' && row.status !== status) next.splice(index, 1)
  else next[index] = row
  return next
}
