/** Pages of grids of a level, one behind the other; another question begins anew. */
import { computed, ref, shallowRef, watch } from 'vue'
import { ApiProblem } from '@/api/http'
import { useResource } from '@/state/useResource'

export function useGridPages<T extends { items: unknown[]; next: string | null }>(
  key: () => string | null,
  load: (words: string, after: string, signal?: AbortSignal) => Promise<T>,
) {
  const first = useResource(key, (words, signal) => load(words, '', signal))
  const further = shallowRef<T[]>([])
  const more = ref(false)
  const failed = shallowRef<ApiProblem | null>(null)
  watch(first.data, () => {
    further.value = []
    failed.value = null
  })
  const last = computed(() => further.value.at(-1) ?? first.data.value)
  const items = computed(
    () => [first.data.value, ...further.value].flatMap((page) => page?.items ?? []) as T['items'],
  )
  const next = computed(() => last.value?.next ?? null)
  async function loadMore(): Promise<void> {
    const words = key()
    if (words === null || next.value === null || more.value) return
    more.value = true
    try {
      const page = await load(words, next.value)
      if (key() === words) further.value = [...further.value, page]
    } catch (error) {
      failed.value = error instanceof ApiProblem ? error : null
    } finally {
      more.value = false
    }
  }
  return { ...first, items, next, more, failed, loadMore }
}
