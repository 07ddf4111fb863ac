/** A decision about a case that needs a reason: sent once, told, and refused in the reader's words. */
import { ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/http'
import type { Case } from '@/api/types'
import { toast } from '@/components/toast'
import { useFormat } from '@/i18n/useFormat'

export function useDecision() {
  const { t } = useFormat()
  const reason = ref('')
  const sending = ref(false)
  const problem = shallowRef<string | null>(null)

  /** The case as it is now, or null if nothing was changed. */
  async function decide(
    send: (reason: string) => Promise<Case>,
    done: (incident: Case) => string,
  ): Promise<Case | null> {
    if (sending.value || !reason.value.trim()) return null
    sending.value = true
    problem.value = null
    try {
      const incident = await send(reason.value.trim())
      reason.value = ''
      toast(done(incident), 'success')
      return incident
    } catch (error) {
      problem.value = (error instanceof ApiProblem && error.detail) || t('edge.failed')
      return null
    } finally {
      sending.value = false
    }
  }
  return { reason, sending, problem, decide }
}
