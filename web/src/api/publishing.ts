/** Putting a draft in force, what that would move, and the notes that it leaves. */
import { get, post, type Query } from './http'
import type { GridRef, Id, Person, Plan } from './types'

const root = '/api/v1'

export interface Side {
  grid: GridRef | null
  queue: GridRef | null
  person: Person | null
}
export interface Moved {
  incident_id: number
  serial: string
  title: string
  category: string
  before: Side
  after: Side
  /** A dispatcher had given it to a near grid, which the plan does not leave near. */
  choice_ended?: boolean
}
interface CarriedOver {
  moved: number
  ended: number
}
export interface Publication {
  plan_id: number
  former_id: number | null
  at: string
  grids: { new: string[]; gone: string[]; reshaped: string[] }
  units_moved: number
  people_moved: number
  posts: CarriedOver
  ties: CarriedOver
  open_incidents: number
  incidents_moved: number
  report: { findings: { outcome: string; code: string; message: string }[] }
}
export interface Preview extends Publication {
  items: Moved[]
  next: number | null
}
export interface HandOver extends Moved {
  id: number
  /** What it came of: a plan, or somebody's departure. */
  plan_id: number | null
  departure_id: number | null
  at: string
  /** In a sentence, in the reader's language. */
  note: string
  read_by_from_at: string | null
  read_by_to_at: string | null
}
export interface HandOverPage {
  items: HandOver[]
  next: number | null
}

export const getPlans = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<{ items: Plan[] }>(`${root}/plans`, { jurisdiction }, signal)).items
export const getPreview = (plan: Id, query: Query, signal?: AbortSignal) =>
  get<Preview>(`${root}/plans/${plan}/publishing`, query, signal)
/** Refused with `plan-former-changed` where another plan than `former` is in force meanwhile. */
export const publishPlan = (plan: Id, former: Id | null) =>
  post<Publication>(
    `${root}/plans/${plan}/publishing`,
    former === null ? {} : { instead_of: former },
  )

export const getHandOvers = (query: Query, signal?: AbortSignal) =>
  get<HandOverPage>(`${root}/hand-overs`, query, signal)
export const markRead = (note: number, person_id: Id) =>
  post<null>(`${root}/hand-overs/${note}/read`, { person_id })
