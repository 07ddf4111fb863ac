/** What the leader's page is narrowed to, besides category and window, as the address writes it. */
import type { LocationQuery } from 'vue-router'
import { sources } from '@/dispatch/sources'
import { text } from '@/state/urlView'

export const statuses = ['open', 'closed'] as const
export const severities = ['1', '2', '3', '4'] as const
export const filterKeys = ['status', 'severity', 'source', 'grid'] as const
export type FilterKey = (typeof filterKeys)[number]
/** Only what is chosen. */
export type Narrowed = Partial<Record<FilterKey, string>>

const allowed: Record<FilterKey, (given: string) => boolean> = {
  status: (given) => (statuses as readonly string[]).includes(given),
  severity: (given) => (severities as readonly string[]).includes(given),
  source: (given) => (sources as readonly string[]).includes(given),
  grid: (given) => /^\d{9}(\d{3}){0,2}$/.test(given),
}

export function readNarrowed(query: LocationQuery): Narrowed {
  const chosen: Narrowed = {}
  for (const key of filterKeys) {
    const given = text(query[key])
    if (given && allowed[key](given)) chosen[key] = given
  }
  return chosen
}
