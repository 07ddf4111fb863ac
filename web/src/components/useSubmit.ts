/** Sending a form once, with what the server finds wrong said at the field that it names. */
import { computed, ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/http'
import { useFormat } from '@/i18n/useFormat'

/** `placed`: at which field an error of the whole request is best read, by its code. */
export function useSubmit(fields: readonly string[], placed: Record<string, string> = {}) {
  const { t } = useFormat()
  const sending = ref(false)
  const problem = shallowRef<ApiProblem | null>(null)

  const wrong = computed(() => {
    const found: Record<string, string> = {}
    for (const error of problem.value?.errors ?? []) {
      const field = error.field?.split('.')[0] ?? ''
      if (fields.includes(field)) found[field] ??= error.message
    }
    const place = problem.value && placed[problem.value.code]
    if (place) found[place] ??= problem.value!.detail
    return found
  })
  /** What no field says. */
  const general = computed(() => {
    if (!problem.value || Object.keys(wrong.value).length) return null
    return problem.value.offline ? t('form.offline') : problem.value.detail || t('form.failed')
  })

  /** The answer, or null where nothing was changed. */
  async function submit<T>(send: () => Promise<T>): Promise<{ answer: T } | null> {
    if (sending.value) return null
    sending.value = true
    problem.value = null
    try {
      return { answer: await send() }
    } catch (error) {
      problem.value =
        error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))
      return null
    } finally {
      sending.value = false
    }
  }
  return { sending, problem, wrong, general, submit, forget: () => (problem.value = null) }
}
