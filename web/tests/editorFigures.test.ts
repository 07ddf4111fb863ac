import { describe, expect, it } from 'vitest'
import { hueCount, Hues } from '../src/plan/editor/colouring'
import { Connectivity, partsOf } from '../src/plan/editor/connectivity'
import { Figures } from '../src/plan/editor/figures'
import { isInside, mercator, pulled, rectangle, UnitPoints } from '../src/plan/editor/picking'
import { Working } from '../src/plan/editor/working'
import { basic, community, grid, randomly, strips, town, workingOf } from './editorBoard'

const levels = [1, 2, 3] as const

/** The same working copy, counted from nothing. */
function anew(working: Working): Figures {
  return new Figures(
    new Working(working.board, [...working.grids.values()], {
      version: 0,
      codes: working.codes,
      unit: working.board.unit,
      grid: working.gridOf,
      pinned: working.pinned,
      together: working.together,
    }),
  )
}

function expectSame(kept: Figures, counted: Figures): void {
  for (const level of levels) {
    const [a, b] = [kept.grids(level), counted.grids(level)]
    expect(a.map((row) => row.code)).toEqual(b.map((row) => row.code))
    a.forEach((row, index) => {
      for (const [key, value] of Object.entries(row)) {
        const other = b[index]![key as keyof typeof row]
        if (typeof value !== 'number') expect(value).toBe(other)
        else expect(Math.abs(value - Number(other))).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value))) // prettier-ignore
      }
    })
    const [p, q] = [kept.plan(level, 0.05), counted.plan(level, 0.05)]
    for (const key of Object.keys(p) as (keyof typeof p)[])
      expect(p[key]).toBeCloseTo(q[key] as number, 8)
  }
}

describe('figures', () => {
  it('are the same counted step by step and counted anew, over thousands of random moves', () => {
    const random = randomly(7)
    const board = town(24, random)
    const working = workingOf(board)
    const figures = new Figures(working)
    for (let round = 0; round < 20; round++) {
      for (let step = 0; step < 300; step++) {
        const unit = Math.floor(random() * board.size)
        working.move(unit, Math.floor(random() * 9) - 1)
      }
      expectSame(figures, anew(working))
    }
  })

  it('follow grids that come and go', () => {
    const board = town(16)
    const working = workingOf(board)
    const figures = new Figures(working)
    const added = basic(0, 1, 7)
    const value = { name_zh: '新', name_en: null, organisation_id: null, locked: false }
    const ids = [...board.unit.slice(0, 9)]
    working.apply({
      grids: [[added, null, value]],
      units: [[working.codes[0]!, added, ids]],
      marks: [],
      cuts: [],
    })
    expectSame(figures, anew(working))
    expect(figures.grids(3).find((row) => row.code === added)!.units).toBe(9)
    working.apply({
      grids: [[added, value, null]],
      units: [[added, working.codes[0]!, ids]],
      marks: [],
      cuts: [],
    })
    expect(figures.grids(3).some((row) => row.code === added)).toBe(false)
    expectSame(figures, anew(working))
  })

  it('measure a square of known size by hand', () => {
    const board = town(8)
    const working = workingOf(board)
    const figures = new Figures(working)
    const [first] = figures.grids(3)
    expect(first!.units).toBe(8)
    expect(first!.boundary_m).toBe(1800)
    expect(first!.compactness).toBeCloseTo((4 * Math.PI * 80_000) / 1800 ** 2, 12)
    expect(figures.plan(3, 0.05).cut_m).toBe(7 * 800)
    expect(figures.plan(1, 0.05).cut_m).toBe(800)
    const loads = figures.grids(1)
    const half = (loads[0]!.load + loads[1]!.load) / 2
    expect(loads[0]!.deviation).toBeCloseTo(loads[0]!.load / half - 1, 12)
  })
})

describe('connectivity', () => {
  it('finds parts cut off, the main part first, and mends when they join again', () => {
    const board = town(16)
    const working = workingOf(board)
    const connectivity = new Connectivity(working)
    const far = 8 * 16 + 8
    expect(connectivity.partsOf(0)).toHaveLength(1)
    working.move(far, 0)
    expect(connectivity.partsOf(0).map((part) => part.units.length)).toEqual([32, 1])
    expect(partsOf(working, connectivity.unitsOf(0))).toEqual(connectivity.partsOf(0))
    for (let row = 2; row < 8; row++) working.move(row * 16 + 8, 0)
    expect(connectivity.partsOf(0)).toHaveLength(1)
    working.move(far, -1)
    expect(connectivity.partsOf(-1).map((part) => part.units)).toEqual([[far]])
  })
})

describe('hues', () => {
  it('differ between neighbours, also after random changes, and seldom change', () => {
    const random = randomly(3)
    const board = town(16, random)
    const { grids, codes } = strips(board)
    const working = new Working(board, grids, {
      version: 0,
      codes,
      unit: board.unit,
      grid: Int32Array.from({ length: board.size }, (_, u) => (Math.floor((u % 16) / 4) + 4 * Math.floor(u / 128))), // prettier-ignore
      pinned: new Uint8Array(board.size),
      together: new Int32Array(board.size).fill(-1),
    })
    const hues = new Hues()
    const numbers = working.codes.map((_, g) => g)
    hues.update(Hues.neighbours(board, working.gridOf), numbers)
    for (let step = 0; step < 40; step++) {
      const from = Math.floor(random() * board.size)
      const e = board.near[board.nearStart[from]!]!
      const beside = board.left[e] === from ? board.right[e]! : board.left[e]!
      if (beside >= 0) working.move(from, working.gridOf[beside]!)
      const near = Hues.neighbours(board, working.gridOf)
      const changed = hues.update(near, numbers)
      expect(changed.length).toBeLessThan(4)
      for (const [one, others] of near)
        for (const other of others)
          if (others.size < hueCount) expect(hues.of(one)).not.toBe(hues.of(other))
    }
  })
})

describe('picking', () => {
  const board = town(20)
  const points = new UnitPoints(board)
  const at = (u: number) => mercator(board.lon[u]!, board.lat[u]!)
  const all = Array.from({ length: board.size }, (_, u) => u)

  it('finds what a look at every unit finds: in lassos, under brushes, in rectangles', () => {
    const random = randomly(5)
    const some = () => at(Math.floor(random() * board.size))
    for (let round = 0; round < 12; round++) {
      const ring = Array.from({ length: 5 }, some)
      const inside = all.filter((u) => isInside(ring, ...at(u)))
      expect(points.inside(ring).sort((a, b) => a - b)).toEqual(inside)
      const [a, b] = [some(), some()]
      const box = rectangle(a, b)
      expect(points.inside(box).every((u) => isInside(box, ...at(u)))).toBe(true)
      const radius = 4e-6
      const covered = points.along(a, b, radius)
      for (const u of all) {
        const [x, y] = at(u)
        const near = [...Array(41).keys()].some((i) => Math.hypot(x - a[0] - ((b[0] - a[0]) * i) / 40, y - a[1] - ((b[1] - a[1]) * i) / 40) <= radius * 0.97) // prettier-ignore
        if (near) expect(covered).toContain(u)
      }
    }
    expect(points.nearest(at(77))).toBe(77)
  })

  it('pulls a boundary to the hand and holds it at both ends', () => {
    const ring = pulled([0, 0], [10, 0], 4)
    expect(isInside(ring, 9.5, 0)).toBe(true)
    expect(isInside(ring, 11, 0)).toBe(false)
    expect(isInside(ring, 9.5, 6)).toBe(false)
    expect(pulled([1, 1], [1, 1], 4)).toEqual([])
  })
})

describe('the working copy', () => {
  it('is as before when a change is taken back', async () => {
    const { deltaOfMoves, deltaOfPins, swapped } = await import('../src/plan/editor/deltas')
    const board = town(12)
    const working = workingOf(board)
    const before = working.gridOf.slice()
    const from = new Map([3, 30, 60, 90].map((u) => [u, working.gridOf[u]!]))
    for (const u of from.keys()) working.move(u, 5)
    const delta = deltaOfMoves(working, from)
    expect(working.apply(swapped(delta))).toEqual([])
    expect(working.gridOf).toEqual(before)
    expect(working.apply(swapped(delta))).toHaveLength(delta.units.flatMap(([, , ids]) => ids).length) // prettier-ignore
    const pins = deltaOfPins(working, [1, 2], true)
    working.apply(pins)
    expect([...working.pinned.slice(0, 4)]).toEqual([0, 1, 1, 0])
    working.apply(swapped(pins))
    expect(working.pinned.some(Boolean)).toBe(false)
  })

  it('knows a lock of a grid above', () => {
    const working = workingOf(town(8))
    const locked = { name_zh: '社区', name_en: null, organisation_id: null, locked: true }
    working.apply({ units: [], marks: [], cuts: [], grids: [[community(0, 0), null, locked]] })
    expect([0, 1, 2].map((g) => working.locked(g))).toEqual([true, true, false])
    expect(grid(basic(0, 0, 0)).level).toBe(3)
  })
})
