/** The map of a draft: its style, and what the working copy says of it, frame by frame. */
import type { Feature } from 'geojson'
import type { GeoJSONSource, Map as MapLibre, StyleSpecification } from 'maplibre-gl'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { Level } from '@/api/types'
import { nameIn, type Locale } from '@/i18n'
import { useFormat } from '@/i18n/useFormat'
import { baseMap } from '@/map/basemap'
import {
  draftEdges,
  draftFills,
  draftLabels,
  draftSources,
  edgesSource,
  noMarks,
  unitsSource,
  type Marks,
} from '@/map/draftLayers'
import type { GridColouring } from '@/map/gridLayers'
import { office } from '@/state/office'
import { theme } from '@/state/theme'
import { throttle } from '@/state/throttle'
import { Hues } from './colouring'
import type { DraftDesk } from './draftState'
import { nameBelow } from '../gridTree'
import { Looks } from './looks'
import { Pace } from './pace'
import type { Problem } from './problems'
import { StrokeDots } from './strokeDots'
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
  const dots = new StrokeDots()
  const marks = shallowRef<Marks>(noMarks)
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
        ...(shown ? draftFills(theme.value, marks.value) : []),
        ...base.streets,
        ...(shown ? draftEdges(theme.value, of.units.value, marks.value) : []),
        ...base.names,
        ...(shown ? draftLabels(theme.value) : []),
      ],
    }
  })

  /** Hues of grids that are new, or beside one of the same; whether any is another one now. */
  function recoloured(): boolean {
    const { board, working } = state
    if (!board || !working) return false
    const grids = [...working.codes.keys()].filter((g) => working.exists(g))
    return hues.update(Hues.neighbours(board, working.gridOf), grids).length > 0
  }

  function paint(): void {
    if (!map.value) return
    const found = looks.update(map.value, state, {
      theme: theme.value,
      colouring: of.colouring.value,
      tolerance: of.tolerance.value,
      level: of.level.value,
      hues,
      gathered: of.gathered(),
    })
    if (dots.shown) {
      // Not before the map shows them itself.
      map.value.once('render', () => dots.clear())
      map.value.triggerRepaint()
    } else dots.clear()
    const former = marks.value
    if (found && (['none', 'pins', 'next'] as const).some((one) => found[one] !== former[one]))
      marks.value = found
    label()
  }
  const pace = new Pace(() => state.held > 0, paint)
  function draw(): void {
    pace.ask()
    if (pace.waits && map.value && state.board) dots.show(map.value, state.board, theme.value)
  }

  const label = throttle(() => {
    if (pace.waits) return // it is called again with the map
    if (recoloured() && of.colouring.value === 'hue') draw()
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
    const signs = of.problems.value
      .filter((one) => one.at && ['island', 'unassigned', 'hole'].includes(one.kind))
      .map((one) => point(one.at!, { kind: one.kind }))
    put('draft_names', names)
    put('draft_marks', signs)
  }, 200)

  let shown = new Map<GeoJSONSource, string>()
  /** Only what is new: each time the map is painted, and names fade in. */
  function put(source: string, features: Feature[]): void {
    const found = map.value?.getSource(source) as GeoJSONSource | undefined
    const said = JSON.stringify(features)
    if (!found || shown.get(found) === said) return
    shown.set(found, said)
    void found.setData({ type: 'FeatureCollection', features })
  }

  watch(
    [() => state.tick, () => state.selection, () => state.preview, of.gathered, of.tolerance],
    draw,
    { flush: 'post' },
  )
  watch([of.colouring, of.level, theme], () => pace.ask(true), { flush: 'post' })
  watch(of.problems, label, { flush: 'post' })
  // The hand has let go.
  watch(
    () => state.held,
    (held) => !held && pace.waits && pace.ask(),
    { flush: 'post' },
  )
  watch(
    () => state.boards,
    () => {
      if (map.value) looks.forget(map.value)
      hues = new Hues()
      dots.clear()
      state.working?.follow(dots)
      recoloured()
      pace.ask(true)
    },
    { flush: 'post' },
  )
  /** A style that comes anew has empty sources, or ones that know of no state. */
  function restyled(ready: MapLibre): void {
    if (map.value !== ready) {
      pace.measure(ready)
      ready.on('movestart', () => pace.waits && pace.ask(true))
      ready.on('sourcedata', (event) => {
        if (event.sourceId !== unitsSource && event.sourceId !== edgesSource) return
        if (event.sourceDataType !== 'metadata') return
        looks.forget(ready)
        pace.ask(true)
      })
    }
    map.value = ready
    shown = new Map()
    pace.ask(true)
  }
  watch(mapStyle, () => requestAnimationFrame(label), { flush: 'post' })
  onScopeDispose(() => {
    pace.stop()
    dots.clear()
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
