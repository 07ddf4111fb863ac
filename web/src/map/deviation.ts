/** The diverging scale of deviation: blue too few, white in the band, orange too many. */
import type { ExpressionSpecification } from 'maplibre-gl'
import type { Theme } from '@/state/theme'

const ramps: Record<Theme, [string, string, string, string, string]> = {
  light: ['#2c6fb0', '#b5d0e8', '#fbfaf6', '#f7cfa6', '#c05a12'],
  dark: ['#4f96d6', '#2f4d66', '#3a3d40', '#6e4a2c', '#e58a3f'],
}

/** Where the ramp saturates: three tolerances, but never closer than ±10 %. */
export function deviationExtent(tolerance: number): number {
  return Math.min(1, Math.max(0.1, 3 * tolerance))
}

/** `[deviation, colour]` from most negative to most positive; white only inside the band. */
export function deviationStops(tolerance: number, theme: Theme): [number, string][] {
  const [few, fewer, none, more, many] = ramps[theme]
  const extent = deviationExtent(tolerance)
  const band = Math.min(Math.max(tolerance, 0.001), extent / 2)
  return [
    [-extent, few],
    [-band, fewer],
    [0, none],
    [band, more],
    [extent, many],
  ]
}

export function deviationFill(tolerance: number, theme: Theme): ExpressionSpecification {
  return [
    'interpolate',
    ['linear'],
    ['to-number', ['get', 'deviation'], 0],
    ...deviationStops(tolerance, theme).flat(),
  ] as unknown as ExpressionSpecification
}

/** Width (0–50 %) and side of the small centred bar of a row. */
export function deviationBar(deviation: number, tolerance: number) {
  const share = Math.min(1, Math.abs(deviation) / deviationExtent(tolerance))
  return {
    side: deviation < 0 ? ('few' as const) : ('many' as const),
    width: share * 50,
    beyond: Math.abs(deviation) > tolerance,
  }
}
