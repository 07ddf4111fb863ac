/** After a cut or its undoing: a board and a working copy made of the former ones and of what is new. */
import type { BoardChange, DraftGrid, Operation } from '@/api/drafts'
import { makeBoard, type Board } from './board'
import { gridFrom, Working } from './working'

/** The board without the units that are gone, and with those that came. */
export function changedBoard(board: Board, change: BoardChange): Board {
  const gone = new Set(change.gone)
  const fresh = [...change.units.unit.keys()].filter((i) => !board.at.has(change.units.unit[i]!))
  const stays: number[] = []
  const place = new Int32Array(board.size).fill(-1)
  for (let u = 0; u < board.size; u++) if (!gone.has(board.unit[u]!)) place[u] = stays.push(u) - 1
  const at = new Map(fresh.map((i, row) => [change.units.unit[i]!, stays.length + row]))
  const positionOf = (id: number) => at.get(id) ?? place[board.at.get(id) ?? -1] ?? -1

  const joined = (former: Float64Array, column: readonly number[]) => {
    const all = new Float64Array(stays.length + fresh.length)
    stays.forEach((u, row) => (all[row] = former[u]!))
    fresh.forEach((i, row) => (all[stays.length + row] = column[i]!))
    return all
  }
  const kept: number[] = []
  for (let e = 0; e < board.edges; e++) {
    const right = board.right[e]!
    if (place[board.left[e]!]! >= 0 && (right < 0 || place[right]! >= 0)) kept.push(e)
  }
  const known = new Set(kept.map((e) => board.edge[e]!))
  const added = [...change.edges.edge.keys()].filter((i) => !known.has(change.edges.edge[i]!))
  const edges = <T extends Float64Array | Int32Array | Int8Array>(
    all: T,
    former: (e: number) => number,
    column: (i: number) => number,
  ): T => {
    kept.forEach((e, row) => (all[row] = former(e)))
    added.forEach((i, row) => (all[kept.length + row] = column(i)))
    return all
  }
  const count = kept.length + added.length
  const { units, edges: lines } = change
  const compoundsOf = (u: number) =>
    Array.from(board.compound.subarray(board.compoundStart[u], board.compoundStart[u + 1]), (c) => board.compoundName[c]!) // prettier-ignore
  return makeBoard({
    terms: board.terms,
    unit: joined(board.unit, units.unit),
    code: [...stays.map((u) => board.code[u]!), ...fresh.map((i) => units.code[i]!)],
    lon: joined(board.lon, units.x),
    lat: joined(board.lat, units.y),
    population: joined(board.population, units.pop),
    households: joined(board.households, units.households),
    area_m2: joined(board.area_m2, units.area_m2),
    load: joined(board.load, units.load),
    incidents: joined(board.incidents, units.incidents),
    perimeter_m: joined(board.perimeter_m, units.perimeter_m),
    compoundsOf: [...stays.map(compoundsOf), ...fresh.map((i) => units.compounds[i]!)],
    edge: edges(new Float64Array(count), (e) => board.edge[e]!, (i) => lines.edge[i]!),
    left: edges(new Int32Array(count), (e) => place[board.left[e]!]!, (i) => positionOf(lines.left[i]!)),
    right: edges(
      new Int32Array(count),
      (e) => (board.right[e]! < 0 ? -1 : place[board.right[e]!]!),
      (i) => (lines.right[i]! < 0 ? -1 : positionOf(lines.right[i]!)),
    ),
    length_m: edges(new Float64Array(count), (e) => board.length_m[e]!, (i) => lines.length_m[i]!),
    cls: edges(new Int8Array(count), (e) => board.cls[e]!, (i) => lines.cls[i]!),
  }) // prettier-ignore
}

interface UnitNow {
  grid: string | null
  pinned: boolean
  together: number | null
}

/** The working copy on another board, after operations that came one after the other. */
export function carried(working: Working, board: Board, operations: readonly Operation[]): Working {
  const grids = new Map(working.grids)
  const touched = new Map<number, UnitNow>()
  const now = (id: number): UnitNow => {
    const found = touched.get(id)
    if (found) return found
    const u = working.board.at.get(id)
    const together = u === undefined ? -1 : working.together[u]!
    return {
      grid: u === undefined ? null : working.codeOf(u),
      pinned: u !== undefined && working.pinned[u] === 1,
      together: together < 0 ? null : together,
    }
  }
  for (const { delta } of operations) {
    for (const [, come] of delta.cuts)
      for (const [id, grid, pinned, together] of come) touched.set(id, { grid, pinned, together })
    for (const [, grid, ids] of delta.units)
      for (const id of ids) touched.set(id, { ...now(id), grid })
    for (const [, mark, ids] of delta.marks)
      for (const id of ids) touched.set(id, { ...now(id), ...mark })
    for (const [code, , value] of delta.grids) {
      if (value) grids.set(code, gridFrom(code, value))
      else grids.delete(code)
    }
  }
  const codes: string[] = []
  const numbers = new Map<string | null, number>([[null, -1]])
  const grid = new Int32Array(board.size)
  const pinned = new Uint8Array(board.size)
  const together = new Int32Array(board.size)
  board.unit.forEach((id, u) => {
    const one = now(id)
    if (!numbers.has(one.grid)) numbers.set(one.grid, codes.push(one.grid!) - 1)
    grid[u] = numbers.get(one.grid)!
    pinned[u] = one.pinned ? 1 : 0
    together[u] = one.together ?? -1
  })
  const all: DraftGrid[] = [...grids.values()]
  return new Working(board, all, {
    version: operations.at(-1)!.number,
    codes,
    unit: board.unit,
    grid,
    pinned,
    together,
  })
}
