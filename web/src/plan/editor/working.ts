/** The working copy: which unit is in which basic grid, and what is locked, pinned or together. */
import type { Delta, DraftGrid, GridValue } from '@/api/drafts'
import type { Level } from '@/api/types'
import type { Assignment, Board } from './board'

export const digits: Record<Level, number> = { 1: 9, 2: 12, 3: 15 }
export const levelOf = (code: string): Level =>
  code.length === digits[1] ? 1 : code.length === digits[2] ? 2 : 3

export const gridFrom = (code: string, value: GridValue): DraftGrid => ({
  code,
  level: levelOf(code),
  name: { zh: value.name_zh, en: value.name_en ?? '' },
  locked: value.locked,
  organisation_id: value.organisation_id,
})

/** Called for each unit that moves, before it is counted in its new grid. */
export interface Follower {
  moved(unit: number, from: number, to: number): void
  gridsChanged(): void
}

export class Working {
  /** Basic grids by number. A number stays with its code, also after the grid is gone. */
  readonly codes: string[] = []
  readonly number = new Map<string, number>()
  /** Grids of all levels that exist. */
  readonly grids = new Map<string, DraftGrid>()
  readonly gridOf: Int32Array
  readonly pinned: Uint8Array
  readonly together: Int32Array
  private readonly groups = new Map<number, Set<number>>()
  private readonly followers: Follower[] = []

  constructor(
    readonly board: Board,
    grids: DraftGrid[],
    assignment: Assignment,
  ) {
    const sorted = [...grids].sort((a, b) => (a.code < b.code ? -1 : 1))
    for (const grid of sorted) this.grids.set(grid.code, grid)
    for (const grid of this.grids.values()) if (grid.level === 3) this.numberOf(grid.code)
    this.gridOf = new Int32Array(board.size).fill(-1)
    this.pinned = new Uint8Array(board.size)
    this.together = new Int32Array(board.size).fill(-1)
    assignment.unit.forEach((id, row) => {
      const u = board.at.get(id)
      if (u === undefined) return
      const grid = assignment.grid[row]!
      if (grid >= 0) this.gridOf[u] = this.numberOf(assignment.codes[grid]!)
      this.pinned[u] = assignment.pinned[row]!
      this.setTogether(u, assignment.together[row]!)
    })
  }

  follow(follower: Follower): void {
    this.followers.push(follower)
  }

  numberOf(code: string): number {
    let found = this.number.get(code)
    if (found === undefined) {
      found = this.codes.length
      this.codes.push(code)
      this.number.set(code, found)
    }
    return found
  }

  codeOf(unit: number): string | null {
    const grid = this.gridOf[unit]!
    return grid < 0 ? null : this.codes[grid]!
  }

  exists(grid: number): boolean {
    return grid >= 0 && this.grids.has(this.codes[grid]!)
  }

  /** A lock holds for all that is below it. */
  locked(grid: number): boolean {
    if (grid < 0) return false
    const code = this.codes[grid]!
    return Object.values(digits).some((length) => this.grids.get(code.slice(0, length))?.locked)
  }

  /** The units that move with this one: its group, or itself alone. */
  group(unit: number): Iterable<number> {
    const group = this.together[unit]!
    return group < 0 ? [unit] : (this.groups.get(group) ?? [unit])
  }

  move(unit: number, to: number): void {
    const from = this.gridOf[unit]!
    if (from === to) return
    for (const follower of this.followers) follower.moved(unit, from, to)
    this.gridOf[unit] = to
  }

  setTogether(unit: number, group: number): void {
    const before = this.together[unit]!
    if (before >= 0) this.groups.get(before)?.delete(unit)
    this.together[unit] = group
    if (group < 0) return
    const all = this.groups.get(group)
    if (all) all.add(unit)
    else this.groups.set(group, new Set([unit]))
  }

  /**
   * Does what an operation has done. A unit that is not where the operation took it from stays;
   * gives the ids of those. `cuts` need a new board and are not done here.
   */
  apply(delta: Delta): number[] {
    const left: number[] = []
    for (const [code, , after] of delta.grids) if (after) this.setGrid(code, after)
    for (const [before, after, ids] of delta.units) {
      const from = before === null ? -1 : this.numberOf(before)
      const to = after === null ? -1 : this.numberOf(after)
      for (const id of ids) {
        const u = this.board.at.get(id)
        if (u === undefined || this.gridOf[u] !== from) left.push(id)
        else this.move(u, to)
      }
    }
    for (const [, after, ids] of delta.marks) {
      for (const id of ids) {
        const u = this.board.at.get(id)
        if (u === undefined) continue
        this.pinned[u] = after.pinned ? 1 : 0
        this.setTogether(u, after.together ?? -1)
      }
    }
    for (const [code, , after] of delta.grids) if (!after) this.grids.delete(code)
    if (delta.grids.length) this.followers.forEach((follower) => follower.gridsChanged())
    return left
  }

  private setGrid(code: string, value: GridValue): void {
    if (levelOf(code) === 3) this.numberOf(code)
    this.grids.set(code, gridFrom(code, value))
  }
}
