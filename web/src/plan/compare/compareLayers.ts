/** The two sides of a comparison: the same map, the grids of one plan each, and the moved land. */
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { movedLandUrl } from '@/api/reviews'
import type { Config, Id, Level } from '@/api/types'
import type { Locale } from '@/i18n'
import { baseMap } from '@/map/basemap'
import { gridBoundaries, gridFills, gridLight, gridSources } from '@/map/gridLayers'
import type { Theme } from '@/state/theme'

/** Blue before, orange after: told apart by the colour-blind, and hatched by their edge besides. */
export const sideColour = { a: '#2166ac', b: '#d9731a' } as const
/** The land that moves is what one looks for: deviation is told faintly beside it. */
const quiet = 0.3

export interface Compared {
  a: Id
  b: Id
  level: Level
  tolerance: number
}

export function sideStyle(
  side: 'a' | 'b',
  of: Compared,
  config: Config | null,
  theme: Theme,
  locale: Locale,
): StyleSpecification {
  const base = baseMap(config, theme, locale)
  const plan = of[side]
  const moved: LayerSpecification[] = [
    {
      id: 'moved-fill',
      type: 'fill',
      source: 'moved',
      paint: { 'fill-color': sideColour[side], 'fill-opacity': 0.8 },
    },
    {
      id: 'moved-line',
      type: 'line',
      source: 'moved',
      paint: {
        'line-color': sideColour[side],
        'line-width': 2.5,
        'line-dasharray': side === 'a' ? [2, 1.5] : [1, 0],
      },
    },
  ]
  return {
    version: 8,
    sources: {
      ...base.sources,
      ...gridSources(plan),
      moved: { type: 'geojson', data: location.origin + movedLandUrl(of.a, of.b, of.level) },
    },
    layers: [
      ...base.ground,
      ...(gridFills({
        level: of.level,
        colouring: 'deviation',
        tolerance: of.tolerance,
        theme,
      }).map((layer) => ({
        ...layer,
        paint: { ...layer.paint, 'fill-opacity': quiet },
      })) as LayerSpecification[]),
      ...base.streets,
      ...moved,
      ...gridBoundaries(theme, of.level),
      ...gridLight(of.level, theme),
      ...base.names,
    ],
  }
}
