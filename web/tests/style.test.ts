// @vitest-environment happy-dom
import { validateStyleMin, type StyleSpecification } from '@maplibre/maplibre-gl-style-spec'
import type { Point } from '../src/api/desk'
import { describe, expect, it } from 'vitest'
import type { Config } from '../src/api/types'
import { baseMap } from '../src/map/basemap'
import {
  gridBoundaries,
  gridFills,
  gridLight,
  gridNames,
  gridNameSource,
  gridSources,
  unitLayer,
  unitSource,
} from '../src/map/gridLayers'
import {
  focusLayers,
  focusSource,
  incidentLayers,
  incidentSources,
} from '../src/map/incidentLayers'

const config = (basemap: Config['basemap']): Config => ({
  time_zone: 'Asia/Shanghai',
  languages: ['zh-CN', 'en'],
  synthetic: true,
  basemap,
  map: { bbox: null },
  version: '0',
})
const own = config({ kind: 'own' })

function wholeStyle(theme: 'light' | 'dark', locale: 'zh-CN' | 'en', base = own) {
  const filter = { filter: { status: 'open' as const, category: '03' } }
  const ground = baseMap(base, theme, locale)
  const focus = focusLayers(theme)
  return {
    version: 8,
    sources: {
      ...ground.sources,
      ...gridSources(7),
      ...unitSource(7),
      ...gridNameSource([], locale),
      ...incidentSources(filter, ['01', '02']),
      ...focusSource({ incident: [113, 34], pin: null, area: [113, 34, 114, 35] }),
    },
    layers: [
      ...ground.ground,
      ...gridFills({ level: 3, colouring: 'deviation', tolerance: 0.05, theme }),
      ...ground.streets,
      unitLayer(theme),
      ...gridBoundaries(theme, 3),
      ...gridLight(3, theme),
      ...ground.names,
      gridNames(theme, 2),
      ...focus.below,
      ...incidentLayers(filter, ['01', '02'], theme),
      ...focus.above,
    ],
  } as StyleSpecification
}

describe('the style of the map', () => {
  it('is valid when it shows points of its own, few or many', () => {
    for (const count of [0, 3, 500]) {
      const points = Array.from(
        { length: count },
        (_, id) => [id, 113 + id / 1e4, 34, id % 2 ? '01' : '02', 2, 1, 1_700_000_000] as Point,
      )
      const style = {
        version: 8,
        sources: incidentSources({ points }, ['01', '02']),
        layers: incidentLayers({ points }, ['01', '02'], 'dark'),
      }
      expect(validateStyleMin(style as StyleSpecification)).toEqual([])
    }
  })

  it('is valid in both themes and languages', () => {
    for (const theme of ['light', 'dark'] as const) {
      for (const locale of ['zh-CN', 'en'] as const) {
        expect(validateStyleMin(wholeStyle(theme, locale)).map((one) => one.message)).toEqual([])
      }
    }
  })

  it('names nothing outside its own origin, and needs no glyphs from anywhere', () => {
    const text = JSON.stringify(wholeStyle('light', 'zh-CN'))
    expect(text).not.toMatch(/https?:/)
    expect(JSON.parse(text)).not.toHaveProperty('glyphs')
  })

  it('lies on the tiles that the office configured, with their credit', () => {
    const xyz = config({
      kind: 'xyz',
      url: 'https://tiles.example/{z}/{x}/{y}.png',
      attribution: '天地图',
    })
    const style = wholeStyle('light', 'zh-CN', xyz)
    expect(style.sources.xyz).toMatchObject({ attribution: '天地图' })
    expect(style.layers.some((layer) => layer.id === 'road')).toBe(false)
    expect(validateStyleMin(style)).toEqual([])
  })
})

describe('the fill of grids', () => {
  it('shows exactly one level at every zoom', () => {
    for (const level of [1, 2, 3] as const) {
      const fills = gridFills({ level, colouring: 'hue', tolerance: 0.05, theme: 'light' })
      for (const zoom of [5, 7.9, 8, 10.9, 11, 16]) {
        const shown = fills.filter((fill) => zoom >= fill.minzoom! && zoom < (fill.maxzoom ?? 24))
        expect(shown).toHaveLength(1)
      }
    }
  })
})
