/** People, the posts that nobody fills, leave, and duty rosters. */
import { get, post, type Query } from './http'
import type { GridRef, Id, Level, Person } from './types'

const root = '/api/v1'

export interface Somebody extends Person {
  role: string | null
  grid: GridRef | null
}
export interface Vacancy {
  grid: GridRef
  level: Level
  role: string
  seat: number
  /** `away`: the holder is, and nobody stands in. */
  kind: 'vacant' | 'away'
  /** Null if the post was never held. */
  since: string | null
  last: Person | null
  answers: Person | null
  answers_level: Level | null
}
interface Dated {
  id: number
  person: Person
  since: string
  reason: string | null
  recorded_by: string
  recorded_at: string
}
export interface Absence extends Dated {
  until: string | null
  substitute: Person | null
}
export interface Duty extends Dated {
  until: string
  grid_code: string
}
export interface NewAbsence {
  person_id: Id
  substitute_id?: Id | null
  since: string
  until: string | null
  reason: string
}
export interface NewDuty {
  grid_code: string
  person_id: Id
  since: string
  until: string
  reason: string | null
}

type Page<T> = { items: T[]; next: string | number | null }
async function all<T>(path: string, query: Query, signal?: AbortSignal): Promise<T[]> {
  const found: T[] = []
  let after: string | number | null = null
  do {
    const page: Page<T> = await get<Page<T>>(
      path,
      after === null ? query : { ...query, after },
      signal,
    )
    found.push(...page.items)
    after = page.next
  } while (after !== null)
  return found
}

export const findPeople = (jurisdiction: Id, q: string, signal?: AbortSignal) =>
  get<{ items: Somebody[] }>(`${root}/people`, { jurisdiction, q }, signal)
export const getPerson = async (jurisdiction: Id, person: Id, signal?: AbortSignal) => {
  const found = await get<{ items: Somebody[] }>(`${root}/people`, { jurisdiction, person }, signal)
  return found.items[0] ?? null
}
export const getVacancies = (jurisdiction: Id, signal?: AbortSignal) =>
  all<Vacancy>(`${root}/vacancies`, { jurisdiction }, signal)
/** Lasting at `since` (now) or beginning later. */
export const getAbsences = (jurisdiction: Id, signal?: AbortSignal) =>
  all<Absence>(`${root}/absences`, { jurisdiction, limit: 1000 }, signal)
export const getDuties = (jurisdiction: Id, since: string, signal?: AbortSignal) =>
  all<Duty>(`${root}/duties`, { jurisdiction, since, limit: 1000 }, signal)

export const addAbsence = (jurisdiction: Id, absence: NewAbsence) =>
  post<{ id: number }>(`${root}/absences`, { jurisdiction, ...absence })
export const addDuty = (jurisdiction: Id, duty: NewDuty) =>
  post<{ id: number }>(`${root}/duties`, { jurisdiction, ...duty })
export const endAbsence = (jurisdiction: Id, id: number, reason: string) =>
  post<null>(`${root}/absences/${id}/end`, { jurisdiction, reason })
export const endDuty = (jurisdiction: Id, id: number, reason: string) =>
  post<null>(`${root}/duties/${id}/end`, { jurisdiction, reason })
