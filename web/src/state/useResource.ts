/** Something loaded from the API: its data, whether it loads, and what went wrong. */
import { onScopeDispose, ref, shallowRef, watch, type WatchSource } from 'vue'
import { ApiProblem } from '@/api/http'

/** Loads again when `source` changes; an answer that was overtaken is dropped. `null`: nothing to load. */
export function useResource<K, T>(
  source: WatchSource<K>,
  load: (key: NonNullable<K>, signal: AbortSignal) => Promise<T>,
) {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const loading = ref(false)
  let controller: AbortController | null = null
  let last: K | null = null

  async function run(key: K, keep: boolean): Promise<void> {
    controller?.abort()
    last = key
    problem.value = null
    if (!keep) data.value = null
    if (key === null || key === undefined) {
      data.value = null
      loading.value = false
      return
    }
    const mine = (controller = new AbortController())
    loading.value = true
    try {
      const answer = await load(key as NonNullable<K>, mine.signal)
      if (!mine.signal.aborted) data.value = answer
    } catch (error) {
      if (mine.signal.aborted) return
      problem.value =
        error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))
    } finally {
      if (controller === mine) loading.value = false
    }
  }

  watch(source, (key) => void run(key, false), { immediate: true })
  onScopeDispose(() => controller?.abort())
  return {
    data,
    problem,
    loading,
    /** Again with the same key; what is shown stays until the answer is here. */
    reload: () => run(last as K, true),
  }
}
