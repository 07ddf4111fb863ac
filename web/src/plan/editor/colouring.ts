/** Hues of grids, so that neighbours never share one; a grid keeps its hue as long as it can. */
import type { Board } from './board'

export const hueCount = 6

export class Hues {
  private hue: number[] = []

  /** The grids' neighbours, by number, from the units as they are now. */
  static neighbours(board: Board, gridOf: Int32Array): Map<number, Set<number>> {
    const near = new Map<number, Set<number>>()
    const add = (one: number, other: number) => {
      const all = near.get(one)
      if (all) all.add(other)
      else near.set(one, new Set([other]))
    }
    for (let e = 0; e < board.edges; e++) {
      if (board.right[e]! < 0) continue
      const one = gridOf[board.left[e]!]!
      const other = gridOf[board.right[e]!]!
      if (one === other || one < 0 || other < 0) continue
      add(one, other)
      add(other, one)
    }
    return near
  }

  of(grid: number): number {
    return this.hue[grid] ?? 0
  }

  /**
   * Gives hues anew where they are missing or where neighbours share one; the grids whose hue
   * changed. Where its neighbours have taken all six, a grid takes the one that fewest have.
   */
  update(near: Map<number, Set<number>>, grids: Iterable<number>): number[] {
    const changed: number[] = []
    // The most crowded first: they have the least choice (Welsh and Powell 1967).
    const order = [...grids].sort(
      (a, b) => (near.get(b)?.size ?? 0) - (near.get(a)?.size ?? 0) || a - b,
    )
    const used = new Array<number>(hueCount).fill(0)
    for (const grid of order) if (this.hue[grid] !== undefined) used[this.hue[grid]!]!++
    for (const grid of order) {
      const taken = new Array<number>(hueCount).fill(0)
      for (const other of near.get(grid) ?? [])
        if (this.hue[other] !== undefined) taken[this.hue[other]!]!++
      const now = this.hue[grid]
      if (now !== undefined && !taken[now]) continue
      let best = now ?? 0
      for (let hue = 0; hue < hueCount; hue++) {
        const better =
          taken[hue]! - taken[best]! || (now === undefined ? used[hue]! - used[best]! : 0)
        if (better < 0) best = hue
      }
      if (best === now) continue
      this.hue[grid] = best
      used[best]!++
      changed.push(grid)
    }
    return changed
  }
}
