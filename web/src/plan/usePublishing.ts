/** Publishing a draft: tried first, shown page by page, then done, or tried anew if all changed. */
import { onScopeDispose, ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/http'
import { getPreview, publishPlan, type Preview, type Publication } from '@/api/publishing'
import type { Id } from '@/api/types'

const pageSize = 100

const asProblem = (error: unknown) =>
  error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))

export function usePublishing(plan: () => Id) {
  const preview = shallowRef<Preview | null>(null)
  const done = shallowRef<Publication | null>(null)
  const busy = ref<'trying' | 'more' | 'publishing' | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  /** Another plan came into force since the preview that was looked at; it was made anew. */
  const overtaken = ref(false)
  let controller = new AbortController()

  async function load(): Promise<void> {
    controller.abort()
    const { signal } = (controller = new AbortController())
    busy.value = 'trying'
    problem.value = null
    preview.value = null
    try {
      preview.value = await getPreview(plan(), { limit: pageSize }, signal)
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error)
    } finally {
      if (!signal.aborted) busy.value = null
    }
  }

  async function more(): Promise<void> {
    const before = preview.value
    if (!before?.next || busy.value) return
    const { signal } = controller
    busy.value = 'more'
    problem.value = null
    try {
      const page = await getPreview(plan(), { limit: pageSize, after: before.next }, signal)
      if (signal.aborted) return
      if (page.former_id !== before.former_id) return await again()
      preview.value = { ...page, items: [...before.items, ...page.items] }
    } catch (error) {
      if (!signal.aborted) problem.value = asProblem(error)
    } finally {
      if (busy.value === 'more') busy.value = null
    }
  }

  async function publish(): Promise<void> {
    if (!preview.value || busy.value) return
    busy.value = 'publishing'
    problem.value = null
    overtaken.value = false
    try {
      done.value = await publishPlan(plan(), preview.value.former_id)
    } catch (error) {
      const found = asProblem(error)
      if (found.code === 'plan-former-changed') return await again()
      problem.value = found
    } finally {
      if (busy.value === 'publishing') busy.value = null
    }
  }

  async function again(): Promise<void> {
    await load()
    overtaken.value = true
  }

  function reset(): void {
    controller.abort()
    preview.value = null
    done.value = null
    problem.value = null
    overtaken.value = false
    busy.value = null
  }
  onScopeDispose(() => controller.abort())
  return { preview, done, busy, problem, overtaken, load, more, publish, reset }
}
