/** The live figures of a draft: per grid of every level and of the whole plan, kept up to date with
 * each unit that moves. The server's `gis/planning/figures.py` computes the same numbers. */
import type { Level } from '@/api/types'
import { piecesOf } from './connectivity'
import { LevelSums } from './levelSums'
import { digits, type Working } from './working'

export interface GridFigures {
  code: string
  units: number
  population: number
  households: number
  area_m2: number
  load: number
  /** Of its fair load: (load − fair) / fair. */
  deviation: number
  incidents_per_year: number
  boundary_m: number
  /** 4π · area / outline²; a circle has 1 (Polsby and Popper 1991). */
  compactness: number
  /** The share of the inner boundary that runs along something that everybody sees. */
  clarity: number | null
  compounds_cut: number
}

export interface PlanFigures {
  grids: number
  max_deviation: number
  mean_deviation: number
  within_tolerance: number
  cut_m: number
  compactness: number
  clarity: number | null
  compounds_cut: number
  /** Grids without units. */
  empty: number
}

export class Figures {
  readonly levels: Record<Level, LevelSums>
  /** The number of each basic grid's community and sub-district, by the basic grid's number. */
  private readonly parents: Record<1 | 2, number[]> = { 1: [], 2: [] }
  /** Basic grids that exist below each grid. */
  private basics: Record<1 | 2, Float64Array> = { 1: new Float64Array(), 2: new Float64Array() }
  private basicCount = 0
  /** The grids of each level that exist, by number, in the order of their codes. */
  private order: Record<Level, number[]> = { 1: [], 2: [], 3: [] }

  constructor(private readonly working: Working) {
    const { board, gridOf } = working
    const above = (level: 1 | 2) => (basic: number) =>
      basic < 0 ? -1 : (this.parents[level][basic] ?? this.register(basic, level))
    this.levels = {
      1: new LevelSums(board, gridOf, above(1)),
      2: new LevelSums(board, gridOf, above(2)),
      3: new LevelSums(board, gridOf, (basic) => basic),
    }
    this.gridsChanged()
    for (const sums of Object.values(this.levels)) sums.count()
    working.follow(this)
  }

  moved(unit: number, from: number, to: number): void {
    this.levels[3].moved(unit, from, to)
    this.levels[2].moved(unit, from, to)
    this.levels[1].moved(unit, from, to)
  }

  gridsChanged(): void {
    const { codes } = this.working
    for (let basic = this.levels[3].codes.length; basic < codes.length; basic++)
      this.levels[3].numberOf(codes[basic]!)
    codes.forEach((_, basic) => ([1, 2] as const).forEach((level) => this.register(basic, level)))
    for (const { code, level } of this.working.grids.values())
      if (level < 3) this.levels[level].numberOf(code)
    for (const level of [1, 2, 3] as const) {
      const { codes: all } = this.levels[level]
      this.order[level] = [...all.keys()]
        .filter((g) => this.working.grids.has(all[g]!))
        .sort((a, b) => (all[a]! < all[b]! ? -1 : 1))
    }
    for (const level of [1, 2] as const) {
      this.basics[level] = new Float64Array(this.levels[level].codes.length)
      for (const basic of codes.keys())
        if (this.working.exists(basic)) this.basics[level][this.parents[level][basic]!]!++
    }
    this.basicCount = codes.filter((_, basic) => this.working.exists(basic)).length
  }

  private register(basic: number, level: 1 | 2): number {
    const code = this.working.codes[basic]!.slice(0, digits[level])
    return (this.parents[level][basic] = this.levels[level].numberOf(code))
  }

  /** The load that each grid of a level would have if its sub-district were divided evenly. */
  private fair(level: Level): Float64Array {
    const area = this.levels[1]
    if (level === 1) {
      let total = 0
      for (let s = 0; s < area.codes.length; s++) total += area.load[s]!
      return this.basics[1].map((count) => (total * count) / this.basicCount)
    }
    const sums = this.levels[level]
    const fair = new Float64Array(sums.codes.length)
    this.working.codes.forEach((_, basic) => {
      if (!this.working.exists(basic)) return
      const s = this.parents[1][basic]!
      const grid = level === 3 ? basic : this.parents[2][basic]!
      fair[grid]! += area.load[s]! / this.basics[1][s]!
    })
    return fair
  }

  /** All grids of a level that exist, by code. */
  grids(level: Level): GridFigures[] {
    const sums = this.levels[level]
    const fair = this.fair(level)
    return this.order[level].map((g) => ({
      code: sums.codes[g]!,
      units: sums.units[g]!,
      population: sums.population[g]!,
      households: sums.households[g]!,
      area_m2: sums.area_m2[g]!,
      load: sums.load[g]!,
      deviation: fair[g]! > 0 ? (sums.load[g]! - fair[g]!) / fair[g]! : 0,
      incidents_per_year: sums.incidents[g]!,
      boundary_m: sums.boundary_m[g]!,
      compactness: compactness(sums.area_m2[g]!, sums.boundary_m[g]!),
      clarity: share(sums.clear_m[g]!, sums.inner_m[g]!),
      compounds_cut: sums.compoundsCut[g]!,
    }))
  }

  /** Parts beyond the first of each grid; counted from nothing, so not for every move of the mouse. */
  pieces(level: Level): number {
    return piecesOf(this.working, (u) => {
      const basic = this.working.gridOf[u]!
      if (level === 3 || basic < 0) return basic
      return this.parents[level][basic]!
    })
  }

  plan(level: Level, tolerance: number, rows = this.grids(level)): PlanFigures {
    const sums = this.levels[level]
    let [max, total, within, compact, filled] = [0, 0, 0, 0, 0]
    for (const row of rows) {
      const size = Math.abs(row.deviation)
      max = Math.max(max, size)
      total += size
      compact += row.compactness
      if (row.units) filled++
      if (size <= tolerance + 1e-12) within++
    }
    return {
      grids: rows.length,
      max_deviation: max,
      mean_deviation: rows.length ? total / rows.length : 0,
      within_tolerance: within,
      cut_m: Math.max(0, sums.cut_m),
      compactness: filled ? compact / filled : 0,
      clarity: share(sums.cutClear_m, sums.cut_m),
      compounds_cut: sums.cutCompounds,
      empty: rows.length - filled,
    }
  }
}

function compactness(area_m2: number, boundary_m: number): number {
  if (boundary_m < 1e-6) return 0
  return Math.min(1, (4 * Math.PI * area_m2) / boundary_m ** 2)
}

function share(part: number, whole: number): number | null {
  return whole > 1e-6 ? Math.min(1, Math.max(0, part / whole)) : null
}
