/** Where the phone is (WGS 84): the best of some seconds, since the first answer is often a mast. */
import { onScopeDispose, ref } from 'vue'
import type { Place } from '../store/items'

const GOOD_M = 15
const LONGEST_MS = 25_000

export type Looking = 'idle' | 'looking' | 'denied' | 'unavailable'

export function useDevicePlace(found: (place: Place) => void) {
  const state = ref<Looking>('idle')
  let watching: number | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let best = Infinity

  function stop(next: Looking = 'idle'): void {
    clearTimeout(timer)
    if (watching !== null) navigator.geolocation.clearWatch(watching)
    watching = null
    state.value = next
  }
  function look(): void {
    stop()
    if (!navigator.geolocation) {
      state.value = 'unavailable' // also on an address that is not secure
      return
    }
    best = Infinity
    state.value = 'looking'
    watching = navigator.geolocation.watchPosition(
      ({ coords: { longitude, latitude, accuracy } }) => {
        if (accuracy < best) {
          best = accuracy
          const accuracy_m = Math.round(accuracy)
          found({ lon: longitude, lat: latitude, from: 'device', accuracy_m })
        }
        if (accuracy <= GOOD_M) stop()
      },
      (error) => {
        if (best === Infinity) stop(error.code === 1 ? 'denied' : 'unavailable')
      },
      { enableHighAccuracy: true, maximumAge: 0, timeout: LONGEST_MS },
    )
    timer = setTimeout(() => stop(best === Infinity ? 'unavailable' : 'idle'), LONGEST_MS)
  }
  onScopeDispose(() => stop())
  return { state, look, stop: () => stop() }
}
