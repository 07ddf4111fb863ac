/** Points: rules, rankings, the entries behind them, appeals, marks and satisfaction. */
import type { Figures } from '@/closure/figures'
import { get, post, put, type Query } from './http'
import type { Id, Name } from './types'

const root = '/api/v1/scores'
type Items<T> = { items: T[] }

export const boards = ['street', 'district', 'centre'] as const
export type BoardName = (typeof boards)[number]
export const subjects = ['person', 'community', 'sub_district', 'department'] as const
export type Subject = (typeof subjects)[number]
export const kinds = [
  'patrol_found', 'patrol_valid', 'public_reported', 'closed_on_time', 'closed_late', 'overdue',
  'returned', 'rework', 'reopened', 'whistle_on_time', 'whistle_late', 'whistle_absent',
  'satisfied', 'fair', 'dissatisfied', 'media_exposed', 'commended', 'by_hand',
] as const // prettier-ignore
export type Kind = (typeof kinds)[number]
export const byHand: readonly string[] = ['media_exposed', 'commended', 'by_hand']
export const whistled: readonly string[] = ['whistle_on_time', 'whistle_late', 'whistle_absent']

export interface ScoreStanding {
  begun: boolean
  setting: { zone: string; appeal_days: number; small_below: number } | null
  today: string | null
  archive: number
  tallied_at: string | null
  over_all: boolean
  /** The sub-district for whose parts the reader enters points by hand, where that is all. */
  enters_below: string | null
  scored: boolean
}
export interface ScoreRule {
  id: Id
  series: Id
  former_id: Id | null
  kind: Kind
  subjects: Subject[]
  points: number
  categories: string[]
  severities: number[]
  sources: string[]
  name: Name
  since: string | null
  until: string | null
  withdrawn: boolean
  reason: string | null
  recorded_at: string
  recorded_by: string
  ended_by: string | null
  ended_reason: string | null
}
export interface RuleGiven {
  jurisdiction: Id
  former_id?: Id
  kind: Kind
  subjects: Subject[]
  points: number
  categories: string[]
  severities: number[]
  sources: string[]
  name_zh: string
  name_en: string
  since?: string
  until?: string
  reason: string
}
export interface Days {
  since: string
  until: string
}
/** Points per 100 cases with everybody's mix of categories, and how sure that is. */
export interface Fair {
  fair: number
  low: number
  high: number
  expected: number
  rank: number
  rank_low: number
  rank_high: number
  apart: 'above' | 'below' | null
}
export interface Ranked {
  id: Id
  code: string
  name: Name
  rank: number | null
  points: number
  added: number
  taken: number
  corrections: number
  entries: number
  cases: number
  people: number | null
  per_100_cases: number | null
  rank_per_case: number | null
  per_10_000_people: number | null
  small: boolean
  bottom: boolean
  tallies: number[]
  /** Null without cases, and in rankings that were published before there was any. */
  fair: Fair | null
}
export interface Ranking {
  board: BoardName
  subject: Subject
  tally: 'day' | 'week'
  code: string
  period: Days
  parts: Days[]
  items: Ranked[]
  state: 'open' | 'over' | 'published'
  published_at: string | null
  withheld: boolean
  small_below: number
}
/** Somebody on a post, by points, with the closure figures of their cases. */
export interface RankedPerson extends Figures {
  id: Id
  code: string
  role: string
  grid: Name
  name: Name
  rank: number
  points: number
  added: number
  taken: number
  entries: number
  cases: number
  small: boolean
  fair: Fair | null
}
export interface PeopleRanking {
  level: number
  code: string
  period: Days
  state: 'open' | 'over'
  items: RankedPerson[]
  /** How many are ranked, whether they are shown or not. */
  among: number
  small_below: number
}
export interface RankedDistrict extends Figures {
  id: Id
  code: string
  name: Name
  people: number | null
  rank: number | null
  found_per_10_000_people: number | null
  bottom: boolean
}
export interface CityRanking {
  /** Null where there are no two districts to be compared. */
  city: Place | null
  period: Days
  since: string
  until: string
  as_of: string
  items: RankedDistrict[]
  total: Figures | null
  state: 'open' | 'over' | 'published'
  published_at: string | null
  withheld: boolean
}
export interface Place {
  id: Id
  code: string
  name: Name
}
export interface ScoreAppeal {
  id: Id
  asked_at: string
  asked_by: string
  reason: string
  decided_at: string | null
  decided_by: string | null
  decision: 'upheld' | 'rejected' | 'changed' | null
  decided_reason: string | null
}
export interface ScoreEntry {
  id: Id
  subject: Subject
  organisation_id: Id | null
  person_id: Id | null
  who: Name
  day: string
  at: string
  kind: Kind
  points: number
  standing: number
  rule: Name
  source: 'incident' | 'whistle' | 'hand'
  corrects_id: Id | null
  takes_back: boolean
  by_appeal: boolean
  reason: string | null
  document: string | null
  entered_by: string | null
  recorded_at: string
  incident: { id: Id; serial: string; title: string } | null
  appeal: ScoreAppeal | null
  may_appeal: boolean
  may_decide: boolean
}
export interface EntryPage {
  items: ScoreEntry[]
  next: number | null
}
export interface EntryGiven {
  jurisdiction: Id
  rule_id: Id
  organisation_id?: Id
  person_id?: Id
  day: string
  points?: number
  reason: string
  document: string
}
export interface Satisfied {
  id: Id
  code: string
  kind: string
  name: Name
  satisfied: number
  fair: number
  dissatisfied: number
  answered: number
  closed: number
  share: number | null
  low: number | null
  high: number | null
}
export interface Mark {
  id: Id
  giver: Name
  marks: Record<string, number>
  mark: number
  remark: string | null
  given_at: string
}
export interface Marked extends Place {
  kind: string
  givers: number
  mark: number
  marks: Mark[]
}
export interface Marks {
  period: Days
  criteria: string[]
  to_mark: (Place & { kind: string })[]
  items: Marked[]
}

export const getScores = (jurisdiction: Id, signal?: AbortSignal) =>
  get<ScoreStanding>(root, { jurisdiction }, signal)
export const beginScores = (jurisdiction: Id, since: string | null) =>
  post<ScoreStanding>(`${root}/begin`, { jurisdiction, ...(since ? { since } : {}) })
export const setScores = (jurisdiction: Id, appeal_days: number, small_below: number) =>
  put<ScoreStanding>(`${root}/setting`, { jurisdiction, appeal_days, small_below })
export const getScoreRules = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<Items<ScoreRule>>(`${root}/rules`, { jurisdiction }, signal)).items
export const addScoreRule = (given: RuleGiven) => post<ScoreRule>(`${root}/rules`, given)
export const endScoreRule = (id: Id, reason: string) =>
  post<ScoreRule>(`${root}/rules/${id}/end`, { reason })
export const getPlaces = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<Items<Place>>(`${root}/places`, { jurisdiction }, signal)).items
export const getRanking = (query: Query, signal?: AbortSignal) =>
  get<Ranking>(`${root}/ranking`, query, signal)
export const getPeopleRanking = (query: Query, signal?: AbortSignal) =>
  get<PeopleRanking>(`${root}/people`, query, signal)
export const getCityRanking = (query: Query, signal?: AbortSignal) =>
  get<CityRanking>(`${root}/districts`, query, signal)
export const getEntries = (query: Query, signal?: AbortSignal) =>
  get<EntryPage>(`${root}/entries`, query, signal)
/** The same `key` sent twice enters once. */
export const enterPoints = (given: EntryGiven, key: string) =>
  post<ScoreEntry>(`${root}/entries`, given, { 'Idempotency-Key': key })
export const appealEntry = (id: Id, reason: string) =>
  post<ScoreEntry>(`${root}/entries/${id}/appeal`, { reason })
export const getAppeals = (query: Query, signal?: AbortSignal) =>
  get<EntryPage>(`${root}/appeals`, query, signal)
export const decideAppeal = (id: Id, decision: string, reason: string, points?: number) =>
  post<ScoreEntry>(`${root}/appeals/${id}/decide`, {
    decision,
    reason,
    ...(points === undefined ? {} : { points }),
  })
/** `part`: only what the caller sees of the jurisdiction is counted. */
export const getSatisfaction = (query: Query, signal?: AbortSignal) =>
  get<Items<Satisfied> & { part: boolean }>(`${root}/satisfaction`, query, signal)
export const getMarks = (jurisdiction: Id, day: string, signal?: AbortSignal) =>
  get<Marks>(`${root}/marks`, { jurisdiction, day }, signal)
export const giveMarks = (
  jurisdiction: Id,
  receiver_id: Id,
  month: string,
  marks: Record<string, number>,
  remark: string,
) =>
  post<Marks>(`${root}/marks`, {
    jurisdiction,
    receiver_id,
    month,
    marks,
    ...(remark ? { remark } : {}),
  })
