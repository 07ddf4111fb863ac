/** How each unit and edge of a draft looks now; only what has changed since is told to the map. */
import type { Map as MapLibre } from 'maplibre-gl'
import { deviationStops } from '@/map/deviation'
import { edgesSource, unitsSource, type Marks, type UnitLook } from '@/map/draftLayers'
import type { GridColouring } from '@/map/gridLayers'
import { palettes } from '@/map/palette'
import type { Theme } from '@/state/theme'
import type { Hues } from './colouring'
import type { DraftState } from './draftState'
import type { Level } from '@/api/types'
import { digits } from './working'

const steps = 24
export interface LookOptions {
  theme: Theme
  colouring: GridColouring
  tolerance: number
  /** Which grids' deviation colours the units. */
  level: Level
  hues: Hues
  /** Units that a tool has gathered and not yet acted on. */
  gathered: ReadonlySet<number>
}

type Rgb = [number, number, number]
const rgb = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as Rgb
const css = (parts: Rgb) => `rgb(${parts.join()})`
const mixed = (a: Rgb, b: Rgb, share: number) =>
  a.map((part, i) => Math.round(part + (b[i]! - part) * share)) as Rgb
/** How much of a colour the light takes that falls on the picked grid. */
const lightShare = 0.22

/** A few shades between the stops of the scale: few changes of colour for a small change of load. */
export function deviationShades(tolerance: number, theme: Theme): { limit: number; shades: Rgb[] } {
  // prettier-ignore
  const stops = deviationStops(tolerance, theme)
  const limit = stops.at(-1)![0]
  const shades = Array.from({ length: 2 * steps + 1 }, (_, index) => {
    const value = ((index - steps) / steps) * limit
    const above = Math.max(
      1,
      stops.findIndex(([at]) => at >= value - 1e-12),
    )
    const [[from, a], [to, b]] = [stops[above - 1]!, stops[above]!]
    const t = (value - from) / (to - from)
    return mixed(rgb(a), rgb(b), t)
  })
  return { limit, shades }
}

export class Looks {
  private units = new Int32Array(0)
  private edges = new Int8Array(0)
  private scale = ''

  /** After the map has forgotten everything, as when its sources are others. */
  forget(map: MapLibre): void {
    this.units = new Int32Array(0)
    this.edges = new Int8Array(0)
    if (map.getSource(unitsSource))
      map.removeFeatureState({ source: unitsSource, sourceLayer: 'units' })
    if (map.getSource(edgesSource))
      map.removeFeatureState({ source: edgesSource, sourceLayer: 'unit_edges' })
  }

  /** Tells the map what looks otherwise now; null where there is nothing to tell yet. */
  update(map: MapLibre, state: DraftState, options: LookOptions): Marks | null {
    const { board, working, figures } = state
    if (!board || !working || !figures) return null
    if (!map.getSource(unitsSource) || !map.getSource(edgesSource)) return null
    if (this.units.length !== board.size || this.edges.length !== board.edges) {
      this.units = new Int32Array(board.size).fill(-1)
      this.edges = new Int8Array(board.edges).fill(-1)
    }
    const { theme, colouring, tolerance, hues } = options
    const scale = `${theme} ${colouring} ${tolerance}`
    if (scale !== this.scale) this.units.fill(-1)
    this.scale = scale
    const { limit, shades } = deviationShades(tolerance, theme)
    const ground = colouring === 'hue' ? palettes[theme].hues.map(rgb) : shades
    const light = rgb(palettes[theme].lit)
    const dark = ground.map(css)
    const bright = ground.map((one) => css(mixed(one, light, lightShare)))
    const land = rgb(palettes[theme].land)
    const bare = [css(land), css(mixed(land, light, lightShare))]
    const lit = this.litGrids(state)
    const next = this.nextUnits(state)
    // One number says all of a grid's look: shade, stripes, light.
    const ofGrid = new Int32Array(working.codes.length)
    const rows = new Map(figures.grids(options.level).map((row) => [row.code, row]))
    for (const [g, code] of working.codes.entries()) {
      const row = rows.get(code.slice(0, digits[options.level]))
      if (!row) continue
      const share = Math.max(-1, Math.min(1, row.deviation / limit))
      const shade = colouring === 'hue' ? hues.of(g) : Math.round(share * steps) + steps
      const out = Math.abs(row.deviation) <= tolerance + 1e-12 ? 0 : row.deviation < 0 ? 1 : 2
      ofGrid[g] = shade | (out << 8) | (lit[g]! << 10)
    }
    const none = 255 | (3 << 8)
    const marks: Marks = { none: false, pins: false, next: next !== null && next.size > 0 }
    for (let u = 0; u < board.size; u++) {
      const grid = working.gridOf[u]!
      let look = grid < 0 ? none : ofGrid[grid]!
      if (grid < 0) marks.none = true
      if (working.pinned[u]) {
        look |= 1 << 11
        marks.pins = true
      }
      if (options.gathered.has(u)) look |= 1 << 10
      if (next?.has(u)) look |= 1 << 12
      if (this.units[u] === look) continue
      this.units[u] = look
      const lights = (look & (1 << 10)) !== 0
      const said: UnitLook = {
        fill: (lights ? bright : dark)[look & 255] ?? bare[lights ? 1 : 0]!,
        out: (look >> 8) & 3,
        pin: (look & (1 << 11)) !== 0,
        next: (look & (1 << 12)) !== 0,
      }
      map.setFeatureState({ source: unitsSource, sourceLayer: 'units', id: board.unit[u]! }, said)
    }
    this.updateEdges(map, state, lit)
    return marks
  }

  private updateEdges(map: MapLibre, state: DraftState, lit: Uint8Array): void {
    const { board, working } = state
    const codes = working!.codes
    const parent = (length: number) => {
      const numbers = new Map<string, number>()
      return codes.map((code) => {
        const above = code.slice(0, length)
        if (!numbers.has(above)) numbers.set(above, numbers.size)
        return numbers.get(above)!
      })
    }
    const [areas, communities] = [parent(digits[1]), parent(digits[2])]
    const { gridOf } = working!
    for (let e = 0; e < board!.edges; e++) {
      const one = gridOf[board!.left[e]!]!
      const right = board!.right[e]!
      const other = right < 0 ? -2 : gridOf[right]!
      let level = 0
      if (other === -2) level = 1
      else if (one !== other) {
        if (one < 0 || other < 0) level = 3
        else if (areas[one] !== areas[other]) level = 1
        else level = communities[one] !== communities[other] ? 2 : 3
      }
      const border = (one >= 0 ? lit[one]! : 0) !== (other >= 0 ? lit[other]! : 0)
      const look = level | (border ? 4 : 0)
      if (this.edges[e] === look) continue
      // What was never told has no state: level 0 is its default.
      const first = this.edges[e] === -1
      this.edges[e] = look
      if (first && !look) continue
      map.setFeatureState(
        { source: edgesSource, sourceLayer: 'unit_edges', id: board!.edge[e]! },
        { level, lit: border },
      )
    }
  }

  private litGrids(state: DraftState): Uint8Array {
    const { working, selection } = state
    return Uint8Array.from(working!.codes, (code) =>
      selection !== null && code.startsWith(selection) ? 1 : 0,
    )
  }

  private nextUnits(state: DraftState): Set<number> | null {
    if (!state.preview) return null
    const found = new Set<number>()
    for (const [, , ids] of state.preview.units)
      for (const id of ids) {
        const u = state.board!.at.get(id)
        if (u !== undefined) found.add(u)
      }
    return found
  }
}
