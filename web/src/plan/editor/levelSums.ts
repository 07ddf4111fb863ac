/** Sums per grid of one level, kept up to date unit by unit: people, loads, outlines, compounds. */
import { clearClass, type Board } from './board'

/** Which of a level's grids a basic grid belongs to; −1 for none. */
export type Above = (basic: number) => number

export class LevelSums {
  readonly codes: string[] = []
  readonly number = new Map<string, number>()
  units = new Float64Array(64)
  population = new Float64Array(64)
  households = new Float64Array(64)
  area_m2 = new Float64Array(64)
  load = new Float64Array(64)
  incidents = new Float64Array(64)
  boundary_m = new Float64Array(64)
  /** The outline without the outer edge of the land, and how much of it is along something clear. */
  inner_m = new Float64Array(64)
  clear_m = new Float64Array(64)
  compoundsCut = new Float64Array(64)
  /** Boundaries between grids, each once. */
  cut_m = 0
  cutClear_m = 0
  cutCompounds = 0
  /** How many units of a compound lie in each grid (−1: in none). */
  private readonly inGrid: Map<number, number>[]

  constructor(
    private readonly board: Board,
    private readonly gridOf: Int32Array,
    private readonly above: Above,
  ) {
    this.inGrid = Array.from({ length: board.compounds }, () => new Map<number, number>())
  }

  numberOf(code: string): number {
    const found = this.number.get(code)
    if (found !== undefined) return found
    const added = this.codes.length
    this.codes.push(code)
    this.number.set(code, added)
    if (added >= this.units.length) this.grow()
    return added
  }

  private get columns() {
    return [
      'units', 'population', 'households', 'area_m2', 'load', 'incidents',
      'boundary_m', 'inner_m', 'clear_m', 'compoundsCut',
    ] as const // prettier-ignore
  }

  private grow(): void {
    for (const name of this.columns) {
      const wider = new Float64Array(this[name].length * 2)
      wider.set(this[name])
      this[name] = wider
    }
  }

  /** Counts everything anew. */
  count(): void {
    for (const name of this.columns) this[name].fill(0)
    this.cut_m = this.cutClear_m = this.cutCompounds = 0
    const { board } = this
    const labels = new Int32Array(board.size)
    for (let u = 0; u < board.size; u++) labels[u] = this.above(this.gridOf[u]!)
    for (let u = 0; u < board.size; u++) this.add(u, labels[u]!, 1)
    for (let e = 0; e < board.edges; e++) {
      const right = board.right[e]!
      if (right < 0) this.outer(e, labels[board.left[e]!]!, 1)
      else this.between(e, labels[board.left[e]!]!, labels[right]!, 1)
    }
    for (const counts of this.inGrid) counts.clear()
    for (let u = 0; u < board.size; u++) {
      for (let i = board.compoundStart[u]!; i < board.compoundStart[u + 1]!; i++) {
        const counts = this.inGrid[board.compound[i]!]!
        counts.set(labels[u]!, (counts.get(labels[u]!) ?? 0) + 1)
      }
    }
    for (const counts of this.inGrid) this.countCompound(counts, 1)
  }

  /** Unit `u` goes from one basic grid to another; `gridOf` still says the former. */
  moved(u: number, from: number, to: number): void {
    const before = this.above(from)
    const after = this.above(to)
    if (before === after) return
    const { board, gridOf } = this
    this.add(u, before, -1)
    this.add(u, after, 1)
    for (let i = board.nearStart[u]!; i < board.nearStart[u + 1]!; i++) {
      const e = board.near[i]!
      const right = board.right[e]!
      if (right < 0) {
        this.outer(e, before, -1)
        this.outer(e, after, 1)
        continue
      }
      const beside = this.above(gridOf[right === u ? board.left[e]! : right]!)
      this.between(e, before, beside, -1)
      this.between(e, after, beside, 1)
    }
    for (let i = board.compoundStart[u]!; i < board.compoundStart[u + 1]!; i++) {
      const counts = this.inGrid[board.compound[i]!]!
      this.countCompound(counts, -1)
      const left = counts.get(before)! - 1
      if (left) counts.set(before, left)
      else counts.delete(before)
      counts.set(after, (counts.get(after) ?? 0) + 1)
      this.countCompound(counts, 1)
    }
    // What is taken away in steps must not leave a rest: a grid without units has nothing.
    if (before >= 0 && this.units[before] === 0)
      for (const name of this.columns) this[name][before] = 0
  }

  private add(u: number, grid: number, sign: 1 | -1): void {
    if (grid < 0) return
    const { board } = this
    this.units[grid]! += sign
    this.population[grid]! += sign * board.population[u]!
    this.households[grid]! += sign * board.households[u]!
    this.area_m2[grid]! += sign * board.area_m2[u]!
    this.load[grid]! += sign * board.load[u]!
    this.incidents[grid]! += sign * board.incidents[u]!
  }

  private outer(e: number, grid: number, sign: 1 | -1): void {
    if (grid >= 0) this.boundary_m[grid]! += sign * this.board.length_m[e]!
  }

  private between(e: number, one: number, other: number, sign: 1 | -1): void {
    if (one === other) return
    const length = sign * this.board.length_m[e]!
    const clear = this.board.cls[e]! >= clearClass ? length : 0
    this.cut_m += length
    this.cutClear_m += clear
    if (one >= 0) {
      this.boundary_m[one]! += length
      this.inner_m[one]! += length
      this.clear_m[one]! += clear
    }
    if (other >= 0) {
      this.boundary_m[other]! += length
      this.inner_m[other]! += length
      this.clear_m[other]! += clear
    }
  }

  private countCompound(counts: Map<number, number>, sign: 1 | -1): void {
    if (counts.size < 2) return
    this.cutCompounds += sign
    for (const grid of counts.keys()) if (grid >= 0) this.compoundsCut[grid]! += sign
  }
}
