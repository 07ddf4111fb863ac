/** Who closes on time: the units directly below whoever looks, and what can be said of each. */
import type { Ranked, Ranking } from '@/api/scores'
import type { Name } from '@/api/types'
import type { Row } from '@/closure/figures'
import type { UnitsBelow } from './api'

/** Is it better or worse than its mix explains, can nobody tell, or is there too little to say? */
export type Verdict = 'above' | 'below' | 'few' | 'even'
export interface WhoRow {
  key: string
  name: Name | null
  rank: number
  /** The ranks that it might as well be; null where they were not worked out. */
  low: number | null
  high: number | null
  verdict: Verdict
  named: boolean
}

const few = 30

export function whoRows(told: UnitsBelow): (WhoRow & { row: Row })[] {
  return told.items.map((row) => {
    const { rank, rank_low: low, rank_high: high, apart } = row.on_time_rate
    return {
      key: row.key,
      name: row.name,
      rank: rank ?? 0,
      low,
      high,
      verdict: row.due < few ? 'few' : (apart ?? 'even'),
      named: told.named.includes(row.key),
      row,
    }
  })
}

export function pointRows(told: Ranking): (WhoRow & { row: Ranked })[] {
  const ranked = told.items.filter((row) => row.rank !== null)
  const last = lastOf(ranked.map((row) => row.points))
  return ranked.map((row) => ({
    key: row.code,
    name: row.name,
    rank: row.rank!,
    low: row.fair?.rank_low ?? null,
    high: row.fair?.rank_high ?? null,
    verdict: row.small ? 'few' : (row.fair?.apart ?? 'even'),
    named: last !== null && row.points <= last,
    row,
  }))
}

/** Up to which value one is of the last three, or as low as the third from the end; never more
 * than half of all. The same rule as on the server, where only some rankings name them. */
export function lastOf(values: number[]): number | null {
  const least = [...values].sort((a, b) => a - b)
  const half = Math.floor(least.length / 2)
  for (let count = Math.min(3, half); count > 0; count--) {
    const edge = least[count - 1]!
    if (least.filter((one) => one <= edge).length <= half) return edge
  }
  return null
}

/** How many rows there is room for in a list of a height, in pixels. */
export const roomFor = (height: number): number => Math.max(3, Math.floor(height / 46))

/** So many that one sees them at a glance: all, or the first and the last. Those between are a
 * number, in a row of their own. */
export function atAGlance<T>(rows: T[], most: number): { first: T[]; between: number; last: T[] } {
  if (rows.length <= most) return { first: rows, between: 0, last: [] }
  const last = rows.slice(-3)
  const first = rows.slice(0, Math.max(0, most - 1 - last.length))
  return { first, between: rows.length - first.length - last.length, last }
}

/** Whom the sentence on top names: who is behind by more than chance, else the last. */
export function behind<T extends WhoRow>(rows: T[]): { sure: boolean; rows: T[] } {
  const sure = rows.filter((one) => one.named && one.verdict === 'below')
  return sure.length
    ? { sure: true, rows: sure }
    : { sure: false, rows: rows.filter((one) => one.named) }
}
