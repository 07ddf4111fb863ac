/** A decision that needs a reason: sent once, told, and refused in the reader's words. */
import { ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/http'
import { toast } from './toast'
import { useFormat } from '@/i18n/useFormat'

/** `changed` is told when somebody else's change since the version that was looked at refused it. */
export function useDecision(changed: () => unknown = () => undefined) {
  const { t } = useFormat()
  const reason = ref('')
  const sending = ref(false)
  const problem = shallowRef<string | null>(null)

  /** What the server answers, or null if nothing was changed. */
  async function decide<T>(
    send: (reason: string) => Promise<T>,
    done: (answer: T) => string,
  ): Promise<T | null> {
    if (sending.value || !reason.value.trim()) return null
    sending.value = true
    problem.value = null
    try {
      const answer = await send(reason.value.trim())
      reason.value = ''
      toast(done(answer), 'success')
      return answer
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'incident-changed') await changed()
      problem.value = (error instanceof ApiProblem && error.detail) || t('edge.failed')
      return null
    } finally {
      sending.value = false
    }
  }
  return { reason, sending, problem, decide }
}
