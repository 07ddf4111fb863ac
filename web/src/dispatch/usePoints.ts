/** All points of a narrowed list, for the map; the tiles do not know such filters. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { getPoints, type Point } from '@/api/desk'
import { onLive } from '@/api/events'
import type { Id } from '@/api/types'
import { throttle } from '@/state/throttle'
import { narrowOf, tilesKnow, type QueueFilters } from './filters'

const refreshEvery = 3000

export function usePoints(filters: () => QueueFilters, jurisdiction: () => Id | null) {
  const points = shallowRef<Point[]>([])
  /** There are more than the map shows. */
  const more = ref(false)
  let controller = new AbortController()

  async function load(keep: boolean): Promise<void> {
    controller.abort()
    const id = jurisdiction()
    if (!keep) points.value = []
    if (id === null || tilesKnow(filters())) {
      points.value = []
      more.value = false
      return
    }
    const { signal } = (controller = new AbortController())
    // Without an answer the map keeps what it has; the list tells what is wrong.
    const found = await getPoints(narrowOf(filters(), id), signal).catch(() => null)
    if (signal.aborted || !found) return
    points.value = found.items
    more.value = found.more
  }

  const soon = throttle(() => {
    if (!tilesKnow(filters())) void load(true)
  }, refreshEvery)
  const off = onLive({ incident: soon, reconnected: soon })
  onScopeDispose(() => {
    off()
    soon.cancel()
    controller.abort()
  })
  watch([() => JSON.stringify({ ...filters(), order: '' }), jurisdiction], () => void load(false), {
    immediate: true,
  })
  return { points, more, reload: () => load(true) }
}
