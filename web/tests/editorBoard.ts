/** A drawn town of square units, cut into grids: what the editor's tests stand on. */
import { makeBoard, type Board } from '../src/plan/editor/board'
import { Working } from '../src/plan/editor/working'
import type { DraftGrid } from '../src/api/drafts'

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
