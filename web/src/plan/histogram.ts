/** Counts of deviations in bins of equal width that meet the tolerance band at its edges. */
export interface Bin {
  from: number
  to: number
  count: number
  within: boolean
}

export function deviationBins(deviations: number[], tolerance: number): Bin[] {
  const width = Math.max(tolerance, 0.005) / 2
  const furthest = Math.max(tolerance * 2, ...deviations.map(Math.abs))
  // Odd outliers must not squeeze the rest into one bar: at most 20 bins a side, the last one open.
  const side = Math.min(20, Math.max(4, Math.ceil(furthest / width - 1e-9)))
  const bins = Array.from({ length: side * 2 }, (_, index): Bin => {
    const from = (index - side) * width
    const middle = from + width / 2
    return { from, to: from + width, count: 0, within: Math.abs(middle) <= tolerance + 1e-12 }
  })
  for (const deviation of deviations) {
    const at = Math.floor(deviation / width + 1e-9) + side
    bins[Math.max(0, Math.min(bins.length - 1, at))]!.count += 1
  }
  return bins
}
