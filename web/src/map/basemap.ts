/** The map below everything: our own streets, buildings, water and names, or an office's XYZ tiles. */
import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from 'maplibre-gl'
import type { Config } from '@/api/types'
import type { Locale } from '@/i18n'
import { palettes } from './palette'
import type { Theme } from '@/state/theme'

type Sources = StyleSpecification['sources']
// Without a `glyphs` address MapLibre draws every letter from the machine's own fonts.
export const textFont = ['Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei']
// The weight is read from the first name; the families that exist follow it.
export const boldFont = ['Noto Sans SC Bold', ...textFont]

/** Tiles of our own server; its TileJSON tells the zooms. */
export function tileSource(layer: string, query = ''): SourceSpecification {
  return { type: 'vector', url: `/tiles/${layer}.json${query}` }
}

export function labelIn(locale: Locale): ExpressionSpecification {
  const zh: ExpressionSpecification = ['coalesce', ['get', 'name'], '']
  return locale === 'en' ? ['coalesce', ['get', 'name_en'], zh] : zh
}

const byZoom = (...stops: number[]): ExpressionSpecification =>
  ['interpolate', ['exponential', 1.5], ['zoom'], ...stops] as unknown as ExpressionSpecification

/** Width by class (6 widest … 0 narrowest) at each zoom; `grow` adds the casing. */
function roadWidth(grow: number): ExpressionSpecification {
  const at = (...widths: number[]): ExpressionSpecification =>
    [
      'match',
      ['get', 'class'],
      ...widths.flatMap((width, index) => [6 - index, width + grow]),
      widths.at(-1)! + grow,
    ] as unknown as ExpressionSpecification
  return [
    'interpolate',
    ['exponential', 1.5],
    ['zoom'],
    10,
    at(1.6, 1.3, 1, 0.6, 0.4, 0.2, 0.1),
    14,
    at(5, 4.4, 3.6, 2.6, 1.8, 1, 0.7),
    17,
    at(18, 16, 13, 10, 8, 5, 3.5),
    20,
    at(70, 62, 52, 42, 34, 22, 14),
  ] as unknown as ExpressionSpecification
}

export interface Base {
  sources: Sources
  /** Land, water, buildings: below thematic fills. */
  ground: LayerSpecification[]
  /** Streets: above thematic fills, below boundaries. */
  streets: LayerSpecification[]
  /** Names along streets: above boundaries. */
  names: LayerSpecification[]
}

export function baseMap(config: Config | null, theme: Theme, locale: Locale): Base {
  const palette = palettes[theme]
  const background: LayerSpecification = {
    id: 'land',
    type: 'background',
    paint: { 'background-color': palette.land },
  }
  if (config?.basemap.kind === 'xyz' && config.basemap.url) {
    const source: SourceSpecification = {
      type: 'raster',
      tiles: [config.basemap.url],
      tileSize: 256,
      attribution: config.basemap.attribution ?? '',
    }
    return {
      sources: { xyz: source },
      ground: [background, { id: 'xyz', type: 'raster', source: 'xyz' }],
      streets: [],
      names: [],
    }
  }
  const isRail: ExpressionSpecification = ['==', ['get', 'kind'], 'rail']
  const isRoad: ExpressionSpecification = ['!=', ['get', 'kind'], 'rail']
  const street = { source: 'streets', 'source-layer': 'streets' } as const
  const water = { source: 'water', 'source-layer': 'water' } as const
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const
  return {
    sources: {
      streets: tileSource('streets'),
      buildings: tileSource('buildings'),
      water: tileSource('water'),
    },
    ground: [
      background,
      {
        id: 'water',
        type: 'fill',
        ...water,
        paint: {
          'fill-color': ['match', ['get', 'kind'], 'park', palette.park, palette.water],
        },
      },
      {
        id: 'buildings',
        type: 'fill',
        source: 'buildings',
        'source-layer': 'buildings',
        minzoom: 15,
        paint: {
          'fill-color': palette.building,
          'fill-outline-color': palette.buildingLine,
          'fill-opacity': byZoom(15, 0.5, 16, 1),
        },
      },
    ],
    streets: [
      {
        id: 'road-casing',
        type: 'line',
        ...street,
        filter: isRoad,
        minzoom: 12,
        layout: round,
        paint: { 'line-color': palette.casing, 'line-width': roadWidth(1.6) },
      },
      {
        id: 'road',
        type: 'line',
        ...street,
        filter: isRoad,
        layout: { ...round, 'line-sort-key': ['get', 'class'] },
        paint: {
          'line-color': ['step', ['get', 'class'], palette.road, 5, palette.arterial],
          'line-width': roadWidth(0),
        },
      },
      {
        id: 'rail',
        type: 'line',
        ...street,
        filter: isRail,
        paint: { 'line-color': palette.rail, 'line-width': byZoom(11, 1, 16, 3) },
      },
      {
        id: 'rail-gap',
        type: 'line',
        ...street,
        filter: isRail,
        minzoom: 13,
        paint: {
          'line-color': palette.railGap,
          'line-width': byZoom(13, 0.6, 16, 1.8),
          'line-dasharray': [5, 5],
        },
      },
    ],
    names: [
      {
        id: 'street-name',
        type: 'symbol',
        ...street,
        minzoom: 13,
        // Arterials first, lanes last: a name that would be too small is not drawn at all.
        filter: [
          'all',
          ['!=', ['coalesce', ['get', 'name'], ''], ''],
          ['>=', ['get', 'class'], ['step', ['zoom'], 4, 15, 2, 16, 0]],
        ],
        layout: {
          'symbol-placement': 'line',
          'symbol-spacing': 320,
          'symbol-sort-key': ['-', 0, ['get', 'class']],
          'text-field': labelIn(locale),
          'text-font': textFont,
          'text-size': ['interpolate', ['linear'], ['zoom'], 13, 11, 16, 13],
          'text-letter-spacing': locale === 'en' ? 0.02 : 0.12,
          'text-max-angle': 30,
          'text-padding': 6,
        },
        paint: {
          'text-color': palette.text,
          'text-halo-color': palette.halo,
          'text-halo-width': 1.4,
        },
      },
      {
        id: 'water-name',
        type: 'symbol',
        ...water,
        minzoom: 13,
        layout: {
          'text-field': labelIn(locale),
          'text-font': textFont,
          'text-size': 12,
          'text-max-width': 7,
        },
        paint: {
          'text-color': ['match', ['get', 'kind'], 'park', palette.parkText, palette.waterText],
          'text-halo-color': palette.halo,
          'text-halo-width': 1.2,
        },
      },
    ],
  }
}
