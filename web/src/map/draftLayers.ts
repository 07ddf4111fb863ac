/** A draft on the map: units filled by grid, boundaries of three levels, all told by feature-state.
 * Nothing is loaded anew while one paints: the page says of each unit and edge how it looks. */
import type {
  ExpressionSpecification,
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
} from 'maplibre-gl'
import type { Id } from '@/api/types'
import type { Theme } from '@/state/theme'
import { boldFont, tileSource } from './basemap'
import { palettes } from './palette'

export const unitsSource = 'units'
export const edgesSource = 'unit_edges'

/** `board`: another text, other tiles. */
export function draftSources(plan: Id, board: string): StyleSpecification['sources'] {
  const query = `?plan=${plan}&board=${encodeURIComponent(board)}`
  const empty = (): SourceSpecification => ({
    type: 'geojson',
    data: { type: 'FeatureCollection', features: [] },
  })
  return {
    [unitsSource]: tileSource('units', query),
    [edgesSource]: tileSource('unit_edges', query),
    draft_names: empty(),
    draft_marks: empty(),
  }
}

/** What the page says of a unit. `out`: 1 too few, 2 too many, 3 in no grid. */
export interface UnitLook {
  fill: string
  out: number
  pin: boolean
  next: boolean
}

/** What some unit has, so that it is drawn: a layer that shows nothing costs as much as a full one. */
export interface Marks {
  none: boolean
  pins: boolean
  next: boolean
}
export const noMarks: Marks = { none: false, pins: false, next: false }

/** Farther out a grid is smaller than a stripe is wide, and lines without a halo are told apart. */
const closeUp = 12.5

const state = (name: string, none: unknown) =>
  ['coalesce', ['feature-state', name], none] as unknown as ExpressionSpecification
const unit = { source: unitsSource, 'source-layer': 'units' } as const
const edge = { source: edgesSource, 'source-layer': 'unit_edges' } as const
const level = state('level', 0)
const isLit = ['boolean', state('lit', false), false] as unknown as ExpressionSpecification

export function draftFills(theme: Theme, marks: Marks): LayerSpecification[] {
  const hatch = (id: string, pattern: string, when: ExpressionSpecification, minzoom = 0) =>
    ({
      id,
      type: 'fill',
      ...unit,
      minzoom,
      paint: { 'fill-pattern': pattern, 'fill-opacity': ['case', when, 1, 0] },
    }) as LayerSpecification
  const out = state('out', 0)
  return [
    {
      id: 'draft-fill',
      type: 'fill',
      ...unit,
      paint: {
        'fill-color': ['to-color', state('fill', palettes[theme].land)],
        'fill-opacity': 0.85,
        'fill-antialias': false,
      },
    },
    // Told by stripes, too: colours alone do not tell everybody.
    hatch('draft-few', `hatch|few|${theme}`, ['==', out, 1], closeUp),
    hatch('draft-many', `hatch|many|${theme}`, ['==', out, 2], closeUp),
    ...(marks.none ? [hatch('draft-none', `hatch|none|${theme}`, ['==', out, 3])] : []),
    ...(marks.next
      ? [hatch('draft-next', `hatch|next|${theme}`, ['boolean', state('next', false), false])]
      : []),
  ]
}

/** `units`: hairlines between units of one grid are seen. */
export function draftEdges(theme: Theme, units: boolean, marks: Marks): LayerSpecification[] {
  const palette = palettes[theme]
  const byLevel = <T>(one: T, two: T, three: T, none: T, lit?: T) => {
    const by = ['match', level, 1, one, 2, two, 3, three, none]
    return (lit === undefined ? by : ['case', isLit, lit, by]) as unknown as ExpressionSpecification
  }
  const round = { 'line-join': 'round', 'line-cap': 'round' } as const
  const hairline = (width: number) => byLevel(3.4, 2.2, 1.2, units ? width : 0, 4)
  return [
    {
      id: 'draft-halo',
      type: 'line',
      ...edge,
      minzoom: closeUp,
      layout: round,
      paint: {
        'line-color': palette.boundaryHalo,
        'line-width': byLevel(6.5, 5, 3, 0),
        'line-opacity': 0.7,
      },
    },
    {
      id: 'draft-line',
      type: 'line',
      ...edge,
      layout: round,
      paint: {
        'line-color': byLevel(
          palette.boundary, palette.boundary, palette.boundary, palette.unit, palette.lit,
        ), // prettier-ignore
        'line-width': [
          'interpolate', ['linear'], ['zoom'], 11.9, hairline(0), 12, hairline(0.3), 15, hairline(0.8),
        ], // prettier-ignore
        'line-opacity': byLevel(0.95, 0.9, 0.85, 0.75, 1),
      },
    },
    ...(marks.pins
      ? [
          {
            id: 'draft-pin',
            type: 'line',
            ...unit,
            paint: {
              'line-color': palette.text,
              'line-width': 2,
              'line-offset': 2,
              'line-dasharray': [1, 1.5],
              'line-opacity': ['case', ['boolean', state('pin', false), false], 0.9, 0],
            },
          } as LayerSpecification,
        ]
      : []),
  ]
}

/** Names of grids, a lock where one is locked, and rings around what is wrong. */
export function draftLabels(theme: Theme): LayerSpecification[] {
  const palette = palettes[theme]
  const problem = theme === 'dark' ? '#ff8f85' : '#b3261e'
  return [
    {
      id: 'draft-mark',
      type: 'circle',
      source: 'draft_marks',
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 6, 16, 16],
        'circle-color': problem,
        'circle-opacity': 0.12,
        'circle-stroke-color': problem,
        'circle-stroke-width': 2.5,
      },
    },
    {
      id: 'draft-name',
      type: 'symbol',
      source: 'draft_names',
      minzoom: 14.3,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': boldFont,
        'text-size': 12,
        'text-max-width': 8,
        'text-padding': 3,
      },
      paint: {
        'text-color': palette.boundary,
        'text-halo-color': palette.halo,
        'text-halo-width': 1.8,
      },
    },
  ]
}

/** Stripes that lean to the left for too few and to the right for too many; a cross for none. */
export function hatchImage(name: string): ImageData | null {
  const [word, kind, theme] = name.split('|')
  if (word !== 'hatch') return null
  const size = 16
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  const context = canvas.getContext('2d')!
  const dark = theme === 'dark'
  const inks: Record<string, string> = {
    few: dark ? 'rgb(124 180 235 / 75%)' : 'rgb(30 80 140 / 55%)',
    many: dark ? 'rgb(240 160 95 / 80%)' : 'rgb(150 65 5 / 60%)',
    none: dark ? 'rgb(255 143 133 / 80%)' : 'rgb(150 25 20 / 60%)',
    next: dark ? 'rgb(255 255 255 / 85%)' : 'rgb(20 60 90 / 85%)',
  }
  context.strokeStyle = inks[kind ?? ''] ?? '#000'
  context.lineWidth = kind === 'next' ? 4 : 2
  const line = (x0: number, y0: number, x1: number, y1: number) => {
    context.beginPath()
    context.moveTo(x0, y0)
    context.lineTo(x1, y1)
    context.stroke()
  }
  for (const shift of [-size, 0, size]) {
    if (kind !== 'few') line(shift, size, shift + size, 0)
    if (kind === 'few' || kind === 'none') line(shift, 0, shift + size, size)
  }
  return context.getImageData(0, 0, size, size)
}
