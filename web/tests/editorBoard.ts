/** A drawn town of square units, cut into grids: what the editor's tests stand on. */
import { makeBoard, type Board } from '../src/plan/editor/board'
import { Working } from '../src/plan/editor/working'
import type { BoardChange, Delta, DraftGrid } from '../src/api/drafts'

/** Repeatable random numbers in [0, 1) (mulberry32). */
export function randomly(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** `side` × `side` units of 100 m; unit ids begin at 1001, edges at 1. */
export function town(side: number, random = randomly(1)): Board {
  const size = side * side
  const each = (value: (u: number) => number) => Float64Array.from({ length: size }, (_, u) => value(u)) // prettier-ignore
  const edges: [number, number, number][] = []
  for (let u = 0; u < size; u++) {
    const [row, column] = [Math.floor(u / side), u % side]
    const cls = Math.floor(random() * 9) - 1
    edges.push([u, column + 1 < side ? u + 1 : -1, cls])
    edges.push([u, row + 1 < side ? u + side : -1, cls])
    if (column === 0) edges.push([u, -1, 2])
    if (row === 0) edges.push([u, -1, 2])
  }
  return makeBoard({
    unit: each((u) => 1001 + u),
    code: Array.from({ length: size }, (_, u) => `U${u}`),
    lon: each((u) => 113.6 + (u % side) * 0.001),
    lat: each((u) => 34.75 - Math.floor(u / side) * 0.001),
    population: each(() => Math.floor(random() * 300)),
    households: each(() => Math.floor(random() * 100)),
    area_m2: each(() => 10_000),
    load: each(() => random() * 300),
    incidents: each(() => random() * 5),
    perimeter_m: each(() => 400),
    compoundsOf: Array.from({ length: size }, () => (random() < 0.5 ? [Math.floor(random() * size * 0.2)] : [])), // prettier-ignore
    edge: Float64Array.from(edges, (_, e) => e + 1),
    left: Int32Array.from(edges, ([left]) => left),
    right: Int32Array.from(edges, ([, right]) => right),
    length_m: Float64Array.from(edges, () => 100),
    cls: Int8Array.from(edges, ([, , cls]) => cls),
  })
}

export const sub = (s: number) => `410102${String(s + 1).padStart(3, '0')}`
export const community = (s: number, c: number) => sub(s) + String(c + 1).padStart(3, '0')
export const basic = (s: number, c: number, b: number) =>
  community(s, c) + String(b + 1).padStart(3, '0')

export function grid(code: string): DraftGrid {
  const level = code.length === 9 ? 1 : code.length === 12 ? 2 : 3
  return { code, level, name: { zh: code, en: code }, locked: false, organisation_id: null }
}

/** 2 sub-districts × 2 communities × 2 basic grids, as strips of rows from the north. */
export function strips(board: Board): { grids: DraftGrid[]; codes: string[]; grid: Int32Array } {
  const codes: string[] = []
  const grids: DraftGrid[] = []
  for (const s of [0, 1]) {
    grids.push(grid(sub(s)))
    for (const c of [0, 1]) {
      grids.push(grid(community(s, c)))
      for (const b of [0, 1]) {
        codes.push(basic(s, c, b))
        grids.push(grid(basic(s, c, b)))
      }
    }
  }
  const each = board.size / codes.length
  return { grids, codes, grid: Int32Array.from({ length: board.size }, (_, u) => Math.floor(u / each)) } // prettier-ignore
}

export function workingOf(board: Board): Working {
  const { grids, codes, grid: gridOf } = strips(board)
  return new Working(board, grids, {
    version: 0,
    codes,
    unit: board.unit,
    grid: gridOf,
    pinned: new Uint8Array(board.size),
    together: new Int32Array(board.size).fill(-1),
  })
}

/** What the server tells of a board where some units left and others came, of `board`. */
export function changeTo(
  board: Board,
  gone: number[],
  come: number[],
): Omit<BoardChange, 'version' | 'board'> {
  // prettier-ignore
  const at = come.map((id) => board.at.get(id)!)
  const edges = [...new Set(at.flatMap((u) => [...board.near.subarray(board.nearStart[u], board.nearStart[u + 1])]))] // prettier-ignore
  const of = (column: Float64Array) => at.map((u) => column[u]!)
  const id = (u: number) => (u < 0 ? -1 : board.unit[u]!)
  return {
    terms: board.terms,
    gone,
    units: {
      unit: come,
      code: at.map((u) => board.code[u]!),
      x: of(board.lon), y: of(board.lat), pop: of(board.population), households: of(board.households),
      area_m2: of(board.area_m2), load: of(board.load), incidents: of(board.incidents),
      perimeter_m: of(board.perimeter_m),
      compounds: at.map((u) => [...board.compound.subarray(board.compoundStart[u], board.compoundStart[u + 1])].map((c) => board.compoundName[c]!)),
    },
    edges: {
      edge: edges.map((e) => board.edge[e]!),
      left: edges.map((e) => id(board.left[e]!)),
      right: edges.map((e) => id(board.right[e]!)),
      length_m: edges.map((e) => board.length_m[e]!),
      cls: edges.map((e) => board.cls[e]!),
    },
  } // prettier-ignore
}

/** A board where a unit is cut into two: the first gets its first two edges, the second the others. */
export function halved(board: Board, unit: number, pieces: [number, number]): Board {
  const u = board.at.get(unit)!
  const all = [...board.unit.keys()].filter((v) => v !== u)
  const size = all.length
  const half = (column: Float64Array) => Float64Array.from([...all.map((v) => column[v]!), column[u]! / 2, column[u]! / 2]) // prettier-ignore
  const place = new Map(all.map((v, row) => [v, row]))
  const near = [...board.near.subarray(board.nearStart[u], board.nearStart[u + 1])]
  const side = (e: number, v: number) => v < 0 ? -1 : v === u ? size + (near.indexOf(e) < 2 ? 0 : 1) : place.get(v)! // prettier-ignore
  const named = (v: number) => [...board.compound.subarray(board.compoundStart[v], board.compoundStart[v + 1])].map((c) => board.compoundName[c]!) // prettier-ignore
  // The server names edges anew that a piece has.
  const edges = [...board.edge.keys()].map((e) => ({
    id: near.includes(e) ? board.edge[e]! + 10_000 + unit : board.edge[e]!,
    left: side(e, board.left[e]!), right: side(e, board.right[e]!),
    length_m: board.length_m[e]!, cls: board.cls[e]!,
  })) // prettier-ignore
  edges.push({ id: 20_000 + unit, left: size, right: size + 1, length_m: 100, cls: -1 })
  return makeBoard({
    unit: Float64Array.from([...all.map((v) => board.unit[v]!), ...pieces]),
    code: [...all.map((v) => board.code[v]!), 'a', 'b'],
    lon: half(board.lon), lat: half(board.lat), population: half(board.population), households: half(board.households),
    area_m2: half(board.area_m2), load: half(board.load), incidents: half(board.incidents), perimeter_m: half(board.perimeter_m),
    compoundsOf: [...all.map(named), named(u), named(u)],
    edge: Float64Array.from(edges, (e) => e.id), left: Int32Array.from(edges, (e) => e.left),
    right: Int32Array.from(edges, (e) => e.right), length_m: Float64Array.from(edges, (e) => e.length_m),
    cls: Int8Array.from(edges, (e) => e.cls),
  }) // prettier-ignore
}

export const cutDelta = (unit: number, grid: string, pieces: [string, number][]): Delta => ({
  units: [], grids: [], marks: [],
  cuts: [[[[unit, grid, false, null]], pieces.map(([code, id]) => [id, code, false, null])]],
}) // prettier-ignore
