/** A list that the server gives in pages: the first by what is asked, further ones below it. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { ApiProblem, type Query } from '@/api/http'
import type { Paged } from '@/api/rules'

export function usePages<T>(
  query: () => Query,
  load: (query: Query, signal?: AbortSignal) => Promise<Paged<T>>,
) {
  const rows = shallowRef<T[]>([])
  const next = ref<number | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const loading = ref(false)
  let controller = new AbortController()

  async function page(after: number | null): Promise<void> {
    controller.abort()
    const { signal } = (controller = new AbortController())
    loading.value = true
    problem.value = null
    try {
      const found = await load({ ...query(), after }, signal)
      rows.value = after === null ? found.items : [...rows.value, ...found.items]
      next.value = found.next
    } catch (error) {
      if (signal.aborted) return
      problem.value =
        error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))
    } finally {
      if (!signal.aborted) loading.value = false
    }
  }
  watch(
    () => JSON.stringify(query()),
    () => {
      rows.value = []
      next.value = null
      void page(null)
    },
    { immediate: true },
  )
  onScopeDispose(() => controller.abort())
  return {
    rows,
    problem,
    loading,
    next,
    more: () => void page(next.value),
    reload: () => page(null),
  }
}
