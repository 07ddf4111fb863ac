/** What each tool does with what is drawn: live while the hand moves, stored when it lets go. */
import type { Map as MapLibre } from 'maplibre-gl'
import { computed, nextTick, ref, shallowRef, type ShallowRef } from 'vue'
import { toast } from '@/components/toast'
import { useFormat } from '@/i18n/useFormat'
import type { DraftDesk } from './draftState'
import { ground, pulled, rectangle, UnitPoints, type Point } from './picking'
import { Stroke } from './stroke'
import { brushSizes, gathers, type Purpose, type Tool } from './tools'
import { useDrawing, type Spot } from './useDrawing'

export function useTools(desk: DraftDesk, map: ShallowRef<MapLibre | null>) {
  const { t } = useFormat()
  const { state } = desk
  const tool = ref<Tool>('select')
  const purpose = ref<Purpose>('assign')
  const brushPx = ref(brushSizes.first)
  /** A line through a grid makes a new grid of the smaller side; through units, only pieces. */
  const cutWhat = ref<'grid' | 'units'>('grid')
  /** Units that a shape has met so far, for purposes that are done when it ends. */
  const gathered = shallowRef<ReadonlySet<number>>(new Set())
  const outline = shallowRef<Point[]>([])
  let stroke: Stroke | null = null

  const points = computed(() => (void state.boards, state.board && new UnitPoints(state.board)))
  const target = computed(() =>
    state.selection?.length === 15 ? (state.working?.number.get(state.selection) ?? -1) : -1,
  )

  /** How wide a pixel is on the ground, in the plane of `mercator`. */
  const pixel = () => 1 / (512 * 2 ** map.value!.getZoom())

  function unitAt(spot: Spot): number {
    const layers = map.value?.getLayer('draft-fill') ? ['draft-fill'] : []
    const hit = layers.length
      ? map.value!.queryRenderedFeatures([spot.x, spot.y], { layers })[0]
      : undefined
    return hit?.id === undefined ? -1 : (state.board?.at.get(Number(hit.id)) ?? -1)
  }
  const gridAt = (spot: Spot): number => {
    const u = unitAt(spot)
    return u < 0 ? -1 : state.working!.gridOf[u]!
  }
  const codeAt = (spot: Spot): string | null => {
    const grid = gridAt(spot)
    return grid < 0 ? null : state.working!.codes[grid]!
  }

  /** The units that a path means. */
  function meant(path: readonly Spot[]): number[] {
    const all = points.value
    if (!all) return []
    const [first, last] = [path[0]!, path.at(-1)!]
    if (tool.value === 'rectangle') return all.inside(rectangle(first.at, last.at))
    if (tool.value === 'lasso') return all.inside(path.map((spot) => spot.at))
    const before = path.at(-2) ?? last
    const under = unitAt(last)
    const near =
      tool.value === 'brush' ? all.along(before.at, last.at, brushPx.value * pixel()) : []
    return under < 0 ? near : [...near, under]
  }

  function said(name: 'noGrid' | 'nothing' | 'noBoundary'): void {
    toast(t(`drawSaid.${name}`))
  }

  const hand = {
    begin(spot: Spot): void {
      if (!state.working || state.draft?.editable == null) return
      if (gathers(tool.value) && purpose.value === 'assign') {
        // Without a grid picked up, the stroke spreads the one that it begins in.
        const to = target.value >= 0 ? target.value : gridAt(spot)
        if (to < 0) return said('noGrid')
        if (target.value < 0) desk.select(state.working.codes[to]!)
        stroke = new Stroke(desk, to)
        if (tool.value !== 'rectangle' && tool.value !== 'lasso') this.move([spot])
      } else if (gathers(tool.value)) {
        gathered.value = new Set()
        if (tool.value !== 'rectangle' && tool.value !== 'lasso') this.move([spot])
      } else if (tool.value === 'pull') {
        const sides = boundaryAt(spot)
        if (!sides) return said('noBoundary')
        grip = { from: spot, sides }
      }
    },
    move(path: readonly Spot[]): void {
      if (!state.working) return
      const began = performance.now()
      if (tool.value === 'pull' && grip) drag(path)
      else if (!gathers(tool.value)) return
      else if (purpose.value !== 'assign') {
        const swept = tool.value === 'unit' || tool.value === 'brush'
        gathered.value = new Set([...(swept ? gathered.value : []), ...meant(path)])
        desk.touched()
      } else if (!stroke) return
      else if (tool.value === 'rectangle' || tool.value === 'lasso') stroke.takeExactly(meant(path))
      else stroke.take(meant(path))
      // The figures are written by the same tick: from here on they are in the page.
      void nextTick(() => performance.measure('stroke-to-figures', { start: began }))
    },
    end(path: readonly Spot[], clicked: boolean): void {
      const now = tool.value
      if (now === 'pull') endPull()
      else if (now === 'cut') void cut(path)
      else if (now === 'merge') merge(path[0]!)
      else if (now === 'select') desk.select(codeAt(path[0]!))
      else if (purpose.value === 'assign') endStroke(clicked)
      else endGathering(clicked ? [...new Set([...gathered.value, unitAt(path[0]!)])] : undefined)
    },
    cancel(): void {
      stroke?.cancel()
      stroke = null
      grip = null
      outline.value = []
      gathered.value = new Set()
    },
  }

  function endStroke(clicked: boolean): void {
    const done = stroke
    stroke = null
    if (!done) return
    const skipped = saySkipped(done)
    const ended = done.end()
    ended?.stored.catch(() => {}) // said by the desk
    if (!ended && clicked && !skipped) said('nothing')
  }
  function saySkipped(done: Stroke): boolean {
    const { pinned, locked } = done.skipped
    if (pinned) toast(t('drawSaid.pinned', { n: pinned }))
    if (locked) toast(t('drawSaid.locked', { n: locked }))
    return pinned + locked > 0
  }

  function endGathering(units: number[] = [...gathered.value]): void {
    gathered.value = new Set()
    desk.touched()
    const ids = units.filter((u) => u >= 0).map((u) => state.board!.unit[u]!)
    if (!ids.length) return said('nothing')
    const does = purpose.value
    if (does === 'pin' || does === 'unpin')
      void run(desk.submit('pin', { units: ids, pinned: does === 'pin' }))
    else if (does === 'together') void run(desk.submit('together', { units: ids, together: 'new' }))
    else if (does === 'apart') void run(desk.submit('together', { units: ids, together: null }))
    else if (does === 'none') void run(desk.submit('assign', { units: ids, grid: null }))
    else if (does === 'new') void newGrid(units, ids)
  }

  async function newGrid(units: number[], ids: number[]): Promise<void> {
    const { working } = state
    const votes = new Map<string, number>()
    for (const u of units) {
      const parent = u < 0 ? undefined : working!.codeOf(u)?.slice(0, 12)
      if (parent) votes.set(parent, (votes.get(parent) ?? 0) + 1)
    }
    const parent = [...votes].sort((a, b) => b[1] - a[1])[0]?.[0]
    if (!parent) return said('noGrid')
    const done = await run(desk.submit('new_grid', { units: ids, parent }))
    const added = done?.delta.grids.find(([, before, after]) => !before && after)
    if (added) desk.select(added[0])
    if (done) purpose.value = 'assign'
  }

  // A refusal is said once, by the desk.
  const run = <T>(stored: Promise<T>): Promise<T | null> => stored.catch(() => null)

  interface Grip {
    from: Spot
    sides: [number, number]
  }
  let grip: Grip | null = null
  const reach = 14

  /** The two grids on either side of the boundary that the hand is near. */
  function boundaryAt(spot: Spot): [number, number] | null {
    const found = new Map<number, number>()
    for (let ring = 0; ring <= reach; ring += 3.5) {
      for (let step = 0; step < 12; step++) {
        const angle = (Math.PI * step) / 6
        const near = gridAt({ ...spot, x: spot.x + Math.cos(angle) * ring, y: spot.y + Math.sin(angle) * ring }) // prettier-ignore
        if (near >= 0 && !found.has(near)) found.set(near, ring)
        if (found.size === 2) return [...found.keys()] as [number, number]
      }
    }
    return null
  }
  function drag(path: readonly Spot[]): void {
    const { from, sides } = grip!
    const to = path.at(-1)!
    // The side that the hand goes into loses units; the other follows the hand.
    const into = gridAtStart(to, sides)
    const winner = into === sides[0] ? sides[1] : sides[0]
    if (stroke && stroke.to !== winner) {
      stroke.cancel()
      stroke = null
    }
    stroke ??= new Stroke(desk, winner, into)
    const shape = pulled(from.at, to.at, brushPx.value * pixel())
    outline.value = shape
    stroke.takeExactly(points.value!.inside(shape))
  }
  /** Which side the hand is on, as the boundary was before it was pulled. */
  function gridAtStart(spot: Spot, sides: [number, number]): number {
    const u = unitAt(spot)
    const was = u < 0 ? -1 : (stroke?.before(u) ?? state.working!.gridOf[u]!)
    if (was === sides[0] || was === sides[1]) return was
    return stroke ? (stroke.to === sides[0] ? sides[1] : sides[0]) : sides[1]
  }
  /** Units that the new boundary crosses are cut, which the server does; until then whole ones go. */
  function endPull(): void {
    const [done, held, shape] = [stroke, grip, outline.value]
    stroke = grip = null
    outline.value = []
    if (!done || !held) return
    saySkipped(done)
    const { codes } = state.working!
    const [one, other] = held.sides
    const from = done.to === one ? other : one
    const pulls = { shape: shape.map(ground), grid: codes[from], into: codes[done.to] }
    if (shape.length < 3) return done.cancel()
    done.endAs('pull', pulls).catch(() => {}) // said by the desk
  }

  async function cut(path: readonly Spot[]): Promise<void> {
    if (path.length < 2) return said('nothing')
    const line = thinned(path)
    if (cutWhat.value === 'grid') {
      const counts = new Map<string, number>()
      for (const spot of path) {
        const code = codeAt(spot)
        if (code) counts.set(code, (counts.get(code) ?? 0) + 1)
      }
      const most = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
      const grid = target.value >= 0 && counts.has(state.selection!) ? state.selection : most
      if (!grid) return said('noGrid')
      const done = await run(desk.submit('cut', { line, grid }))
      const added = done?.delta.grids.find(([, before, after]) => !before && after)
      if (added) desk.select(added[0])
      return
    }
    const units = new Set<number>()
    for (let i = 1; i < path.length; i++) {
      const [a, b] = [path[i - 1]!, path[i]!]
      const parts = Math.max(1, Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / 3))
      for (let part = 0; part <= parts; part++) {
        const at = { ...a, x: a.x + ((b.x - a.x) * part) / parts, y: a.y + ((b.y - a.y) * part) / parts } // prettier-ignore
        const u = unitAt(at)
        if (u >= 0) units.add(state.board!.unit[u]!)
      }
    }
    if (!units.size) return said('nothing')
    await run(desk.submit('cut', { line, units: [...units] }))
  }

  function merge(spot: Spot): void {
    const code = codeAt(spot)
    if (!code) return said('noGrid')
    if (target.value < 0 || code === state.selection) return desk.select(code)
    void run(desk.submit('merge', { grids: [code], into: state.selection }))
  }

  const { drawing, cancel } = useDrawing(map, tool, hand)
  return { tool, purpose, brushPx, cutWhat, gathered, outline, drawing, target, cancel, codeAt, unitAt, points } // prettier-ignore
}

/** A line as the server wants it: seven decimals, no point twice, no more than needed. */
export function thinned(path: readonly Spot[], leastPx = 2): [number, number][] {
  const kept: Spot[] = []
  for (const spot of path) {
    const last = kept.at(-1)
    if (!last || Math.hypot(last.x - spot.x, last.y - spot.y) >= leastPx) kept.push(spot)
  }
  const end = path.at(-1)
  if (end && kept.at(-1) !== end) kept.push(end)
  return kept.map(({ ground: [lon, lat] }) => [Number(lon.toFixed(7)), Number(lat.toFixed(7))])
}
