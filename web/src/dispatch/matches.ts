/** Whether a case that has just changed still belongs in the list, as far as its row tells. */
import type { IncidentRow } from '@/api/types'
import type { QueueFilters } from './filters'

type Told = Pick<
  IncidentRow,
  'status' | 'stage' | 'severity' | 'category' | 'person' | 'grid' | 'queue' | 'due_at'
>

/** False: surely not. What a row does not tell (words, hands, departments) is left to the server. */
export function mayMatch(row: Told, filters: QueueFilters, now: number): boolean {
  const { status, stage, severity, category, person, grid, queue, due } = filters
  if (status !== 'all' && row.status !== status) return false
  if (stage && row.stage !== stage) return false
  if (severity && String(row.severity) !== severity) return false
  if (category && !row.category.code.startsWith(category)) return false
  if (person && String(row.person?.id ?? '') !== person) return false
  if (grid && !row.grid?.code.startsWith(grid)) return false
  if (queue && !row.queue) return false
  if (due === 'none' && row.due_at) return false
  if (due === 'overdue' && !(row.due_at && Date.parse(row.due_at) < now)) return false
  if (due === 'soon' && !(row.due_at && Date.parse(row.due_at) >= now)) return false
  return true
}
