/** Whose bulletins somebody may have made: the jurisdiction's, or those of its sub-districts. */
import { computed } from 'vue'
import { getPlanGrids } from '@/api/endpoints'
import type { Jurisdiction } from '@/api/types'
import { useFormat } from '@/i18n/useFormat'
import { session } from '@/state/session'
import { useResource } from '@/state/useResource'

export const WHOLE = '-'
export function useSubjects(jurisdiction: Jurisdiction) {
  const { name } = useFormat()
  const { data } = useResource(
    () => jurisdiction.published_plan_id,
    (plan, signal) => getPlanGrids(plan, 1, signal),
  )
  /** The sub-district that is all that the reader sees. */
  const own = computed(() => session.account?.below ?? null)
  const choices = computed(() => {
    const parts = (data.value ?? []).map((row) => ({ value: row.code, text: name(row.name) }))
    if (own.value) return parts.filter((one) => one.value === own.value)
    return [{ value: WHOLE, text: name(jurisdiction.name) }, ...parts]
  })
  return { choices, own }
}
