/** The basic grids that come close to a place, as far as the map shows them. */
import type { Map as MapLibre } from 'maplibre-gl'

/** Width of the world's 512-pixel tile at zoom 0, in metres a pixel on the equator. */
const METRES_A_PIXEL = 78271.517

export function pixels(metres: number, lat: number, zoom: number): number {
  return (metres * 2 ** zoom) / (METRES_A_PIXEL * Math.cos((lat * Math.PI) / 180))
}

/** Codes of basic grids within `metres` of a place, its own among them; sorted. */
export function nearbyGrids(map: MapLibre, [lng, lat]: [number, number], metres: number): string[] {
  if (!map.getLayer('grid-lit-3')) return []
  const { x, y } = map.project([lng, lat])
  const reach = pixels(metres, lat, map.getZoom())
  const features = map.queryRenderedFeatures(
    [
      [x - reach, y - reach],
      [x + reach, y + reach],
    ],
    { layers: ['grid-lit-3'] },
  )
  return [...new Set(features.map((one) => String(one.properties.code)))].sort()
}
