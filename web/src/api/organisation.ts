/** The platform and its departments, people, posts in grids, attachments, departures, imports. */
import { get, post, upload, withQuery } from './http'
import type { GridRef, Id, Name, Person } from './types'

const root = '/api/v1'

export type UnitKind = 'city' | 'district' | 'sub_district' | 'community' | 'department'
export interface Unit {
  id: Id
  code: string
  kind: UnitKind
  name: Name
  parent_id: Id | null
  state: 'coming' | 'current' | 'closed'
  since: string | null
  until: string | null
}
export interface UnitRef {
  id: Id
  code: string
  name: Name
}
export interface Told {
  since: string | null
  until: string | null
  called_off: boolean
  reason: string | null
  recorded_by: string
  recorded_at: string
  ended_by: string | null
  ended_reason: string | null
}
export interface UnitVersion extends Told {
  id: Id
  name: Name
  parent_code: string | null
  successor: UnitRef | null
}
export interface PersonVersion extends Told {
  id: Id
  name: string
  phone: string | null
  organisation: UnitRef | null
}
export interface HeldPost extends Told {
  id: Id
  person: Person
  grid: GridRef
  level: 1 | 2 | 3
  role: string
  seat: number
  in_force: boolean
}
export type AttachmentKind = 'in_charge' | 'contact' | 'stationed'
export interface Attachment extends Told {
  id: Id
  person: Person
  kind: AttachmentKind
  place: string
  target: { code: string; name: Name }
  organisation: UnitRef & { kind: UnitKind }
}
export interface UnitDetail extends UnitRef {
  kind: UnitKind
  closed_at: string | null
  posts: HeldPost[]
  chain: Attachment[]
  attached: Attachment[]
  versions: UnitVersion[]
  people: number
}
export interface ShortPost {
  id: Id
  role: string
  seat: number
  level: 1 | 2 | 3
  grid: { code: string; name: Name }
}
export interface Member extends Person {
  staff_number: string | null
  left_at: string | null
  organisation: UnitRef | null
  posts: ShortPost[]
  away: boolean
  away_until: string | null
}
export interface Departure {
  id: Id
  person_id: Id
  person_name: string
  whole: boolean
  at: string
  reason: string
  recorded_by: string
  recorded_at: string
  moved_at: string | null
  moved: number | null
  undone_at: string | null
  undone_by: string | null
  undone_reason: string | null
  failed: string | null
}
export interface PersonDetail extends Person {
  staff_number: string | null
  left_at: string | null
  organisation_id: Id | null
  open_incidents: number
  versions: PersonVersion[]
  posts: HeldPost[]
  attachments: Attachment[]
  departures: Departure[]
}
export interface Seat {
  role: string
  seat: number
  wanted: boolean
  holder: HeldPost | null
  coming: HeldPost[]
}
export interface GridPosts {
  grid: GridRef
  level: 1 | 2 | 3
  seats: Seat[]
  history: HeldPost[]
}
export interface Departed {
  departure_id: Id | null
  at: string
  posts: {
    id: Id
    role: string
    seat: number
    grid: { code: string; name: Name }
    to: Person | null
  }[]
  also: Record<string, { ended: number; handed: number }>
  cases: { person: Person | null; count: number }[]
  moved: boolean
}
export interface StaffDone {
  organisations_added: number
  organisations_changed: number
  people_added: number
  people_changed: number
  posts_begun: number
  posts_ended: number
  attachments_begun: number
  attachments_ended: number
  already: number
  missing_people: number
  missing_posts: number
  missing_attachments: number
  cases: number
}
export interface StaffFinding {
  outcome: 'repaired' | 'refused' | 'warned'
  message: string
  rows: number[]
  count: number
}
export interface StaffJob {
  id: Id
  status: 'running' | 'done' | 'failed'
  step: string | null
  fraction: number
  report: Record<string, { findings: StaffFinding[]; done?: StaffDone }> | null
  error: { code: string; detail: Record<string, string> } | null
}

/** What every change says: whose tree is meant, and why. */
export interface Change {
  jurisdiction: Id
  reason: string
}

export const getTree = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<{ items: Unit[] }>(`${root}/organisations/tree`, { jurisdiction }, signal)).items
export const getUnit = (jurisdiction: Id, id: Id, signal?: AbortSignal) =>
  get<UnitDetail>(`${root}/organisations/${id}`, { jurisdiction }, signal)
export const addUnit = (
  body: Change & {
    code: string
    kind: UnitKind
    name_zh: string
    name_en?: string | null
    parent_code?: string | null
    since?: string | null
  },
) => post<{ id: Id }>(`${root}/organisations`, body)
export const changeUnit = (
  id: Id,
  body: Change & { name_zh?: string; name_en?: string | null; at?: string | null },
) => post<null>(`${root}/organisations/${id}/changes`, body)
export const closeUnit = (
  id: Id,
  body: Change & { successor_id?: Id | null; at?: string | null },
) => post<{ people_moved: number }>(`${root}/organisations/${id}/close`, body)

export const findStaff = (
  query: {
    jurisdiction: Id
    q?: string
    organisation?: Id | null
    left?: boolean
    after?: string | null
  },
  signal?: AbortSignal,
) => get<{ items: Member[]; next: string | null }>(`${root}/staff`, query, signal)
export const getPersonDetail = (jurisdiction: Id, id: Id, signal?: AbortSignal) =>
  get<PersonDetail>(`${root}/staff/${id}`, { jurisdiction }, signal)
export const addPerson = (
  body: Change & {
    name: string
    phone?: string | null
    organisation_id: Id
    staff_number?: string | null
  },
) => post<{ id: Id }>(`${root}/staff`, body)
export const changePerson = (
  id: Id,
  body: Change & {
    name?: string
    phone?: string | null
    organisation_id?: Id
    staff_number?: string | null
    at?: string | null
  },
) => post<null>(`${root}/staff/${id}/changes`, body)

export interface Leaving extends Change {
  at?: string | null
  successor_id?: Id | null
  successors?: { post_id: Id; person_id: Id | null }[]
}
export const previewLeaving = (id: Id, body: Leaving) =>
  post<Departed>(`${root}/staff/${id}/leaving/preview`, body)
export const leave = (id: Id, body: Leaving) => post<Departed>(`${root}/staff/${id}/leaving`, body)
export const undoDeparture = (id: Id, body: Change) =>
  post<{ restored: number; kept: number; cases: number; acted: number }>(
    `${root}/departures/${id}/undo`,
    body,
  )

export const getGridPosts = (jurisdiction: Id, grid: string, signal?: AbortSignal) =>
  get<GridPosts>(`${root}/grid-posts`, { jurisdiction, grid }, signal)
export const appoint = (
  body: Change & {
    grid_code: string
    role: string
    seat?: number | null
    person_id: Id
    since?: string | null
    until?: string | null
  },
) => post<{ id: Id }>(`${root}/grid-posts`, body)
export const endPost = (id: Id, body: Change & { person_id?: Id | null; at?: string | null }) =>
  post<{ id: Id | null }>(`${root}/grid-posts/${id}/end`, body)

export const attach = (
  body: Change & {
    person_id: Id
    organisation_id?: Id | null
    kind: AttachmentKind
    target_code: string
    place?: string
    since?: string | null
  },
) => post<{ id: Id }>(`${root}/attachments`, body)
export const getChain = (jurisdiction: Id, code: string, signal?: AbortSignal) =>
  get<Attachment[]>(`${root}/attachments`, { jurisdiction, code }, signal)
export const endAttachment = (
  id: Id,
  body: Change & { person_id?: Id | null; at?: string | null },
) => post<{ id: Id | null }>(`${root}/attachments/${id}/end`, body)

export const staffTemplateUrl = (lang: string) => withQuery(`${root}/staff/template`, { lang })
export function importStaff(
  jurisdiction: Id,
  file: File,
  options: { dry_run: boolean; end_missing: boolean },
): Promise<StaffJob> {
  const form = new FormData()
  form.set('file', file)
  form.set('jurisdiction', String(jurisdiction))
  form.set('dry_run', String(options.dry_run))
  form.set('end_missing', String(options.end_missing))
  return upload<StaffJob>(`${root}/staff/import`, form)
}
export const getStaffJob = (id: Id, signal?: AbortSignal) =>
  get<StaffJob>(`${root}/staff/imports/${id}`, {}, signal)
