/** What somebody else did with a case meanwhile: steps, and fields with both values. */
import type { Case, HistoryEntry } from '@/api/types'

export type Field =
  | 'stage'
  | 'category'
  | 'severity'
  | 'title'
  | 'address'
  | 'place'
  | 'grid'
  | 'person'
  | 'due_at'
  | 'parked_until'
  | 'supervised_until'

const parts: Record<Field, (of: Case) => string | number | null | undefined> = {
  stage: (of) => of.stage,
  category: (of) => of.category.code,
  severity: (of) => of.severity,
  title: (of) => of.title,
  address: (of) => of.address,
  place: (of) => `${of.lon.toFixed(5)}, ${of.lat.toFixed(5)}`,
  grid: (of) => of.grid?.code ?? of.queue?.code,
  person: (of) => of.person?.id ?? null,
  due_at: (of) => of.due_at,
  parked_until: (of) => of.parked_until,
  supervised_until: (of) => of.supervised_until,
}

export function changedFields(before: Case, now: Case): Field[] {
  return (Object.keys(parts) as Field[]).filter(
    (field) => (parts[field](before) ?? null) !== (parts[field](now) ?? null),
  )
}

/** The steps that were not in the history yet, oldest first. */
export function newSteps(before: Case, now: Case): HistoryEntry[] {
  const key = (step: HistoryEntry) => `${step.at} ${step.action} ${step.actor}`
  const known = new Set(before.history.map(key))
  return now.history.filter((step) => !known.has(key(step)))
}
