/** Which version of a case a form was begun on: what others change meanwhile is shown, not hidden. */
import { computed, shallowRef, watch } from 'vue'
import type { Case } from '@/api/types'

export function useSeen(incident: () => Case | undefined, open: () => boolean) {
  const seen = shallowRef<Case | null>(null)
  watch(
    [open, () => incident()?.id],
    ([isOpen]) => (seen.value = isOpen ? (incident() ?? null) : null),
    { immediate: true },
  )
  /** Both versions, while somebody else's is newer than the one that the form was begun on. */
  const clash = computed(() => {
    const now = incident()
    const before = seen.value
    return before && now && now.version > before.version ? { before, now } : null
  })
  return {
    clash,
    /** What is sent says which version it was begun on. */
    version: () => seen.value?.version ?? incident()?.version ?? 0,
    /** The newer version was looked at, and the form goes on. */
    lookedAt: () => (seen.value = incident() ?? null),
  }
}
