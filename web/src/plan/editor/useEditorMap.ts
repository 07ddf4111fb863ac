/** The map of a draft: its style, and what the working copy says of it, frame by frame. */
import type { Feature } from 'geojson'
import type { GeoJSONSource, Map as MapLibre, StyleSpecification } from 'maplibre-gl'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { Level } from '@/api/types'
import { nameIn, type Locale } from '@/i18n'
import { useFormat } from '@/i18n/useFormat'
import { baseMap } from '@/map/basemap'
import { draftEdges, draftFills, draftLabels, draftSources, unitsSource } from '@/map/draftLayers'
import type { GridColouring } from '@/map/gridLayers'
import { office } from '@/state/office'
import { theme } from '@/state/theme'
import { throttle } from '@/state/throttle'
import { Hues } from './colouring'
import type { DraftDesk } from './draftState'
import { nameBelow } from '../gridTree'
import { Looks } from './looks'
import type { Problem } from './problems'
import { digits } from './working'

export function useEditorMap(
  desk: DraftDesk,
  of: {
    colouring: Ref<GridColouring>
    units: Ref<boolean>
    level: Ref<Level>
    tolerance: Ref<number>
    problems: Ref<Problem[]>
    gathered: () => ReadonlySet<number>
  },
) {
  const { state } = desk
  const { locale } = useFormat()
  const map = shallowRef<MapLibre | null>(null)
  const looks = new Looks()
  let hues = new Hues()

  const mapStyle = computed<StyleSpecification>(() => {
    const base = baseMap(office.config, theme.value, locale.value as Locale)
    const board = state.draft?.board
    const shown = board !== undefined
    return {
      version: 8,
      sources: { ...base.sources, ...(shown ? draftSources(state.plan, board) : {}) },
      layers: [
        ...base.ground,
        ...(shown ? draftFills(theme.value) : []),
        ...base.streets,
        ...(shown ? draftEdges(theme.value, of.units.value) : []),
        ...base.names,
        ...(shown ? draftLabels(theme.value) : []),
      ],
    }
  })

  function recolour(): void {
    const { board, working } = state
    if (!board || !working) return
    const grids = [...working.codes.keys()].filter((g) => working.exists(g))
    hues.update(Hues.neighbours(board, working.gridOf), grids)
  }

  let frame = 0
  /** Once a frame, however many strokes there were. */
  function draw(): void {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      if (!map.value) return
      looks.update(map.value, state, {
        theme: theme.value,
        colouring: of.colouring.value,
        tolerance: of.tolerance.value,
        level: of.level.value,
        hues,
        gathered: of.gathered(),
      })
    })
  }

  const label = throttle(() => {
    recolour()
    draw()
    const { board, working, connectivity } = state
    if (!board || !working || !connectivity) return
    const names = [...working.grids.values()].flatMap((grid) => {
      if (grid.level !== 3) return []
      const main = connectivity.partsOf(working.number.get(grid.code)!)[0]
      if (!main) return []
      const [at] = middleOf(board, main.units)
      const said = (code: string) => nameIn(locale.value as Locale, working.grids.get(code)?.name)
      // Its community's name stands before it in lists; here its number is enough.
      const short = nameBelow(said(grid.code), said(grid.code.slice(0, digits[2])))
      return [point(at, { name: (grid.locked ? '🔒 ' : '') + short })]
    })
    const marks = of.problems.value
      .filter((one) => one.at && (one.kind === 'island' || one.kind === 'unassigned'))
      .map((one) => point(one.at!, { kind: one.kind }))
    put('draft_names', names)
    put('draft_marks', marks)
  }, 200)

  function put(source: string, features: Feature[]): void {
    const found = map.value?.getSource(source) as GeoJSONSource | undefined
    void found?.setData({ type: 'FeatureCollection', features })
  }

  watch(
    [() => state.tick, () => state.selection, () => state.preview, of.gathered, of.tolerance],
    () => {
      draw()
      label()
    },
    { flush: 'post' },
  )
  watch([of.colouring, of.level, theme], () => draw(), { flush: 'post' })
  watch(
    () => state.boards,
    () => {
      hues = new Hues()
      if (map.value) looks.forget(map.value)
      recolour()
      draw()
      label()
    },
    { flush: 'post' },
  )
  /** A style that comes anew has empty sources, or ones that know of no state. */
  function restyled(ready: MapLibre): void {
    map.value = ready
    ready.on('sourcedata', (event) => {
      if (event.sourceId !== unitsSource && event.sourceId !== 'unit_edges') return
      if (event.sourceDataType !== 'metadata') return
      looks.forget(ready)
      draw()
    })
    draw()
    label()
  }
  watch(mapStyle, () => requestAnimationFrame(label), { flush: 'post' })
  onScopeDispose(() => {
    cancelAnimationFrame(frame)
    label.cancel()
  })
  return { map, mapStyle, restyled }
}

const point = (coordinates: [number, number], properties: Record<string, string>) => ({
  type: 'Feature' as const,
  geometry: { type: 'Point' as const, coordinates },
  properties,
})

/** The unit in the midst of others, and its place. */
function middleOf(
  board: NonNullable<DraftDesk['state']['board']>,
  units: readonly number[],
): [[number, number], number] {
  let [lon, lat] = [0, 0]
  for (const u of units) {
    lon += board.lon[u]! / units.length
    lat += board.lat[u]! / units.length
  }
  let [best, least] = [units[0]!, Infinity]
  for (const u of units) {
    const far = ((board.lon[u]! - lon) * 0.8) ** 2 + (board.lat[u]! - lat) ** 2
    if (far < least) [best, least] = [u, far]
  }
  return [[board.lon[best]!, board.lat[best]!], best]
}
