/** The jurisdiction that the address names, or the office's first. */
import { computed } from 'vue'
import type { Bbox } from '@/api/types'
import { findJurisdiction, office } from './office'
import { useUrlQuery } from './useUrlQuery'

export function useJurisdiction() {
  const { param, patch } = useUrlQuery()
  const code = param('j')
  const jurisdiction = computed(() => findJurisdiction(code.value || null))
  const bounds = computed<Bbox>(
    () => jurisdiction.value?.bbox ?? office.config?.map.bbox ?? [113.2, 34.5, 114, 35],
  )
  /** Another jurisdiction is another map: place, selection and filters do not follow. */
  function choose(next: string): void {
    patch({ j: next, at: null, grid: null, incident: null, pin: null, plan: null, inbox: null })
  }
  return { jurisdiction, bounds, choose }
}
