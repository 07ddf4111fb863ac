/** What of the desk's address a saved view keeps: filters and order, not what is open or where. */
import type { LocationQuery } from 'vue-router'
import { patchQuery } from '@/state/urlView'
import { readFilters, writeFilters } from './filters'

/** The filters of a query as one normal piece of an address; the same filters give the same text. */
export function viewOf(query: LocationQuery): string {
  const kept = patchQuery({}, writeFilters(readFilters(query)))
  return new URLSearchParams(Object.entries(kept).sort(([a], [b]) => a.localeCompare(b))).toString()
}

/** The patch that brings the address from whatever it is to a view. */
export function patchTo(view: string) {
  return writeFilters(readFilters(Object.fromEntries(new URLSearchParams(view))))
}
