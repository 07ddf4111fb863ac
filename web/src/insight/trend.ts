/** Counts per day or week with no day missing, so that a quiet day is a zero and not a gap. */
import type { DayCounts } from '@/api/types'

export type Bin = Pick<DayCounts, 'day' | 'found' | 'closed'>

const oneDay = 86_400_000
const at = (day: string) => Date.parse(`${day}T00:00:00Z`)
const write = (time: number) => new Date(time).toISOString().slice(0, 10)

export type Step = 'day' | 'week'

/** From `first` to `last` (calendar days, both included); weeks begin on `first`. */
export function fillDays(counts: Bin[], first: string, last: string, step: Step): Bin[] {
  const width = step === 'week' ? 7 : 1
  const start = at(first)
  const length = Math.max(0, Math.floor((at(last) - start) / oneDay / width) + 1)
  const bins = Array.from({ length }, (_, index): Bin => ({
    day: write(start + index * width * oneDay),
    found: 0,
    closed: 0,
  }))
  for (const { day, found, closed } of counts) {
    const bin = bins[Math.floor((at(day) - start) / oneDay / width)]
    if (!bin) continue
    bin.found += found
    bin.closed += closed
  }
  return bins
}

export function stepFor(first: string, last: string): Step {
  return (at(last) - at(first)) / oneDay > 62 ? 'week' : 'day'
}
