/** The queue: incidents by filter and order, more on scroll, how many, new ones as they come. */
import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { getCount } from '@/api/desk'
import { onLive } from '@/api/events'
import { getIncidents } from '@/api/endpoints'
import { ApiProblem } from '@/api/http'
import type { Id, IncidentRow } from '@/api/types'
import { throttle } from '@/state/throttle'
import { narrowOf, queryOf, type QueueFilters } from './filters'
import { mayMatch } from './matches'
import { appendPage, mergeHead, replaceRows, type QueueState } from './mergeRows'

const pageSize = 60
const highlightFor = 6000
// In a rush one look a second is enough; counting need not keep up with it.
const refreshEvery = 1000
const countEvery = 4000

export function useQueue(filters: () => QueueFilters, jurisdiction: () => Id | null) {
  const state = shallowRef<QueueState>({ rows: [], next: null })
  const fresh = shallowRef<ReadonlySet<Id>>(new Set())
  const loading = ref(false)
  const loadingMore = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)
  /** How many match, counted to a thousand; null until it is known. */
  const total = shallowRef<{ count: number; more: boolean } | null>(null)
  /** So many came that the list would have to begin anew: not while somebody reads further down. */
  const behind = ref(false)
  let atTop = true
  const changed = new Map<Id, IncidentRow>()
  let controller = new AbortController()

  const query = () => ({ ...queryOf(filters(), jurisdiction()!), limit: pageSize })
  const asProblem = (error: unknown) =>
    error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))

  async function load(): Promise<void> {
    controller.abort()
    if (jurisdiction() === null) return
    const { signal } = (controller = new AbortController())
    loading.value = true
    problem.value = null
    behind.value = false
    atTop = true
    changed.clear()
    state.value = { rows: [], next: null }
    total.value = null
    void recount()
    try {
      const page = await getIncidents(query(), signal)
      state.value = { rows: page.items, next: page.next }
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error)
    } finally {
      if (!signal.aborted) loading.value = false
    }
  }

  async function recount(): Promise<void> {
    const { signal } = controller
    if (jurisdiction() === null) return
    const counted = await getCount(narrowOf(filters(), jurisdiction()!), signal).catch(() => null)
    if (!signal.aborted && counted) total.value = counted
  }
  const count = throttle(() => void recount(), countEvery)

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

  /** The first page again: the server decides what matches, the list keeps its place. */
  async function refresh(): Promise<void> {
    if (loading.value || jurisdiction() === null) return
    const { signal } = controller
    const told = new Map(changed)
    changed.clear()
    count()
    try {
      const page = await getIncidents(query(), signal)
      if (signal.aborted) return
      const wanted = filters()
      const merged = mergeHead(state.value, page, wanted.order)
      const anew = merged.anew && !atTop
      if (anew) behind.value = true
      else {
        state.value = merged
        highlight(merged.fresh)
      }
      problem.value = null
      // Rows below the page are as the events told them.
      for (const row of page.items) told.delete(row.id)
      const stays = (row: IncidentRow) => mayMatch(row, wanted, Date.now())
      state.value = { ...state.value, rows: replaceRows(state.value.rows, told, stays) }
    } catch {
      // The banner tells of a lost connection; the list stays as it was last seen.
    }
  }

  function scrolled(top: boolean): void {
    atTop = top
    if (top && behind.value) void load()
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

  const soon = throttle(() => void refresh(), refreshEvery)
  const off = onLive({
    incident: ({ change, ...row }) => {
      if (change === 'changed') changed.set(row.id, row)
      soon()
    },
    reconnected: soon,
  })
  onScopeDispose(() => {
    off()
    soon.cancel()
    count.cancel()
    controller.abort()
    timers.forEach(clearTimeout)
  })
  watch([() => JSON.stringify(filters()), jurisdiction], () => void load(), { immediate: true })

  const rows = () => state.value.rows as IncidentRow[]
  return {
    state,
    rows,
    total,
    behind,
    fresh,
    loading,
    loadingMore,
    problem,
    load,
    more,
    refresh,
    scrolled,
  }
}
