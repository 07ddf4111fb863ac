/** How many reports wait for a place: shown in the menu, so that nobody forgets them. */
import { onScopeDispose } from 'vue'
import { onLive } from '@/api/events'
import { getUnlocated } from '@/api/unlocated'
import { may } from './may'
import { throttle } from './throttle'
import { useJurisdiction } from './useJurisdiction'
import { useResource } from './useResource'

/** Zero for whoever has nothing to do with them. A failure is no news in a menu. */
export function useUnlocatedCount(): () => number {
  const { jurisdiction } = useJurisdiction()
  const { data, reload } = useResource(
    () => (may('GET /unlocated-reports') ? (jurisdiction.value?.id ?? null) : null),
    (id, signal) => getUnlocated(id, { limit: 1 }, signal),
  )
  const soon = throttle(() => void reload(), 1000)
  const off = onLive({ unlocated: soon, reconnected: soon })
  onScopeDispose(() => {
    off()
    soon.cancel()
  })
  return () => data.value?.count ?? 0
}
