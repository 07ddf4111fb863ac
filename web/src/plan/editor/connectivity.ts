/** What is wrong with the shape of a draft: parts cut off, units in no grid, grids without units. */
import type { Working } from './working'

export interface Part {
  units: number[]
  people: number
}

/** The parts of a set of units that touch along a boundary, the one with most people first, as the server's repair keeps it. */
export function partsOf(working: Working, units: Iterable<number>): Part[] {
  const { board, gridOf } = working
  const waiting = new Set(units)
  const parts: Part[] = []
  for (const first of waiting) {
    waiting.delete(first)
    const grid = gridOf[first]
    const part: Part = { units: [first], people: board.population[first]! }
    for (let next = 0; next < part.units.length; next++) {
      const u = part.units[next]!
      for (let i = board.nearStart[u]!; i < board.nearStart[u + 1]!; i++) {
        const e = board.near[i]!
        const v = board.left[e] === u ? board.right[e]! : board.left[e]!
        if (v < 0 || gridOf[v] !== grid || !waiting.delete(v)) continue
        part.units.push(v)
        part.people += board.population[v]!
      }
    }
    parts.push(part)
  }
  return parts.sort((a, b) => b.people - a.people || b.units.length - a.units.length)
}

/** The units of each grid, and the parts that they fall into, counted anew only where one moved. */
export class Connectivity {
  private readonly members: Set<number>[] = []
  private readonly outside = new Set<number>()
  private readonly stale = new Set<number>()
  private readonly parts: Part[][] = []

  constructor(private readonly working: Working) {
    for (let u = 0; u < working.board.size; u++) this.unitsOf(working.gridOf[u]!).add(u)
    this.gridsChanged()
    working.follow(this)
  }

  unitsOf(grid: number): Set<number> {
    if (grid < 0) return this.outside
    return (this.members[grid] ??= new Set())
  }

  moved(unit: number, from: number, to: number): void {
    this.unitsOf(from).delete(unit)
    this.unitsOf(to).add(unit)
    this.stale.add(from).add(to)
  }

  gridsChanged(): void {
    for (let grid = -1; grid < this.working.codes.length; grid++) this.stale.add(grid)
  }

  /** −1: the units in no grid. */
  partsOf(grid: number): Part[] {
    if (this.stale.delete(grid) || !this.parts[grid + 1])
      this.parts[grid + 1] = partsOf(this.working, this.unitsOf(grid))
    return this.parts[grid + 1]!
  }
}

/** The one grid that lies all around units; −1 where none does, or where the land ends. */
export function surrounding(working: Working, units: readonly number[]): number {
  const { board, gridOf } = working
  const own = gridOf[units[0]!]!
  let found = -1
  for (const u of units) {
    for (let i = board.nearStart[u]!; i < board.nearStart[u + 1]!; i++) {
      const e = board.near[i]!
      const v = board.left[e] === u ? board.right[e]! : board.left[e]!
      if (v < 0) return -1
      const grid = gridOf[v]!
      if (grid === own) continue
      if (grid < 0 || (found >= 0 && grid !== found)) return -1
      found = grid
    }
  }
  return found
}

/** Parts beyond the first of each grid of a level, whatever the grids are; `label` −1: in none. */
export function piecesOf(working: Working, label: (unit: number) => number): number {
  const { board } = working
  const labels = Int32Array.from({ length: board.size }, (_, u) => label(u))
  const seen = new Uint8Array(board.size)
  const grids = new Set<number>()
  let parts = 0
  for (let first = 0; first < board.size; first++) {
    if (seen[first] || labels[first]! < 0) continue
    parts++
    grids.add(labels[first]!)
    seen[first] = 1
    const waiting = [first]
    for (let u = waiting.pop(); u !== undefined; u = waiting.pop()) {
      for (let i = board.nearStart[u]!; i < board.nearStart[u + 1]!; i++) {
        const e = board.near[i]!
        const v = board.left[e] === u ? board.right[e]! : board.left[e]!
        if (v < 0 || seen[v] || labels[v] !== labels[u]) continue
        seen[v] = 1
        waiting.push(v)
      }
    }
  }
  return parts - grids.size
}
