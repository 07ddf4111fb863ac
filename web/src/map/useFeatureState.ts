/** Lights features of a vector source by id; what was lit before goes dark. */
import type { Map as MapLibre } from 'maplibre-gl'
import { watch, type Ref } from 'vue'
import type { Id } from '@/api/types'

export interface FeatureRef {
  source: string
  id: Id
}

export function useFeatureState(
  map: Ref<MapLibre | null>,
  key: 'hover' | 'selected',
  target: () => FeatureRef[],
): void {
  let lit: FeatureRef[] = []
  const set = (feature: FeatureRef, on: boolean) => {
    // The source leaves when the filter or the plan changes: nothing to light or to darken then.
    if (!map.value?.getSource(feature.source)) return
    map.value.setFeatureState(
      { source: feature.source, sourceLayer: feature.source, id: feature.id },
      { [key]: on },
    )
  }
  watch(
    [map, target],
    ([ready, next]) => {
      if (!ready) return
      lit.forEach((feature) => set(feature, false))
      lit = next
      lit.forEach((feature) => set(feature, true))
    },
    { flush: 'post' },
  )
}
