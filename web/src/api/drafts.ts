/** Drafts of plans: their list, their working copy, and the operations that change it. */
import { get, getBytes, patch, post, put, remove } from './http'
import { once } from './once'
import type { Id, Level, Name } from './types'

const root = '/api/v1/drafts'

export interface DraftRow {
  plan_id: number
  name: string
  note: string | null
  author: string
  status: string
  version: number
  created_at: string
  changed_at: string
  changed_by: string
  based_on: number | null
  balance: string
  tolerance: number
  /** Changes whenever the set of units changes, by a cut or its undoing. */
  board: string
  settled: number
  discarded_at: string | null
  /** What it was made from. */
  origin: { kind?: string; params?: { practice?: boolean } }
}

export interface DraftGrid {
  code: string
  level: Level
  name: Name
  locked: boolean
  organisation_id: Id | null
}

export interface Draft extends DraftRow {
  jurisdiction_id: Id
  /** What the codes of grids begin with that the reader may change; null: none. */
  editable: string | null
  grids: DraftGrid[]
}

export type Kind =
  | 'assign'
  | 'cut'
  | 'pull'
  | 'merge'
  | 'new_grid'
  | 'delete_grid'
  | 'repair'
  | 'lock'
  | 'pin'
  | 'together'
  | 'rename'
  | 'restore'
  | 'undo'
  | 'redo'
  | 'take'

export interface GridValue {
  name_zh: string
  name_en: string | null
  organisation_id: Id | null
  locked: boolean
}
export interface Mark {
  pinned: boolean
  together: number | null
}
/** Everything that an operation changed, before → after; swapped, it is the undoing. */
export interface Delta {
  units: [before: string | null, after: string | null, ids: number[]][]
  grids: [code: string, before: GridValue | null, after: GridValue | null][]
  marks: [before: Mark, after: Mark, ids: number[]][]
  /** Units that left the draft, and those that now tile the same ground. */
  cuts: [gone: CutUnit[], come: CutUnit[]][]
}
export type CutUnit = [unit: number, grid: string | null, pinned: boolean, together: number | null]

export interface Operation {
  number: number
  at: string
  actor: string
  kind: Kind | string
  params: Record<string, unknown>
  delta: Delta
  undoes: number | null
  undone_by: number | null
}

export const getDrafts = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<{ items: DraftRow[] }>(root, { jurisdiction }, signal)).items
export const getDraft = (plan: Id, signal?: AbortSignal) =>
  get<Draft>(`${root}/${plan}`, {}, signal)
const making = once()
/** `practice`: some grids begin out of balance. */
export const makeDraft = ({
  from,
  practice = false,
  ...named
}: {
  jurisdiction: Id
  name: string
  note?: string
  from: Id
  practice?: boolean
}) => {
  const wanted = { ...named, from: { plan: from, practice } }
  return making(wanted, (headers) => post<Draft>(root, wanted, headers))
}
export const changeDraft = (
  plan: Id,
  change: { name?: string; note?: string; tolerance?: number; balance?: string },
) => patch<Draft>(`${root}/${plan}`, change)
export const discardDraft = (plan: Id) => remove(`${root}/${plan}`)
export const takeBackDraft = (plan: Id) => post<Draft | null>(`${root}/${plan}/take-back`, {})

export const getAssignment = (plan: Id, signal?: AbortSignal) =>
  getBytes(`${root}/${plan}/assignment`, {}, signal)
export const getBoardPart = (plan: Id, part: 'units' | 'edges', signal?: AbortSignal) =>
  getBytes(`${root}/${plan}/board`, { part }, signal)

/** What became of a board since an operation: columns of what is new, sides of edges by unit id. */
export interface BoardChange {
  version: number
  board: string
  terms: string
  gone: number[]
  units: Record<
    'unit' | 'x' | 'y' | 'pop' | 'households' | 'area_m2' | 'load' | 'incidents' | 'perimeter_m',
    number[]
  > & { code: string[]; compounds: number[][] }
  edges: Record<'edge' | 'left' | 'right' | 'length_m' | 'cls', number[]>
}
export const getBoardChange = (plan: Id, after: number, signal?: AbortSignal) =>
  get<BoardChange>(`${root}/${plan}/board/change`, { after }, signal)

/** The same key sent again is answered as the first time. */
export const postOperation = (
  plan: Id,
  body: { key: string; kind: Kind; params: Record<string, unknown>; base: number },
) => post<{ operation: Operation; version: number }>(`${root}/${plan}/operations`, body)
export const getOperations = async (
  plan: Id,
  query: { after?: number; before?: number; limit?: number },
  signal?: AbortSignal,
) => (await get<{ items: Operation[] }>(`${root}/${plan}/operations`, query, signal)).items

/** Which draft this page has open, and which grid is picked in it; again every few seconds. */
export const sayDrafting = (stream: string, plan: Id | null, grid: string | null) =>
  put<null>('/api/v1/presence', { stream, plan, grid })
