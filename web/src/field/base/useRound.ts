/** A round on its way: each place is kept at once, so that closing the page loses none. */
import { onScopeDispose, ref, shallowRef } from 'vue'
import { addPoint, countPoints, type Note } from './notes'

const EVERY_S = 5
const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 }

export function useRound() {
  const current = shallowRef<Note | null>(null)
  const points = ref(0)
  const problem = ref<'' | 'denied' | 'away'>('')
  let watching: number | null = null
  let last = 0

  async function follow(note: Note): Promise<void> {
    current.value = note
    problem.value = ''
    points.value = await countPoints(note.key)
    if (!navigator.geolocation) {
      problem.value = 'denied'
      return
    }
    watching ??= navigator.geolocation.watchPosition(
      (found) => void take(note.key, found),
      (error) => (problem.value = error.code === error.PERMISSION_DENIED ? 'denied' : 'away'),
      OPTIONS,
    )
  }
  async function take(key: string, { coords, timestamp }: GeolocationPosition): Promise<void> {
    const at = timestamp / 1000
    if (at - last < EVERY_S) return
    last = at
    problem.value = ''
    await addPoint(key, {
      lon: Number(coords.longitude.toFixed(7)),
      lat: Number(coords.latitude.toFixed(7)),
      at,
      accuracy_m: Number.isFinite(coords.accuracy) ? coords.accuracy : null,
    })
    points.value += 1
  }
  function stop(): void {
    if (watching !== null) navigator.geolocation.clearWatch(watching)
    watching = null
    current.value = null
  }
  onScopeDispose(() => {
    if (watching !== null) navigator.geolocation.clearWatch(watching)
  })
  return { current, points, problem, follow, stop }
}
