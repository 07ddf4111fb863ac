/** A circle on the ground as a ring of degrees: its radius in metres, closed, 48 corners. */
import type { LonLat } from '@/api/types'

const METRES_PER_DEGREE = 111_320
const CORNERS = 48

export function circle([lon, lat]: LonLat, radius_m: number): LonLat[] {
  const dLat = radius_m / METRES_PER_DEGREE
  const dLon = dLat / Math.max(0.01, Math.cos((lat * Math.PI) / 180))
  return Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const turn = ((corner % CORNERS) / CORNERS) * 2 * Math.PI
    return [lon + dLon * Math.cos(turn), lat + dLat * Math.sin(turn)]
  })
}

/** How far two places are from each other, in metres; exact enough within a city. */
export function apart_m(a: LonLat, b: LonLat): number {
  const dx = (b[0] - a[0]) * Math.cos((((a[1] + b[1]) / 2) * Math.PI) / 180)
  return METRES_PER_DEGREE * Math.hypot(dx, b[1] - a[1])
}
