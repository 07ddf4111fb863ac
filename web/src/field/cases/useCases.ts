/** The worker's cases: fresh where there is network, else the copy of the last time with its age. */
import { reactive, shallowRef } from 'vue'
import { ApiProblem } from '@/api/http'
import { getCase, getMyCases, type FieldCase, type MyCase } from '../api'
import { field } from '../state'
import { caseKey, forgetCases, keep, kept, type Copy } from '../store/kept'

const AT_ONCE = 3

export const list = reactive({
  loading: false,
  problem: null as ApiProblem | null,
  /** Loaded just now; otherwise what is shown is a copy. */
  fresh: false,
})
export const cases = shallowRef<Copy<MyCase[]> | null>(null)

const asProblem = (error: unknown) =>
  error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))

/** Who is told by an answer that nobody is signed in, or that there is no network. */
export function noted(problem: ApiProblem): void {
  if (problem.status === 401) field.signedOut = true
  if (problem.offline) field.online = false
}

export async function loadCases(): Promise<void> {
  cases.value ??= await kept<MyCase[]>('cases')
  if (list.loading) return
  list.loading = true
  list.problem = null
  try {
    const found = await getMyCases()
    const at = new Date()
    cases.value = { at: at.toISOString(), data: found }
    list.fresh = true
    field.online = true
    await keep('cases', found, at)
    void keepWhole(found)
  } catch (error) {
    list.fresh = false
    list.problem = asProblem(error)
    noted(list.problem)
  } finally {
    list.loading = false
  }
}

/** Brings the whole of each case onto the phone, so that it can be opened on the way. */
async function keepWhole(rows: MyCase[]): Promise<void> {
  const wanted = new Set(['cases', ...rows.map((row) => caseKey(row.id))])
  await forgetCases((key) => wanted.has(key))
  const changed: MyCase[] = []
  for (const row of rows) {
    const copy = await kept<FieldCase>(caseKey(row.id))
    if (copy?.data.version !== row.version) changed.push(row)
  }
  const take = async () => {
    for (let row = changed.shift(); row; row = changed.shift()) {
      const found = await getCase(row.id).catch(() => null)
      if (!found) return
      await keep(caseKey(row.id), found)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, take))
}

export interface Shown {
  copy: Copy<FieldCase> | null
  fresh: boolean
  problem: ApiProblem | null
}
/** One case: the copy at once, then what the server says. */
export async function loadCase(id: string, show: (shown: Shown) => void): Promise<void> {
  const copy = await kept<FieldCase>(caseKey(id))
  if (copy) show({ copy, fresh: false, problem: null })
  try {
    const data = await getCase(id)
    const at = new Date()
    field.online = true
    show({ copy: { at: at.toISOString(), data }, fresh: true, problem: null })
    await keep(caseKey(id), data, at)
  } catch (error) {
    const problem = asProblem(error)
    noted(problem)
    show({ copy: problem.status === 404 ? null : copy, fresh: false, problem })
  }
}
