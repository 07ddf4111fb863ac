/** Incidents: glyphs by category with a ring for severity; donuts by category when far away. */
import type {
  ExpressionSpecification,
  FilterSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl'
import type { Point } from '@/api/desk'
import type { Theme } from '@/state/theme'
import { boldFont, tileSource } from './basemap'
import { donutName, glyphName } from './imageNames'
import { palettes } from './palette'

export interface IncidentFilter {
  status: 'open' | 'closed' | 'all'
  /** Code of a top-level category; empty: all. */
  category: string
}

/** The layer of the tile server that holds the wanted ones: open ones have a lighter layer. */
export function incidentSourceName(filter: IncidentFilter): 'incidents' | 'incidents_open' {
  return filter.status === 'open' ? 'incidents_open' : 'incidents'
}

/**
 * What the map shows: tiles of all incidents, or, where the tiles do not know the filter (time,
 * text, place, severity), exactly the points that match, so that map and list never disagree.
 */
export type Shown = { filter: IncidentFilter } | { points: Point[] }

// So few are worth seeing one by one from afar; of more, tiles too show single ones from here on.
const fewPoints = 60
const singlesFrom = 13

export function incidentSources(shown: Shown, codes: string[]): StyleSpecification['sources'] {
  if ('filter' in shown) {
    const name = incidentSourceName(shown.filter)
    return { [name]: tileSource(name) }
  }
  const features = shown.points.map(([id, lon, lat, category, severity, open, reported]) => ({
    type: 'Feature' as const,
    geometry: { type: 'Point' as const, coordinates: [lon, lat] },
    properties: { id, category, severity, open, reported },
  }))
  const sum = (code: string) => [
    `c${code}`,
    ['+', ['case', ['==', ['get', 'category'], code], 1, 0]],
  ]
  return {
    points: {
      type: 'geojson',
      data: { type: 'FeatureCollection', features },
      ...(features.length > fewPoints
        ? {
            cluster: true,
            clusterMaxZoom: singlesFrom - 1,
            clusterRadius: 44,
            // The same names as in the tiles, so that donuts are made by the same expression.
            clusterProperties: Object.fromEntries([['count', ['+', 1]], ...codes.map(sum)]),
          }
        : {}),
    },
  }
}

const isMany: ExpressionSpecification = ['has', 'count']

/** How many of the wanted ones an aggregated point stands for. */
export function wantedCount(filter: IncidentFilter): ExpressionSpecification {
  if (filter.category) return ['to-number', ['get', `c${filter.category.slice(0, 2)}`], 0]
  const count: ExpressionSpecification = ['to-number', ['get', 'count'], 0]
  if (filter.status !== 'closed') return count
  return ['-', count, ['to-number', ['get', 'open'], 0]]
}

export function singleFilter(filter: IncidentFilter): FilterSpecification {
  const all: unknown[] = ['all', ['!', isMany]]
  if (filter.category) all.push(['==', ['get', 'category'], filter.category.slice(0, 2)])
  if (filter.status === 'closed') all.push(['==', ['to-number', ['get', 'open'], 0], 0])
  return all as FilterSpecification
}

function singleLayer(
  now: number,
  of: {
    source: string
    'source-layer'?: string
    filter?: FilterSpecification
  },
): LayerSpecification {
  return {
    id: 'incident',
    type: 'symbol',
    ...of,
    layout: {
      'icon-image': glyphName(now),
      'icon-size': ['interpolate', ['linear'], ['zoom'], 13, 0.5, 15, 0.75, 17, 1],
      'icon-allow-overlap': true,
      'icon-ignore-placement': true, // names of streets and grids stay
      'symbol-sort-key': [
        '+',
        ['*', 10, ['to-number', ['get', 'open'], 0]],
        ['to-number', ['get', 'severity'], 1],
      ],
    },
  }
}

/** `now`: milliseconds; ages are told by its hour, so that the style does not change all the time. */
export function incidentLayers(
  of: Shown,
  codes: string[],
  theme: Theme,
  now: number = Date.now(),
): LayerSpecification[] {
  const hour = Math.floor(now / 3_600_000) * 3600
  const filter: IncidentFilter = 'filter' in of ? of.filter : { status: 'all', category: '' }
  const source = 'filter' in of ? incidentSourceName(filter) : 'points'
  const base = 'filter' in of ? { source, 'source-layer': source } : { source }
  const count = wantedCount(filter)
  const shown = filter.category ? [filter.category.slice(0, 2)] : codes
  return [
    singleLayer(hour, { ...base, filter: singleFilter(filter) }),
    {
      id: 'incident-many',
      type: 'symbol',
      ...base,
      filter: ['all', isMany, ['>', count, 0]] as unknown as FilterSpecification,
      layout: {
        'icon-image': donutName(count, shown.length ? shown : codes, theme),
        'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.7, 12.5, 1],
        'icon-allow-overlap': true,
        'text-field': ['to-string', count],
        'text-font': boldFont,
        'text-size': ['step', count, 11, 50, 12, 250, 13],
        'text-allow-overlap': true,
        'symbol-sort-key': count,
      },
      paint: { 'text-color': theme === 'dark' ? '#eceae5' : '#1e2226' },
    },
  ]
}

/** What the reader looks at: a case as a ring, an empty place as a pin, an area as a frame. */
export interface Focus {
  incident: [number, number] | null
  pin: [number, number] | null
  area: [number, number, number, number] | null
}

export function focusSource({ incident, pin, area }: Focus): StyleSpecification['sources'] {
  const point = (coordinates: [number, number], kind: string) => ({
    type: 'Feature' as const,
    geometry: { type: 'Point' as const, coordinates },
    properties: { kind },
  })
  const frame = ([w, s, e, n]: [number, number, number, number]) => ({
    type: 'Feature' as const,
    geometry: {
      type: 'Polygon' as const,
      coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]], // prettier-ignore
    },
    properties: { kind: 'area' },
  })
  return {
    focus: {
      type: 'geojson',
      data: {
        type: 'FeatureCollection',
        features: [
          ...(area ? [frame(area)] : []),
          ...(incident ? [point(incident, 'incident')] : []),
          ...(pin ? [point(pin, 'pin')] : []),
        ],
      },
    },
  }
}

/** The ring and the frame go below the glyphs, the pin above them. */
export function focusLayers(theme: Theme): {
  below: LayerSpecification[]
  above: LayerSpecification[]
} {
  const { lit, boundaryHalo } = palettes[theme]
  const is = (kind: string): FilterSpecification => ['==', ['get', 'kind'], kind]
  return {
    below: [
      {
        id: 'focus-area',
        type: 'line',
        source: 'focus',
        filter: is('area'),
        paint: { 'line-color': lit, 'line-width': 2, 'line-dasharray': [3, 2] },
      },
      {
        id: 'focus-incident',
        type: 'circle',
        source: 'focus',
        filter: is('incident'),
        paint: {
          'circle-radius': 20,
          'circle-color': lit,
          'circle-opacity': 0.22,
          'circle-stroke-color': lit,
          'circle-stroke-width': 2.5,
        },
      },
    ],
    above: [
      {
        id: 'focus-pin',
        type: 'circle',
        source: 'focus',
        filter: is('pin'),
        paint: {
          'circle-radius': 7,
          'circle-color': lit,
          'circle-stroke-color': boundaryHalo,
          'circle-stroke-width': 3,
        },
      },
    ],
  }
}
