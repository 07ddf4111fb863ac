/** What is wrong with a draft, the gravest first, each with where it is and how it is mended. */
import type { LonLat } from '@/api/types'
import { surrounding } from './connectivity'
import type { DraftState } from './draftState'

export type ProblemKind = 'unassigned' | 'island' | 'hole' | 'empty' | 'outside'

export interface Problem {
  kind: ProblemKind
  /** The basic grid; null for units in none. */
  grid: string | null
  /** The one basic grid that lies all around it. */
  within: string | null
  units: number[]
  people: number
  deviation: number | null
  at: LonLat | null
}

export function problemsOf(state: DraftState, tolerance: number): Problem[] {
  const { working, connectivity, figures, board } = state
  if (!working || !connectivity || !figures || !board) return []
  const found: Problem[] = []
  const place = (units: readonly number[]): LonLat | null => {
    const u = units[0]
    return u === undefined ? null : [board.lon[u]!, board.lat[u]!]
  }
  const people = (units: readonly number[]) =>
    units.reduce((sum, u) => sum + board.population[u]!, 0)
  const around = (units: readonly number[]) => {
    const grid = units.length ? surrounding(working, units) : -1
    return grid < 0 ? null : working.codes[grid]!
  }
  const add = (kind: ProblemKind, grid: string | null, units: number[], deviation?: number) =>
    found.push({
      kind,
      grid,
      within: around(units),
      units,
      people: people(units),
      deviation: deviation ?? null,
      at: place(units),
    })
  for (const part of connectivity.partsOf(-1)) add('unassigned', null, part.units)
  const rows = figures.grids(3)
  for (const { code } of rows)
    for (const part of connectivity.partsOf(working.number.get(code)!).slice(1))
      add('island', code, part.units)
  // A grid that wholly lies in another one: whoever walks the other one walks around it.
  for (const { code } of rows) {
    const [main] = connectivity.partsOf(working.number.get(code)!)
    if (main && around(main.units)) add('hole', code, main.units)
  }
  for (const { code, units } of rows) if (!units) add('empty', code, [])
  const outside = rows
    .filter((row) => row.units && Math.abs(row.deviation) > tolerance + 1e-12)
    .sort((a, b) => Math.abs(b.deviation) - Math.abs(a.deviation))
  for (const row of outside) {
    const all = [...connectivity.unitsOf(working.number.get(row.code)!)]
    found.push({
      kind: 'outside',
      grid: row.code,
      within: null,
      units: all,
      people: row.population,
      deviation: row.deviation,
      at: place(all),
    })
  }
  return found
}

/** The box around units' points, with some room; null where there are none. */
export function boxOf(
  board: NonNullable<DraftState['board']>,
  units: Iterable<number>,
): [number, number, number, number] | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const u of units) {
    west = Math.min(west, board.lon[u]!)
    east = Math.max(east, board.lon[u]!)
    south = Math.min(south, board.lat[u]!)
    north = Math.max(north, board.lat[u]!)
  }
  if (west > east) return null
  const room = Math.max(0.0006, (east - west) * 0.15, (north - south) * 0.15)
  return [west - room, south - room, east + room, north + room]
}
