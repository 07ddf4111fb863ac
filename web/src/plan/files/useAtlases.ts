/** The atlases of a plan that one has had printed: asked for, followed while they are at work. */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { cancelAtlas, listAtlases, printAtlas, type Atlas, type NewAtlas } from '@/api/planFiles'
import { ApiProblem } from '@/api/http'
import type { Id } from '@/api/types'

const atWork = (one: Atlas) => one.status === 'waiting' || one.status === 'running'

export function useAtlases(plan: () => Id, done: () => void = () => {}, everyMs = 1000) {
  const items = shallowRef<Atlas[]>([])
  const problem = shallowRef<ApiProblem | null>(null)
  const busy = ref(false)
  let timer = 0
  let turn = 0
  const going = computed(() => items.value.find(atWork) ?? null)
  /** What can be fetched, and the newest where it failed. */
  const kept = computed(() => items.value.filter((one) => one.kept))
  const failed = computed(() => (items.value[0]?.status === 'failed' ? items.value[0] : null))

  const asProblem = (error: unknown) =>
    error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))

  async function look(): Promise<void> {
    const mine = ++turn
    clearTimeout(timer)
    const before = going.value?.id
    try {
      const found = await listAtlases(plan())
      if (mine !== turn) return
      items.value = found
      problem.value = null
      if (found.find((one) => one.id === before)?.status === 'done') done()
    } catch (error) {
      if (mine !== turn) return
      problem.value = asProblem(error)
    }
    // Out of reach for a moment: it is printed there all the same.
    if (going.value) timer = window.setTimeout(() => void look(), everyMs)
  }
  async function change(what: () => Promise<unknown>): Promise<void> {
    if (busy.value) return
    busy.value = true
    try {
      await what()
      await look()
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      busy.value = false
    }
  }
  const start = (asked: NewAtlas) => change(() => printAtlas(plan(), asked))
  const cancel = (one: Atlas) => change(() => cancelAtlas(one.id))
  function leave(): void {
    turn++
    clearTimeout(timer)
  }
  watch(
    plan,
    () => {
      leave()
      items.value = []
      void look()
    },
    { immediate: true },
  )
  onScopeDispose(leave)
  return { items, going, kept, failed, problem, busy, start, cancel }
}
