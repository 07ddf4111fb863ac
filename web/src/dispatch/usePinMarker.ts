/** A pin on the map that can be dragged, or moved with the arrow keys, while it is being moved. */
import { Marker, type Map as MapLibre } from 'maplibre-gl'
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { LonLat } from '@/api/types'
import { useFormat } from '@/i18n/useFormat'

const STEP_PX = 4
const steps: Record<string, [number, number]> = {
  ArrowLeft: [-STEP_PX, 0],
  ArrowRight: [STEP_PX, 0],
  ArrowUp: [0, -STEP_PX],
  ArrowDown: [0, STEP_PX],
}

/** Shows the pin wherever `place` is; null hides it. */
export function usePinMarker(map: Ref<MapLibre | null>, place: Ref<LonLat | null>): void {
  const { t } = useFormat()
  const marker = shallowRef<Marker | null>(null)

  function make(): Marker {
    const made = new Marker({ draggable: true, color: 'var(--accent)' })
    const element = made.getElement()
    element.tabIndex = 0
    element.dataset.testid = 'pin-marker'
    element.setAttribute('role', 'button')
    element.setAttribute('aria-label', t('pin.handle'))
    made.on('dragend', () => {
      const { lng, lat } = made.getLngLat().wrap()
      place.value = [lng, lat]
    })
    element.addEventListener('click', (event) => event.stopPropagation())
    element.addEventListener('keydown', (event) => {
      const step = steps[event.key]
      if (!step || !map.value || !place.value) return
      event.preventDefault()
      event.stopPropagation() // the map would move as well
      const { x, y } = map.value.project(place.value)
      const { lng, lat } = map.value.unproject([x + step[0], y + step[1]])
      place.value = [lng, lat]
    })
    return made
  }

  function hide(): void {
    marker.value?.remove()
    marker.value = null
  }
  watch([map, place], ([ready, at]) => {
    if (!ready || !at) return hide()
    if (marker.value) marker.value.setLngLat(at)
    else marker.value = make().setLngLat(at).addTo(ready)
  })
  onScopeDispose(hide)
}
