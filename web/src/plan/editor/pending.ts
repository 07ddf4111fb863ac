/** Changes that are shown already and not yet stored: sent one after the other, kept over a reload. */
import type { Delta, Kind, Operation } from '@/api/drafts'
import { deltaIsEmpty } from './deltas'

export interface Pending {
  /** Sent again with every retry, so that the server does it once. */
  key: string
  kind: Kind
  params: Record<string, unknown>
  /** What it does to what is shown; null where only the server can tell. */
  delta: Delta | null
  answered?: { resolve: (operation: Operation) => void; reject: (problem: unknown) => void }
}

/** Pending changes without those parts that are no longer true, for whatever else has happened. */
export function withoutUnits(one: Pending, ids: readonly number[]): Pending | null {
  if (!one.delta || !ids.length) return one
  const gone = new Set(ids)
  const units = one.delta.units
    .map(([before, after, all]) => [before, after, all.filter((id) => !gone.has(id))] as const)
    .filter(([, , all]) => all.length > 0) as Delta['units']
  const delta = { ...one.delta, units }
  if (deltaIsEmpty(delta)) return null
  return { ...one, delta, params: one.kind === 'assign' ? assignParams(delta) : one.params }
}

/** `assign` sends units to one grid, and says where each was when the planner saw it. */
export function assignParams(delta: Delta): Record<string, unknown> {
  return {
    units: delta.units.flatMap(([, , ids]) => ids),
    grid: delta.units[0]?.[1] ?? null,
    before: delta.units.map(([before, , ids]) => [before, ids]),
  }
}

const storageKey = (plan: number) => `wangge.draft.${plan}`

export function keepPending(plan: number, all: readonly Pending[]): void {
  try {
    if (!all.length) sessionStorage.removeItem(storageKey(plan))
    else
      sessionStorage.setItem(
        storageKey(plan),
        JSON.stringify(all.map(({ key, kind, params, delta }) => ({ key, kind, params, delta }))),
      )
  } catch {
    // Storage is full or forbidden: the page itself still holds them, and asks before it closes.
  }
}

export function keptPending(plan: number): Pending[] {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey(plan)) ?? '[]') as Pending[]
  } catch {
    return []
  }
}
