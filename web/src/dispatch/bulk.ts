/** Steps that many cases may take at once: which cases each is for, and what it asks. */
import { takeSteps, type SameStep, type StepOutcome } from '@/api/desk'
import { ApiProblem } from '@/api/http'
import type { Id, IncidentRow } from '@/api/types'
import { newKey } from './newKey'

export interface BulkStep {
  action: string
  needs: ('reason' | 'until')[]
  /** Stages of the cases that it is for. */
  stages: string[]
}
export const bulkSteps: BulkStep[] = [
  { action: 'register', needs: [], stages: ['collected'] },
  { action: 'dispatch', needs: [], stages: ['registered'] },
  {
    action: 'supervise',
    needs: ['reason', 'until'],
    stages: ['collected', 'registered', 'dispatched', 'handled', 'fed_back'],
  },
  { action: 'return', needs: ['reason'], stages: ['dispatched'] },
]
export const casesFor = (step: BulkStep, rows: readonly IncidentRow[]) =>
  rows.filter((row) => row.status === 'open' && step.stages.includes(row.stage))

/** The API takes so many at once. */
const most = 200

/** Sends a step in parts, one after the other; an answer for every case, come what may. */
export async function sendAll(
  step: Omit<SameStep, 'cases'>,
  rows: readonly IncidentRow[],
  unreached: string,
  told: (done: number) => void,
): Promise<StepOutcome[]> {
  const all: StepOutcome[] = []
  const refused = (id: Id, detail: string) => ({ id, taken: false, code: null, detail })
  for (let start = 0; start < rows.length; start += most) {
    const cases = rows.slice(start, start + most).map(({ id, version }) => ({ id, version }))
    try {
      all.push(...(await takeSteps({ ...step, cases }, newKey())))
    } catch (error) {
      const known = error instanceof ApiProblem && !error.offline
      const said = (known && (error.errors[0]?.message || error.detail)) || unreached
      all.push(...cases.map(({ id }) => refused(id, said)))
      // Without a server there is no sense in asking for the rest.
      if (!known) {
        all.push(...rows.slice(start + most).map(({ id }) => refused(id, said)))
        break
      }
    }
    told(all.length)
  }
  return all
}
