/** The part of the map that panels and the phone's sheet leave free, as padding in pixels. */
import type { PaddingOptions } from 'maplibre-gl'
import { phone } from '@/state/media'

export interface Insets {
  left: number
  right: number
}

export function mapPadding(insets: Insets | undefined): PaddingOptions {
  if (phone.value)
    return { top: 64, left: 16, right: 16, bottom: Math.round(innerHeight * 0.42) + 8 }
  return { top: 24, left: (insets?.left ?? 0) + 24, right: (insets?.right ?? 0) + 24, bottom: 40 }
}
