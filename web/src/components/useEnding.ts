/** Which row of a list is about to be ended with a reason (`ReasonForm`), and what follows. */
import { computed, shallowRef } from 'vue'
import { toast } from './toast'

export function useEnding<T>(said: () => string, reload: () => unknown) {
  const ending = shallowRef<T | null>(null)
  const asking = computed({
    get: () => ending.value !== null,
    set: (open) => open || (ending.value = null),
  })
  function ended(): void {
    toast(said(), 'success')
    void reload()
  }
  return { ending, asking, ended }
}
