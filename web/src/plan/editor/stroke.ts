/** One stroke of a tool: units that go to a grid as the hand moves, shown at once, stored at its end. */
import type { Delta, Kind } from '@/api/drafts'
import type { DraftDesk } from './draftState'
import { deltaOfMoves } from './deltas'
import { assignParams } from './pending'

/** Units that a stroke met and could not take. */
export interface Skipped {
  pinned: number
  locked: number
}

export class Stroke {
  /** Where each unit was that the stroke has moved. */
  private readonly from = new Map<number, number>()
  private readonly blocked = { pinned: new Set<number>(), locked: new Set<number>() }

  constructor(
    private readonly desk: DraftDesk,
    /** The number of the grid that takes the units. */
    readonly to: number,
    /** Moves only units that are in this grid. */
    private readonly only: number | null = null,
  ) {
    desk.hold()
  }

  private get working() {
    return this.desk.state.working!
  }

  get skipped(): Skipped {
    return { pinned: this.blocked.pinned.size, locked: this.blocked.locked.size }
  }

  /** Where a unit was before the stroke; undefined if the stroke has not moved it. */
  before(unit: number): number | undefined {
    return this.from.get(unit)
  }

  /** Takes units, with those that are kept together with them. */
  take(units: Iterable<number>): void {
    const { working } = this
    let moved = false
    for (const unit of units) {
      if (this.from.has(unit) || working.gridOf[unit] === this.to) continue
      if (this.only !== null && working.gridOf[unit] !== this.only) continue
      const group = [...working.group(unit)].filter((u) => working.gridOf[u] !== this.to)
      if (group.some((u) => working.pinned[u])) this.blocked.pinned.add(unit)
      else if (working.locked(this.to) || group.some((u) => working.locked(working.gridOf[u]!)))
        this.blocked.locked.add(unit)
      else
        for (const u of group) {
          this.from.set(u, working.gridOf[u]!)
          working.move(u, this.to)
          moved = true
        }
    }
    if (moved) this.desk.touched()
  }

  /** For tools whose shape can also shrink: exactly these units, whatever was taken before. */
  takeExactly(units: readonly number[]): void {
    const wanted = new Set<number>()
    for (const unit of units) for (const u of this.working.group(unit)) wanted.add(u)
    let moved = false
    for (const [u, before] of this.from) {
      if (wanted.has(u)) continue
      this.working.move(u, before)
      this.from.delete(u)
      moved = true
    }
    this.take(units)
    if (moved) this.desk.touched()
  }

  /** Stores it; null where it moved nothing. */
  end(): { delta: Delta; stored: Promise<unknown> } | null {
    const delta = deltaOfMoves(this.working, this.from)
    const stored = delta.units.length
      ? this.desk.submit('assign', assignParams(delta), delta)
      : null
    this.desk.release()
    return stored && { delta, stored }
  }

  /** Stores what another operation makes of it, and shows the stroke until that is known. */
  endAs(kind: Kind, params: Record<string, unknown>): Promise<unknown> {
    const delta = deltaOfMoves(this.working, this.from)
    const stored = this.desk.submit(kind, params, delta.units.length ? delta : null)
    this.desk.release()
    return stored
  }

  cancel(): void {
    for (const [unit, before] of this.from) this.working.move(unit, before)
    this.from.clear()
    this.desk.touched()
    this.desk.release()
  }
}
