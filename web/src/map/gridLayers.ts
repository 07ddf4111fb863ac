/** Grids of three levels: fills, boundaries by weight with a halo, units as hairlines, names. */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import type { GridRow, Id, Level } from '@/api/types'
import { nameIn, type Locale } from '@/i18n'
import type { Theme } from '@/state/theme'
import { boldFont, textFont, tileSource } from './basemap'
import { deviationFill } from './deviation'
import { palettes } from './palette'

type Sources = StyleSpecification['sources']
export const gridSource = (level: Level) => `grids_${level}`

export function gridSources(planId: Id | null): Sources {
  const query = planId === null ? '' : `?plan=${encodeURIComponent(String(planId))}`
  const sources: Sources = {}
  for (const level of [1, 2, 3] as const) {
    const source = gridSource(level)
    sources[source] = { ...tileSource(source, query), promoteId: { [source]: 'id' } } as never
  }
  return sources
}

export function unitSource(planId: Id | null): Sources {
  return { units: tileSource('units', planId === null ? '' : `?plan=${planId}`) }
}

export function unitLayer(theme: Theme): LayerSpecification {
  return {
    id: 'units',
    type: 'line',
    source: 'units',
    'source-layer': 'units',
    paint: { 'line-color': palettes[theme].unit, 'line-width': 0.6, 'line-opacity': 0.7 },
  }
}

export type GridColouring = 'deviation' | 'hue'

/** From this zoom on there are tiles of a level's grids. */
const TILES_FROM: Record<Level, number> = { 1: 0, 2: 8, 3: 11 }

/** The fill of a level; further out, where it has no tiles, that of the level above. */
export function gridFills(options: {
  level: Level
  colouring: GridColouring
  tolerance: number
  theme: Theme
}): LayerSpecification[] {
  const { level, colouring, tolerance, theme } = options
  const hues = palettes[theme].hues
  const hue = [
    'match',
    ['%', ['to-number', ['get', 'hue'], 0], hues.length],
    ...hues.flatMap((colour, index) => [index, colour]),
    hues[0],
  ] as unknown as ExpressionSpecification
  const levels = ([1, 2, 3] as const).filter((one) => one <= level)
  return levels.map((one) => ({
    id: `grid-fill-${one}`,
    type: 'fill',
    source: gridSource(one),
    'source-layer': gridSource(one),
    minzoom: TILES_FROM[one],
    ...(one < level ? { maxzoom: TILES_FROM[(one + 1) as Level] } : {}),
    paint: {
      'fill-color': colouring === 'deviation' ? deviationFill(tolerance, theme) : hue,
      // Lakes below must not look like a deviation of their own.
      'fill-opacity': colouring === 'deviation' ? 0.9 : 0.75,
      'fill-antialias': false, // else its hairlines show through the boundaries' halo
    },
  }))
}

/** Shows nothing but answers clicks, and lights up the grid that is hovered or selected. */
export function gridLight(level: Level, theme: Theme): LayerSpecification[] {
  const base = { source: gridSource(level), 'source-layer': gridSource(level) }
  const lit = palettes[theme].lit
  const selected: ExpressionSpecification = ['boolean', ['feature-state', 'selected'], false]
  const hovered: ExpressionSpecification = ['boolean', ['feature-state', 'hover'], false]
  return [
    {
      id: `grid-lit-${level}`,
      type: 'fill',
      ...base,
      paint: {
        'fill-color': lit,
        'fill-opacity': ['case', selected, 0.18, hovered, 0.12, 0],
        'fill-antialias': false,
      },
    },
    {
      id: `grid-lit-line-${level}`,
      type: 'line',
      ...base,
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': lit,
        'line-width': ['case', selected, 3.5, hovered, 2.5, 0],
        'line-opacity': ['case', selected, 1, hovered, 0.8, 0],
      },
    },
  ]
}

/** Level 1 thick, 2 medium, 3 thin; finer levels appear as the reader comes nearer. */
export function gridBoundaries(theme: Theme, finest: Level, quiet = false): LayerSpecification[] {
  const palette = palettes[theme]
  const widths: Record<Level, number> = { 1: 3.2, 2: 1.9, 3: 0.9 }
  const nearest: Record<Level, number> = { 1: 0, 2: 11, 3: 12.5 }
  const layers: LayerSpecification[] = []
  for (const level of [3, 2, 1] as const) {
    if (level > finest) continue
    const width = widths[level] * (quiet ? 0.75 : 1)
    const base = {
      type: 'line' as const,
      source: gridSource(level),
      'source-layer': gridSource(level),
      minzoom: nearest[level],
      layout: { 'line-join': 'round' as const },
    }
    if (level < 3 || !quiet) {
      layers.push({
        ...base,
        id: `grid-halo-${level}`,
        paint: {
          'line-color': palette.boundaryHalo,
          'line-width': width + (level === 3 ? 1.6 : 3),
          'line-opacity': 0.65,
        },
      })
    }
    layers.push({
      ...base,
      id: `grid-line-${level}`,
      paint: {
        'line-color': palette.boundary,
        'line-width': width,
        'line-opacity': quiet ? 0.55 : level === 3 ? 0.75 : 0.9,
        ...(level === 2 && quiet ? { 'line-dasharray': [3, 1.5] } : {}),
      },
    })
  }
  return layers
}

/** Names stand on the grids' own points, once each, not once per tile. */
export function gridNameSource(rows: GridRow[], locale: Locale): Sources {
  return {
    grid_names: {
      type: 'geojson',
      data: {
        type: 'FeatureCollection',
        features: rows.map((row) => ({
          type: 'Feature',
          geometry: { type: 'Point', coordinates: row.centroid },
          properties: { name: nameIn(locale, row.name), code: row.code },
        })),
      },
    },
  }
}

export function gridNames(theme: Theme, level: Level): LayerSpecification {
  const palette = palettes[theme]
  return {
    id: 'grid-name',
    type: 'symbol',
    source: 'grid_names',
    minzoom: level === 3 ? 14.3 : level === 2 ? 12 : 9,
    layout: {
      'text-field': ['get', 'name'],
      'text-font': level === 3 ? textFont : boldFont,
      'text-size': level === 3 ? 12 : 13,
      'text-max-width': 8,
      'text-padding': 4,
    },
    paint: {
      'text-color': palette.boundary,
      'text-halo-color': palette.halo,
      'text-halo-width': 1.8,
    },
  }
}
