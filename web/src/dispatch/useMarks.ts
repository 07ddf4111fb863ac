/** The cases that are marked to be dealt with together. */
import { computed, shallowRef, watch } from 'vue'
import type { Id, IncidentRow } from '@/api/types'

export function useMarks(rows: () => IncidentRow[], anew: () => unknown) {
  const ids = shallowRef<ReadonlySet<Id>>(new Set())
  let last: Id | null = null

  function toggle(id: Id): void {
    const next = new Set(ids.value)
    if (!next.delete(id)) next.add(id)
    last = id
    ids.value = next
  }
  /** All from the last one marked to this one. */
  function markTo(id: Id): void {
    const order = rows().map((row) => row.id)
    const [from, to] = [order.indexOf(last ?? id), order.indexOf(id)]
    if (from < 0 || to < 0) return toggle(id)
    const between = order.slice(Math.min(from, to), Math.max(from, to) + 1)
    ids.value = new Set([...ids.value, ...between])
    last = id
  }
  const all = () => (ids.value = new Set(rows().map((row) => row.id)))
  const keep = (some: Iterable<Id>) => (ids.value = new Set(some))
  function clear(): void {
    ids.value = new Set()
    last = null
  }
  // Another filter is another list: nothing stays marked out of sight.
  watch(anew, clear)
  // A case that has left the list is not dealt with unseen.
  const marked = computed(() => rows().filter((row) => ids.value.has(row.id)))
  return { ids, marked, toggle, markTo, all, keep, clear }
}
