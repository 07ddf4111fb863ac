/** The plan in force of the chosen jurisdiction, with the rows of its three levels. */
import { computed, shallowReactive } from 'vue'
import { getPlan, getPlanGrids } from '@/api/endpoints'
import { ApiProblem } from '@/api/http'
import type { GridRow, Id, Level, Plan } from '@/api/types'

export const levels: Level[] = [1, 2, 3]

export const planState = shallowReactive({
  id: null as Id | null,
  plan: null as Plan | null,
  rows: { 1: [], 2: [], 3: [] } as Record<Level, GridRow[]>,
  problem: null as ApiProblem | null,
  loading: false,
})

export const tolerance = computed(() => planState.plan?.tolerance ?? 0.05)

export const rowByCode = computed(() => {
  const all = new Map<string, { row: GridRow; level: Level }>()
  for (const level of levels) {
    for (const row of planState.rows[level]) all.set(row.code, { row, level })
  }
  return all
})

let controller: AbortController | null = null

export async function loadPlan(id: Id | null): Promise<void> {
  controller?.abort()
  const mine = (controller = new AbortController())
  Object.assign(planState, {
    id,
    plan: null,
    rows: { 1: [], 2: [], 3: [] },
    problem: null,
    loading: id !== null,
  })
  if (id === null) return
  try {
    const [plan, one, two, three] = await Promise.all([
      getPlan(id, mine.signal),
      ...levels.map((level) => getPlanGrids(id, level, mine.signal)),
    ] as const)
    if (mine.signal.aborted) return
    planState.plan = plan as Plan
    planState.rows = { 1: one!, 2: two!, 3: three! } as Record<Level, GridRow[]>
  } catch (error) {
    if (mine.signal.aborted) return
    planState.problem =
      error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))
  } finally {
    if (controller === mine) planState.loading = false
  }
}
