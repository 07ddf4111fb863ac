/** The queue: recent incidents by filter, more on scroll, new ones on top as they come. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { onLive } from '@/api/events'
import { getIncident, getIncidents } from '@/api/endpoints'
import { ApiProblem } from '@/api/http'
import type { Id, IncidentRow } from '@/api/types'
import { throttle } from '@/state/throttle'
import { queryOf, tilesKnow, type QueueFilters } from './filters'
import { appendPage, mergeHead, replaceRow, type QueueState } from './mergeRows'

const pageSize = 60
// A narrowed list is drawn on the map as well: take as much at once as the API gives.
const narrowedPageSize = 200
const mostSingles = 20
const highlightFor = 6000

export function useQueue(filters: () => QueueFilters, jurisdiction: () => Id | null) {
  const state = shallowRef<QueueState>({ rows: [], next: null })
  const fresh = shallowRef<ReadonlySet<Id>>(new Set())
  const loading = ref(false)
  const loadingMore = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)
  const changed = new Set<Id>()
  let controller = new AbortController()

  const query = () => ({
    ...queryOf(filters(), jurisdiction()!),
    limit: tilesKnow(filters()) ? pageSize : narrowedPageSize,
  })
  const asProblem = (error: unknown) =>
    error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))

  async function load(): Promise<void> {
    controller.abort()
    if (jurisdiction() === null) return
    const { signal } = (controller = new AbortController())
    loading.value = true
    problem.value = null
    state.value = { rows: [], next: null }
    try {
      const page = await getIncidents(query(), signal)
      state.value = { rows: page.items, next: page.next }
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error)
    } finally {
      if (!signal.aborted) loading.value = false
    }
  }

  async function more(): Promise<void> {
    const { next } = state.value
    if (!next || loading.value || loadingMore.value) return
    const { signal } = controller
    loadingMore.value = true
    try {
      const page = await getIncidents({ ...query(), cursor: next }, signal)
      if (!signal.aborted) state.value = appendPage(state.value, page)
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error)
    } finally {
      loadingMore.value = false
    }
  }

  /** The newest page again: the server decides what matches, the list keeps its place. */
  async function refresh(): Promise<void> {
    if (loading.value || jurisdiction() === null) return
    const { signal } = controller
    const singles = [...changed]
    changed.clear()
    try {
      const page = await getIncidents(query(), signal)
      if (signal.aborted) return
      const merged = mergeHead(state.value, page)
      state.value = merged
      problem.value = null
      highlight(merged.fresh)
      const shown = new Set(merged.rows.map((row) => row.id))
      const inPage = new Set(page.items.map((row) => row.id))
      const deep = singles.filter((id) => shown.has(id) && !inPage.has(id)).slice(0, mostSingles)
      for (const row of await Promise.all(deep.map((id) => getIncident(id, signal)))) {
        state.value = { ...state.value, rows: replaceRow(state.value.rows, row, filters().status) }
      }
    } catch {
      // The banner tells of a lost connection; the list stays as it was last seen.
    }
  }

  const timers = new Set<ReturnType<typeof setTimeout>>()
  function highlight(ids: Id[]): void {
    if (!ids.length) return
    fresh.value = new Set([...fresh.value, ...ids])
    const timer = setTimeout(() => {
      timers.delete(timer)
      fresh.value = new Set([...fresh.value].filter((id) => !ids.includes(id)))
    }, highlightFor)
    timers.add(timer)
  }

  const soon = throttle(() => void refresh(), 1000)
  const off = onLive({
    incident: (event) => {
      if (event.change === 'changed') changed.add(event.id)
      soon()
    },
    reconnected: soon,
  })
  onScopeDispose(() => {
    off()
    soon.cancel()
    controller.abort()
    timers.forEach(clearTimeout)
  })
  watch([() => JSON.stringify(filters()), jurisdiction], () => void load(), { immediate: true })

  const rows = () => state.value.rows as IncidentRow[]
  return { state, rows, fresh, loading, loadingMore, problem, load, more, refresh }
}
