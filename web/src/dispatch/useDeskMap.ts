/** The map of the desk: its style, what a click and the mouse meet, and going to a place. */
import type {
  MapMouseEvent,
  Map as MapLibre,
  PaddingOptions,
  StyleSpecification,
} from 'maplibre-gl'
import { computed, onUnmounted, shallowRef, watch, type Ref } from 'vue'
import type { Point } from '@/api/desk'
import { onLive } from '@/api/events'
import type { GridRef, Id, IncidentRow, LonLat } from '@/api/types'
import type { Locale } from '@/i18n'
import { useFormat } from '@/i18n/useFormat'
import { baseMap } from '@/map/basemap'
import { gridBoundaries, gridLight, gridNames, gridNameSource, gridSources } from '@/map/gridLayers'
import {
  focusLayers,
  focusSource,
  incidentLayers,
  incidentSourceName,
  incidentSources,
  type Shown,
} from '@/map/incidentLayers'
import { useFeatureState } from '@/map/useFeatureState'
import { now } from '@/state/now'
import { office, topCategories } from '@/state/office'
import { planState, rowByCode } from '@/state/planState'
import { theme } from '@/state/theme'
import { throttle } from '@/state/throttle'
import { readBbox, tilesKnow, type QueueFilters } from './filters'

export function useDeskMap(of: {
  filters: Ref<QueueFilters>
  points: Ref<Point[]>
  rows: () => IncidentRow[]
  focus: Ref<IncidentRow | null>
  pin: Ref<LonLat | null>
  /** The grid that the pin lies in. */
  pinned: () => GridRef | null | undefined
  /** Where the pin of a case is being moved to. */
  moved: Ref<LonLat | null>
  padding: Ref<PaddingOptions>
  placed: () => boolean
  select: (id: string) => void
  drop: (at: LonLat) => void
}) {
  const { locale } = useFormat()
  const map = shallowRef<MapLibre | null>(null)
  const hovered = shallowRef<IncidentRow | null>(null)
  const codes = computed(() => topCategories.value.map((one) => one.code))
  const shown = computed<Shown>(() => {
    const { status, category } = of.filters.value
    return tilesKnow(of.filters.value)
      ? { filter: { status, category } }
      : { points: of.points.value }
  })

  const hour = computed(() => Math.floor(now.value / 3_600_000) * 3_600_000)
  const mapStyle = computed<StyleSpecification>(() => {
    const language = locale.value as Locale
    const base = baseMap(office.config, theme.value, language)
    const plan = planState.id
    const around = focusLayers(theme.value)
    const { focus, pin, filters } = of
    return {
      version: 8,
      sources: {
        ...base.sources,
        ...(plan === null ? {} : gridSources(plan)),
        ...gridNameSource(planState.rows[2], language),
        ...incidentSources(shown.value, codes.value),
        ...focusSource({
          incident: focus.value ? [focus.value.lon, focus.value.lat] : null,
          pin: pin.value,
          area: readBbox(filters.value.bbox),
        }),
      },
      layers: [
        ...base.ground,
        ...base.streets,
        ...(plan === null
          ? []
          : [...gridBoundaries(theme.value, 3, true), ...gridLight(3, theme.value)]),
        ...base.names,
        ...(plan === null ? [] : [gridNames(theme.value, 2)]),
        ...around.below,
        ...incidentLayers(shown.value, codes.value, theme.value, hour.value),
        ...around.above,
      ],
    }
  })

  const gridRef = (id: Id | undefined) => (id === undefined ? [] : [{ source: 'grids_3', id }])
  useFeatureState(map, 'hover', () => gridRef(hovered.value?.grid?.id))
  useFeatureState(map, 'selected', () => {
    const { grid: code } = of.filters.value
    const chosen = code && rowByCode.value.get(code)
    const grid = of.pin.value ? of.pinned() : of.focus.value?.grid
    return gridRef(grid?.id ?? (chosen && chosen.level === 3 ? chosen.row.id : undefined))
  })

  function hits(event: MapMouseEvent, layer: string) {
    if (!map.value?.getLayer(layer)) return []
    const { x, y } = event.point
    const box: [[number, number], [number, number]] = [
      [x - 4, y - 4],
      [x + 4, y + 4],
    ]
    return map.value.queryRenderedFeatures(box, { layers: [layer] })
  }
  function onClick(event: MapMouseEvent): void {
    const { lng, lat } = event.lngLat.wrap()
    if (of.moved.value) {
      of.moved.value = [lng, lat]
      return
    }
    const incident = hits(event, 'incident')[0]
    if (incident) return of.select(String(incident.properties.id))
    if (hits(event, 'incident-many').length) {
      map.value?.easeTo({ center: event.lngLat, zoom: Math.max(13.2, map.value.getZoom() + 1.5) })
      return
    }
    of.drop([lng, lat])
  }
  function onHover(event: MapMouseEvent | null): void {
    if (!map.value) return
    const point = event && (hits(event, 'incident')[0] ?? hits(event, 'incident-many')[0])
    map.value.getCanvas().style.cursor = point ? 'pointer' : 'crosshair'
    const id = point?.properties.id as Id | undefined
    hovered.value = of.rows().find((row) => row.id === id) ?? null
  }

  function reveal(row: { lon: number; lat: number }, always = false): void {
    if (!map.value) return
    const { x, y } = map.value.project([row.lon, row.lat])
    const { clientWidth, clientHeight } = map.value.getContainer()
    const { top = 0, left = 0, right = 0, bottom = 0 } = of.padding.value
    const inside = x > left && x < clientWidth - right && y > top && y < clientHeight - bottom
    if (inside && map.value.getZoom() >= 13 && !always) return
    map.value.easeTo({
      center: [row.lon, row.lat],
      zoom: Math.max(map.value.getZoom(), 15.5),
      // An offset, not padding: padding would stay with the map.
      offset: [(left - right) / 2, (top - bottom) / 2],
      duration: 500,
    })
  }
  /** The middle of what can be seen between the panels. */
  function middle(): LonLat | null {
    if (!map.value) return null
    const { clientWidth, clientHeight } = map.value.getContainer()
    const { top = 0, left = 0, right = 0, bottom = 0 } = of.padding.value
    const { lng, lat } = map.value
      .unproject([(left + clientWidth - right) / 2, (top + clientHeight - bottom) / 2])
      .wrap()
    return [lng, lat]
  }
  /** A link to an area goes there, unless it names a place itself. */
  function onReady(ready: MapLibre): void {
    map.value = ready
    const area = readBbox(of.filters.value.bbox)
    if (area && !of.placed()) ready.fitBounds(area, { padding: of.padding.value, maxZoom: 16 })
  }
  watch([() => of.filters.value.grid, rowByCode, map], ([code], [before]) => {
    const hit = code ? rowByCode.value.get(code) : undefined
    if (!hit || !map.value) return
    if (code === before && map.value.getBounds().contains(hit.row.centroid)) return
    if (!of.placed() || before) {
      map.value.fitBounds(hit.row.bbox, { padding: of.padding.value, maxZoom: 16 })
    }
  })

  // New incidents: only the tiles of their layer are asked for again; the server answers 304 for the rest.
  const refreshTiles = throttle(() => {
    if (!('filter' in shown.value)) return
    const source = incidentSourceName(shown.value.filter)
    if (map.value?.getSource(source)) map.value.refreshTiles(source)
  }, 1000)
  const off = onLive({ incident: () => refreshTiles(), reconnected: () => refreshTiles() })
  onUnmounted(() => {
    off()
    refreshTiles.cancel()
  })

  return { map, mapStyle, codes, hovered, onReady, onClick, onHover, reveal, middle, refreshTiles }
}
