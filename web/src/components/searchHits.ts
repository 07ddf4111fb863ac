/** What was found, in groups and in the order in which the arrow keys go through it. */
import type { Found } from '@/api/desk'
import type { GridRef, Level } from '@/api/types'
import type { GridHit } from './findGrids'

export type Hit =
  | { kind: 'incidents'; key: string; row: Found['incidents'][number] }
  | { kind: 'people'; key: string; row: Found['people'][number] }
  | { kind: 'grids'; key: string; row: GridRef; level: Level }
  | { kind: 'departments'; key: string; row: GridRef }
  | { kind: 'places'; key: string; row: Found['places'][number] }
export interface HitGroup {
  kind: Hit['kind']
  /** Place of its first hit among all. */
  first: number
  hits: Hit[]
}

/** `known`: grids that the page has at once; the server adds those that it finds by pinyin. */
export function groupHits(known: GridHit[], found: Found | null): HitGroup[] {
  const grids = new Map(known.map(({ row, level }) => [row.code, { row: row as GridRef, level }]))
  for (const row of found?.grids ?? []) {
    if (!grids.has(row.code)) grids.set(row.code, { row, level: row.level })
  }
  const all: Hit[][] = [
    (found?.incidents ?? []).map((row) => ({ kind: 'incidents', key: `i${row.id}`, row })),
    (found?.people ?? []).map((row) => ({ kind: 'people', key: `p${row.id}`, row })),
    [...grids.values()].map((one) => ({ kind: 'grids', key: `g${one.row.code}`, ...one })),
    (found?.departments ?? []).map((row) => ({ kind: 'departments', key: `d${row.id}`, row })),
    (found?.places ?? []).map((row, index) => ({ kind: 'places', key: `x${index}`, row })),
  ]
  let first = 0
  return all
    .filter((hits) => hits.length)
    .map((hits) => {
      const group = { kind: hits[0]!.kind, first, hits }
      first += hits.length
      return group
    })
}
