// @vitest-environment happy-dom
/** A draft in the page against a server that holds its own working copy. */
import { bool, float64, int32, int64, int8, list, tableFromArrays, tableToIPC, utf8 } from '@uwdata/flechette' // prettier-ignore
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import type { Delta, Operation } from '../src/api/drafts'
import { deltaOfLocks, nothing, swapped } from '../src/plan/editor/deltas'
import { openDraft, type DraftDesk } from '../src/plan/editor/draftState'
import { Stroke } from '../src/plan/editor/stroke'
import type { Working } from '../src/plan/editor/working'
import type { Board } from '../src/plan/editor/board'
import { Figures } from '../src/plan/editor/figures'
import { carried } from '../src/plan/editor/recut'
import { basic, changeTo, cutDelta, halved, strips, town, workingOf } from './editorBoard'

const board = town(8)
const ids = [...board.unit]

class Server {
  working: Working = workingOf(board)
  operations: Operation[] = []
  answers = new Map<string, Operation>()
  offline = false
  /** Answers get lost on their way back. */
  deaf = false
  posts = 0

  boardsRead = 0

  /** Cuts a unit into two, or puts it together again. */
  recut(actor: string, delta: Delta, to: Board): Operation {
    const [gone, come] = delta.cuts[0]!.map((side) => side.map(([id]) => id))
    this.changes.push(changeTo(to, gone!, come!))
    const done = this.act(actor, 'cut', nothing())
    done.delta = delta
    this.working = carried(this.working, to, [done])
    return done
  }
  changes: ReturnType<typeof changeTo>[] = []

  act(actor: string, kind: string, delta: Delta): Operation {
    const left = this.working.apply(delta)
    if (left.length) throw new Error('the server itself was asked for nonsense')
    const number = this.operations.length + 1
    const done = { number, at: '2026-11-01T00:00:00Z', actor, kind, params: {}, delta, undoes: null, undone_by: null } // prettier-ignore
    this.operations.push(done)
    return done
  }

  post(body: { key: string; kind: string; params: Record<string, never> }): [number, unknown] {
    this.posts++
    const before = this.answers.get(body.key)
    if (before) return [200, { operation: before, version: before.number }]
    let delta = nothing()
    if (body.kind === 'assign') {
      const params = body.params as unknown as { grid: string; before: [string, number[]][] }
      for (const [code, units] of params.before)
        for (const id of units)
          if (this.working.codeOf(this.working.board.at.get(id)!) !== code)
            return [409, { code: 'draft-units-moved', detail: '李的改动在先' }]
      delta.units = params.before.map(([code, units]) => [code, params.grid, units])
    } else if (body.kind === 'undo') {
      const last = this.operations.at(-1)
      if (!last) return [409, { code: 'draft-nothing-to-undo', detail: '没有可撤销的' }]
      delta = swapped(last.delta)
    } else if (body.kind === 'lock') {
      const params = body.params as unknown as { grids: string[]; locked: boolean }
      delta = deltaOfLocks(this.working, params.grids, params.locked)
    }
    const operation = this.act('我', body.kind, delta)
    this.answers.set(body.key, operation)
    return [200, { operation, version: operation.number }]
  }

  arrow(what: 'units' | 'edges' | 'assignment'): Uint8Array {
    const { working } = this
    const big = (values: ArrayLike<number>) => Array.from(values, BigInt)
    if (what === 'edges') {
      const { edge, left, right, length_m, cls } = board
      return tableToIPC(
        tableFromArrays(
          { edge: big(edge), left, right, length_m, cls },
          { types: { edge: int64(), left: int32(), right: int32(), length_m: float64(), cls: int8() } },
        ),
        { format: 'stream' },
      )! // prettier-ignore
    }
    if (what === 'units') {
      const { code, lon: x, lat: y, population: pop, households, area_m2, load, incidents, perimeter_m } = board // prettier-ignore
      const compounds = ids.map((_, u) => [...board.compound.slice(board.compoundStart[u], board.compoundStart[u + 1])]) // prettier-ignore
      const number = float64()
      return tableToIPC(
        tableFromArrays(
          { unit: big(ids), code, x, y, pop, households, area_m2, load, incidents, perimeter_m, compounds },
          { types: { unit: int64(), code: utf8(), x: number, y: number, pop: number, households: number, area_m2: number, load: number, incidents: number, perimeter_m: number, compounds: list(int32()) } },
        ),
        { format: 'stream' },
      )! // prettier-ignore
    }
    const table = tableFromArrays(
      { unit: big(ids), grid: working.gridOf, pinned: ids.map((_, u) => working.pinned[u] === 1), together: working.together },
      { types: { unit: int64(), grid: int32(), pinned: bool(), together: int32() } },
    ) // prettier-ignore
    table.schema.metadata = new Map([
      ['version', String(this.operations.length)],
      ['grids', JSON.stringify(working.codes)],
    ])
    return tableToIPC(table, { format: 'stream' })!
  }

  fetch = async (path: string, options: RequestInit = {}): Promise<Response> => {
    await Promise.resolve()
    if (this.offline) throw new TypeError('Failed to fetch')
    const url = new URL(path, 'http://x')
    if (options.method === 'POST') {
      const [status, body] = this.post(JSON.parse(String(options.body)))
      if (this.deaf) throw new TypeError('Failed to fetch')
      return Response.json(body, { status })
    }
    if (url.pathname.endsWith('/board')) this.boardsRead++
    const bytes = (what: 'units' | 'edges' | 'assignment') => new Response(this.arrow(what) as BodyInit) // prettier-ignore
    if (url.pathname.endsWith('/board')) return bytes(url.searchParams.get('part') as 'units')
    if (url.pathname.endsWith('/assignment')) return bytes('assignment')
    if (url.pathname.endsWith('/board/change')) {
      const version = this.operations.length
      return Response.json({ version, board: `b${version}`, ...this.changes.at(-1) })
    }
    if (url.pathname.endsWith('/operations')) {
      const after = Number(url.searchParams.get('after'))
      return Response.json({ items: this.operations.filter((one) => one.number > after) })
    }
    const { grids } = strips(board)
    const now = grids.map((one) => this.working.grids.get(one.code)).filter(Boolean)
    return Response.json({ plan_id: 5, name: '草案', version: this.operations.length, board: 'a', tolerance: 0.05, editable: '', grids: now }) // prettier-ignore
  }
}

let server: Server
let desk: DraftDesk
let scope: ReturnType<typeof effectScope>
const refusals: string[] = []

const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), { timeout: 2000, interval: 3 }) // prettier-ignore
const settled = () => until(() => desk.state.saved === 'saved' && !desk.state.pending)
const same = () => {
  expect([...desk.state.working!.gridOf]).toEqual([...server.working.gridOf])
  expect(desk.state.version).toBe(server.operations.length)
}
function paint(units: number[], grid: number): void {
  const stroke = new Stroke(desk, grid)
  stroke.take(units)
  stroke.end()?.stored.catch(() => {})
}
async function open(): Promise<void> {
  scope = effectScope()
  desk = scope.run(() => openDraft(5, 5))!
  desk.onRefused((problem) => refusals.push(problem.code))
  await until(() => desk.state.working !== null)
}

beforeEach(async () => {
  sessionStorage.clear()
  refusals.length = 0
  server = new Server()
  vi.stubGlobal('fetch', server.fetch)
  await open()
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
})

describe('a draft in the page', () => {
  it('reads board and assignment as they were written', () => {
    const read = desk.state.board!
    expect(read.unit).toEqual(board.unit)
    expect(read.load).toEqual(board.load)
    expect([...read.right]).toEqual([...board.right])
    expect(read.compounds).toBe(new Set(board.compound).size)
    same()
  })

  it('shows a stroke at once and stores it', async () => {
    const load = () => desk.state.figures!.grids(3)[0]!.load
    const before = load()
    paint([8, 9, 10], 0)
    expect(load()).toBeCloseTo(before + board.load[8]! + board.load[9]! + board.load[10]!, 9)
    expect(desk.state.saved).toBe('saving')
    await settled()
    same()
    expect(server.working.codeOf(9)).toBe(basic(0, 0, 0))
  })

  it('stores strokes in order, however quickly they follow', async () => {
    for (let row = 1; row < 6; row++) paint([row * 8, row * 8 + 1], 0)
    await settled()
    same()
    expect(server.operations).toHaveLength(5)
  })

  it('goes on offline, and stores each step once when the line is back', async () => {
    server.offline = true
    paint([8], 0)
    paint([16], 0)
    await until(() => desk.state.saved === 'offline')
    expect(desk.state.working!.gridOf[16]).toBe(0)
    server.offline = false
    server.deaf = true
    await until(() => server.posts > 1)
    server.deaf = false
    dispatchEvent(new Event('online'))
    await settled()
    same()
    expect(server.operations).toHaveLength(2)
  })

  it('keeps what was not stored over a reload of the page', async () => {
    server.offline = true
    paint([8, 9], 0)
    await until(() => desk.state.saved === 'offline')
    scope.stop()
    server.offline = false
    await open()
    await settled()
    same()
    expect(server.working.codeOf(8)).toBe(basic(0, 0, 0))
  })

  it('takes a refused stroke back and shows what the colleague did', async () => {
    server.act('李', 'assign', { ...nothing(), units: [[basic(0, 0, 1), basic(1, 1, 1), [ids[8]!]]] }) // prettier-ignore
    paint([8, 9], 0)
    await settled()
    await until(() => refusals.length === 1)
    expect(refusals).toEqual(['draft-units-moved'])
    await until(() => desk.state.version === 1)
    same()
    expect(desk.state.working!.codeOf(9)).toBe(basic(0, 0, 1))
  })

  it('slides colleagues’ work below its own that is not stored yet', async () => {
    server.act('李', 'assign', { ...nothing(), units: [[basic(1, 1, 1), basic(1, 1, 0), [ids[60]!]]] }) // prettier-ignore
    paint([8], 0)
    paint([16], 0)
    await settled()
    same()
    expect(server.operations.map((one) => one.actor)).toEqual(['李', '我', '我'])
  })

  it('waits with all of that while a stroke is drawn', async () => {
    paint([8], 0)
    const stroke = new Stroke(desk, 1)
    stroke.take([8, 0])
    await until(() => server.operations.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(desk.state.working!.gridOf[8]).toBe(1)
    void stroke.end()?.stored.catch(() => {})
    await settled()
    same()
    expect(server.working.codeOf(8)).toBe(basic(0, 0, 1))
  })

  it('hears of a cut and of its undoing without reading the board again', async () => {
    const cut = cutDelta(ids[9]!, basic(0, 0, 1), [[basic(0, 0, 1), 5001], [basic(0, 0, 0), 5002]]) // prettier-ignore
    server.recut('李', cut, halved(desk.state.board!, ids[9]!, [5001, 5002]))
    // Its own stroke brings what it has missed, the cut included, and is laid over it.
    paint([8], 0)
    await until(() => desk.state.board!.at.has(5001))
    await settled()
    expect(desk.state.draft!.board).toBe('b2')
    expect(desk.state.working!.codeOf(desk.state.board!.at.get(5002)!)).toBe(basic(0, 0, 0))
    const anew = new Figures(carried(server.working, server.working.board, server.operations))
    for (const level of [1, 2, 3] as const)
      desk.state.figures!.grids(level).forEach((row, index) => {
        for (const [name, value] of Object.entries(anew.grids(level)[index]!))
          if (typeof value === 'number') expect(row[name as 'load'], name).toBeCloseTo(value, 6)
          else expect(row[name as 'code'], name).toBe(value)
      })
    const back = desk.state.version
    server.recut('李', swapped(cut), board)
    await desk.submit('lock', { grids: [basic(1, 1, 1)], locked: true })
    await settled()
    expect(desk.state.version).toBe(back + 2)
    expect([...desk.state.board!.unit].sort()).toEqual([...ids].sort())
    expect(desk.state.board!.edges).toBe(board.edges)
    for (const id of ids) {
      const [here, there] = [desk.state.working!, server.working].map((one) => one.codeOf(one.board.at.get(id)!)) // prettier-ignore
      expect(here).toBe(there)
    }
    expect(server.boardsRead).toBe(2)
  })

  it('undoes, and refuses nothing silently', async () => {
    paint([8], 0)
    await desk.submit('undo', {})
    await settled()
    same()
    expect(desk.state.working!.gridOf[8]).toBe(1)
  })

  it('lets locked grids and pinned units alone, and moves groups as one', async () => {
    const { working } = desk.state
    const first = basic(0, 0, 0)
    await desk.submit('lock', { grids: [first], locked: true }, deltaOfLocks(working!, [first], true)) // prettier-ignore
    await settled()
    same()
    const stroke = new Stroke(desk, 1)
    stroke.take([0, 1, 16])
    expect(stroke.skipped).toEqual({ pinned: 0, locked: 2 })
    expect(working!.gridOf[16]).toBe(1)
    stroke.cancel()
    expect(working!.gridOf[16]).toBe(2)
    working!.pinned[16] = 1
    working!.setTogether(17, 3)
    working!.setTogether(40, 3)
    const next = new Stroke(desk, 1)
    next.take([16, 17])
    expect(next.skipped.pinned).toBe(1)
    expect(working!.gridOf[40]).toBe(1)
    next.takeExactly([])
    expect([working!.gridOf[17], working!.gridOf[40]]).toEqual([2, 5])
    next.cancel()
  })
})
