/** A search that somebody waits for: started, followed until it ends, cancelled. */
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { cancelJob, getJob, type Job, type JobWithResult } from '@/api/draftJobs'
import { ApiProblem } from '@/api/http'

const asProblem = (error: unknown) =>
  error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))

export function useJob(done: (job: JobWithResult) => void = () => {}, everyMs = 700) {
  const job = shallowRef<Job | JobWithResult | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  let timer = 0
  let turn = 0
  const running = computed(() => job.value?.status === 'waiting' || job.value?.status === 'running')

  async function look(): Promise<void> {
    const mine = turn
    if (!job.value) return
    try {
      const found = await getJob(job.value.id)
      if (mine !== turn) return
      job.value = found
      problem.value = null
      if (found.status === 'waiting' || found.status === 'running') again()
      else done(found)
    } catch (error) {
      if (mine !== turn) return
      problem.value = asProblem(error)
      // Out of reach for a moment: the search goes on there.
      if (problem.value.offline) again()
    }
  }
  function again(): void {
    clearTimeout(timer)
    timer = window.setTimeout(() => void look(), everyMs)
  }
  function follow(found: Job): void {
    turn++
    job.value = found
    problem.value = null
    void look()
  }
  async function start(begin: () => Promise<Job>): Promise<void> {
    busy.value = true
    problem.value = null
    try {
      follow(await begin())
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      busy.value = false
    }
  }
  async function cancel(): Promise<void> {
    if (!job.value || !running.value) return
    try {
      await cancelJob(job.value.id)
      await look()
    } catch (error) {
      problem.value = asProblem(error)
    }
  }
  /** Looks again at what has ended: how much of it fits may have changed. */
  const refresh = () => void look()
  function forget(): void {
    turn++
    clearTimeout(timer)
    job.value = null
    problem.value = null
  }
  onScopeDispose(() => {
    turn++
    clearTimeout(timer)
  })
  return { job, problem, busy, running, start, follow, cancel, refresh, forget }
}
