/** Small geometry of the page: a box around a point, the grid whose middle is nearest. */
import type { Bbox, GridRow } from '@/api/types'

const metresPerDegree = 111_320

/** A box that holds the circle of `radiusM` metres around a point. */
export function boxAround(lon: number, lat: number, radiusM: number): Bbox {
  const dLat = radiusM / metresPerDegree
  const dLon = dLat / Math.max(0.01, Math.cos((lat * Math.PI) / 180))
  return [lon - dLon, lat - dLat, lon + dLon, lat + dLat]
}

export function nearestRow(rows: GridRow[], { lon, lat }: { lon: number; lat: number }) {
  const squeeze = Math.cos((lat * Math.PI) / 180)
  let best: GridRow | null = null
  let least = Infinity
  for (const row of rows) {
    const dx = (row.centroid[0] - lon) * squeeze
    const dy = row.centroid[1] - lat
    const distance = dx * dx + dy * dy
    if (distance < least) {
      least = distance
      best = row
    }
  }
  return best
}
