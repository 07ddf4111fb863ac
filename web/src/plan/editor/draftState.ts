/**
 * A draft that is open for editing: its working copy here, and its operations on the server.
 *
 * What the planner does is shown at once and sent in order; what the server or a colleague has done
 * meanwhile is slid under it. Where the server refuses, the change is taken back with its reason.
 */
import { onScopeDispose, shallowReactive } from 'vue'
import {
  getAssignment,
  getBoardChange,
  getBoardPart,
  getDraft,
  getOperations,
  postOperation,
  type Delta,
  type Draft,
  type DraftGrid,
  type Kind,
  type Operation,
} from '@/api/drafts'
import { onLive } from '@/api/events'
import { ApiProblem } from '@/api/http'
import { newKey } from '@/dispatch/newKey'
import { readAssignment, readBoard, type Board } from './board'
import { Connectivity } from './connectivity'
import { swapped } from './deltas'
import { Figures } from './figures'
import { keepPending, keptPending, withoutUnits, type Pending } from './pending'
import { carried, changedBoard } from './recut'
import { Working } from './working'

export type Saved = 'saved' | 'saving' | 'offline'

export interface DraftState {
  readonly plan: number
  draft: Draft | null
  version: number
  /** Grids of all levels, by code. */
  grids: DraftGrid[]
  /** The code of the grid that is picked up, of any level. */
  selection: string | null
  board: Board | null
  working: Working | null
  figures: Figures | null
  connectivity: Connectivity | null
  /** A change that is only proposed: the map shows which units it would move. */
  preview: Delta | null
  /** One more whenever something moved: what depends on figures reads it. */
  tick: number
  /** One more whenever there is another board. */
  boards: number
  saved: Saved
  pending: number
  /** How many strokes are being drawn: colleagues' changes wait for their end. */
  held: number
  problem: ApiProblem | null
  loading: boolean
}

export interface DraftDesk {
  readonly state: DraftState
  /** Does an operation; the answer comes when it is stored. `delta`: what to show until then. */
  submit(kind: Kind, params: Record<string, unknown>, delta?: Delta | null): Promise<Operation>
  /** Everything anew from the server; changes that are not stored yet stay. */
  reload(): Promise<void>
  select(code: string | null): void
  /** Something moved in the working copy. */
  touched(): void
  /** Colleagues' changes wait while a stroke is drawn. */
  hold(): void
  release(): void
  onRefused(handler: (problem: ApiProblem, kind: Kind) => void): void
  /** Told of each operation that comes in, of whoever. */
  onOperation(handler: (operation: Operation, own: boolean) => void): void
  close(): void
}

const mostMissed = 200
const asProblem = (error: unknown) =>
  error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', String(error))

export function openDraft(plan: number, retryMs = 2000): DraftDesk {
  const state: DraftState = shallowReactive({
    plan,
    draft: null,
    version: 0,
    grids: [],
    selection: null,
    board: null,
    working: null,
    figures: null,
    connectivity: null,
    preview: null,
    tick: 0,
    boards: 0,
    saved: 'saved',
    pending: 0,
    held: 0,
    problem: null,
    loading: true,
  })
  let queue: Pending[] = keptPending(plan)
  let refused: (problem: ApiProblem, kind: Kind) => void = () => {}
  const told: ((operation: Operation, own: boolean) => void)[] = []
  const abort = new AbortController()
  let released: (() => void)[] = []
  /** The newest operation that we have heard of. */
  let known = 0
  let pumping = false
  let wake: () => void = () => {}

  function touched(): void {
    state.tick++
  }
  function noteQueue(): void {
    state.pending = queue.length
    if (!queue.length) state.saved = 'saved'
    keepPending(plan, queue)
  }

  /** What is shown without what is not stored yet, changed by `change`, and that laid over it again. */
  function under(change: () => void): void {
    const working = state.working!
    for (const one of [...queue].reverse()) if (one.delta) working.apply(swapped(one.delta))
    change()
    layPending()
    state.grids = [...working.grids.values()]
    if (state.selection && !working.grids.has(state.selection)) state.selection = null
    touched()
  }
  function layPending(): void {
    const working = state.working!
    queue = queue.flatMap((one) => {
      if (!one.delta) return [one]
      const left = working.apply(one.delta)
      // What nothing is left of may be stored already: the server says so, or why it is not.
      return [withoutUnits(one, left) ?? { ...one, delta: null }]
    })
    noteQueue()
  }

  /** Another board with the working copy on it, and what is pending laid over it. */
  function show(board: Board, working: Working, version: number, draft: Draft): void {
    Object.assign(state, {
      draft,
      board,
      working,
      figures: new Figures(working),
      connectivity: new Connectivity(working),
      version,
      boards: state.boards + 1,
    })
    layPending()
    state.grids = [...working.grids.values()]
    if (state.selection && !working.grids.has(state.selection)) state.selection = null
    touched()
  }

  async function load(again = 3): Promise<void> {
    state.loading = state.board === null
    state.problem = null
    try {
      const [draft, units, edges, assigned] = await Promise.all([
        getDraft(plan, abort.signal),
        getBoardPart(plan, 'units', abort.signal),
        getBoardPart(plan, 'edges', abort.signal),
        getAssignment(plan, abort.signal),
      ])
      const assignment = readAssignment(assigned)
      const board = readBoard(units, edges)
      // A cut between the answers: ask again, until they are of one moment.
      if (again && assignment.unit.some((id) => !board.at.has(id))) return await load(again - 1)
      show(board, new Working(board, draft.grids, assignment), assignment.version, draft)
    } catch (error) {
      if (!abort.signal.aborted) state.problem = asProblem(error)
    } finally {
      state.loading = false
    }
  }

  /** Operations that others did, or that were done elsewhere, up to `version`. */
  async function catchUp(version: number): Promise<void> {
    if (Number.isFinite(version)) known = Math.max(known, version)
    if (state.held || !state.working) return
    while (version > state.version) {
      const missed = await getOperations(
        plan,
        { after: state.version, limit: mostMissed },
        abort.signal,
      )
      if (!missed.length) return
      if (!(await take(missed, null))) return await load()
    }
  }

  /** Slides operations in order under what is pending; false where it takes everything anew.
   * `own`: what was pending and is the last of them. */
  async function take(operations: Operation[], own: Pending | null): Promise<boolean> {
    const tell = () =>
      operations.forEach((one) =>
        told.forEach((handler) => handler(one, own !== null && one === operations.at(-1))),
      )
    if (operations.some((one) => one.delta.cuts.length && one.number > state.version)) {
      const done = await recut(operations, own)
      tell()
      return done
    }
    let whole = true
    under(() => {
      if (own) queue = queue.filter((one) => one.key !== own.key)
      for (const operation of operations) {
        if (operation.number !== state.version + 1) {
          whole = operation.number <= state.version && whole
          continue
        }
        if (state.working!.apply(operation.delta).length) whole = false
        state.version = operation.number
      }
    })
    tell()
    return whole
  }

  /** Units were cut or put together: only these are asked for, not the whole board again. */
  async function recut(operations: Operation[], own: Pending | null): Promise<boolean> {
    const from = state.version
    const change = await getBoardChange(plan, from, abort.signal)
    const last = operations.at(-1)!.number
    const more =
      change.version > last
        ? await getOperations(plan, { after: last, limit: mostMissed }, abort.signal)
        : []
    await free()
    const all = [...operations, ...more].filter((one) => one.number <= change.version)
    const former = state.board
    const isNext = all.every((one, index) => one.number === from + index + 1)
    if (!former || state.version !== from || change.terms !== former.terms) return false
    if (!isNext || all.length !== change.version - from) return false
    for (const one of [...queue].reverse()) if (one.delta) state.working!.apply(swapped(one.delta))
    if (own) queue = queue.filter((one) => one.key !== own.key)
    const board = changedBoard(former, change)
    show(board, carried(state.working!, board, all), change.version, {
      ...state.draft!,
      board: change.board,
      version: change.version,
    })
    return true
  }

  /** Waits until no stroke is drawn. */
  const free = () =>
    state.held ? new Promise<void>((resolve) => released.push(resolve)) : Promise.resolve()

  async function pump(): Promise<void> {
    if (pumping || !state.working) return
    pumping = true
    let wait = retryMs
    while (queue.length && !abort.signal.aborted) {
      const head = queue[0]!
      if (state.saved !== 'offline') state.saved = 'saving'
      try {
        const { operation } = await postOperation(plan, {
          key: head.key,
          kind: head.kind,
          params: head.params,
          base: state.version,
        })
        wait = retryMs
        state.saved = 'saving'
        await free()
        const mine = queue.find((one) => one.key === head.key) ?? head
        if (!(await take([...(await before(operation)), operation], mine))) {
          queue = queue.filter((one) => one.key !== head.key)
          await load()
        }
        noteQueue()
        head.answered?.resolve(operation)
      } catch (error) {
        const problem = asProblem(error)
        if (problem.offline || problem.status === 502 || problem.status === 503) {
          state.saved = 'offline'
          await new Promise<void>((resolve) => {
            wake = resolve
            setTimeout(resolve, wait)
          })
          wait = Math.min(wait * 2, 15_000)
          continue
        }
        await free()
        under(() => (queue = queue.filter((one) => one.key !== head.key)))
        head.answered?.reject(problem)
        refused(problem, head.kind)
        await catchUp(Number.POSITIVE_INFINITY).catch(() => load())
      }
    }
    pumping = false
    if (known > state.version) await catchUp(known).catch(() => load())
  }

  /** What was stored before an operation of ours, of colleagues, and is not shown yet. */
  async function before(operation: Operation): Promise<Operation[]> {
    if (operation.number <= state.version + 1) return []
    const query = { after: state.version, limit: mostMissed }
    const all = await getOperations(plan, query, abort.signal)
    return all.filter((one) => one.number < operation.number)
  }

  function submit(kind: Kind, params: Record<string, unknown>, delta: Delta | null = null) {
    return new Promise<Operation>((resolve, reject) => {
      queue.push({ key: newKey(), kind, params, delta, answered: { resolve, reject } })
      if (delta) {
        state.working!.apply(delta) // what a stroke has moved already stays
        state.grids = [...state.working!.grids.values()]
        touched()
      }
      noteQueue()
      void pump()
    })
  }

  const online = () => wake()
  const leaving = (event: BeforeUnloadEvent) => {
    if (queue.length) event.preventDefault()
  }
  addEventListener('online', online)
  addEventListener('beforeunload', leaving)
  const unlisten = onLive({
    draft: (event) => {
      if (event.plan === plan && !queue.length) void catchUp(event.version).catch(() => load())
      else if (event.plan === plan) known = Math.max(known, event.version)
    },
    reconnected: () => void catchUp(Number.POSITIVE_INFINITY).catch(() => load()),
  })

  const desk: DraftDesk = {
    state,
    submit,
    touched,
    async reload() {
      await load()
      void pump()
    },
    select(code) {
      state.selection = code
    },
    hold: () => state.held++,
    release() {
      state.held = Math.max(0, state.held - 1)
      if (state.held) return
      released.forEach((resolve) => resolve())
      released = []
      if (!queue.length && known > state.version) void catchUp(known).catch(() => load())
    },
    onRefused: (handler) => (refused = handler),
    onOperation: (handler) => told.push(handler),
    close() {
      abort.abort()
      wake()
      unlisten()
      removeEventListener('online', online)
      removeEventListener('beforeunload', leaving)
    },
  }
  void desk.reload()
  onScopeDispose(() => desk.close(), true)
  return desk
}
