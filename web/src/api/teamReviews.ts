/** The year-end review of work teams: years, teams, reports, votes, and what was published. */
import { get, post, put, upload, withQuery, type Query } from './http'
import type { Id, Name } from './types'

const root = '/api/v1/team-reviews'
const ofTeams = '/api/v1/work-teams'
type Headers = Record<string, string>

/** To whom a team reports, who judges it, and by which grades. */
export const reportSides = ['sending_unit', 'sub_district', 'assembly'] as const
export type ReportSide = (typeof reportSides)[number]
export const judges = ['sub_district', 'community', 'households'] as const
export type Judge = (typeof judges)[number]
export const grades = ['excellent', 'good', 'fair', 'poor'] as const
export type Grade = (typeof grades)[number]

export interface Edition {
  edition: number
  reason: string | null
  published_at: string
  published_by: string
}
export interface ReviewYear {
  id: Id
  year: number
  /** How many, for whoever keeps the review. */
  teams: number | null
  editions: Edition[]
}
export interface Overview {
  keeps: boolean
  today: string
  items: ReviewYear[]
}
export interface TeamRule {
  from_year: number
  example: boolean
  weights: Record<Judge, number>
  points: Record<Grade, number>
  results: Record<'excellent' | 'good' | 'fair', number>
  quorum: [number, number]
  small_below: number
}
export interface RecordedRule extends TeamRule {
  id: Id
  reason: string | null
  recorded_at: string
  recorded_by: string
}
export interface TeamPlace {
  id: Id | null
  code: string | null
  name: Name
}
export interface SideResult {
  side: Judge
  points: number | null
  turnout: number | null
  quorate: boolean
  small: boolean
}
export interface TeamReport {
  side: ReportSide
  given_on: string
}
export interface RecordedReport extends TeamReport {
  id: Id
  body: string | null
  file_name: string | null
  file_bytes: number | null
  reason: string | null
  recorded_at: string
  recorded_by: string
}
export type Counts = Record<'invited' | 'present' | 'void' | Grade, number>
export interface TeamBallot extends Counts {
  side: Judge
  held_on: string
  called_by: string
}
export interface Standing {
  id: Id
  name: string
  sender: TeamPlace
  sub_district: TeamPlace
  communities: TeamPlace[]
  leader: string
  members: string[]
  missing: string[]
  sides: SideResult[]
  score: number | null
  low: number | null
  high: number | null
  grade: Grade | null
  worst: Grade | null
  best: Grade | null
  rank: number | null
  rank_low: number | null
  rank_high: number | null
  reports: TeamReport[]
  ballots: TeamBallot[]
}
export interface KeptTeam extends Standing {
  version: number
  left_out_reason: string | null
  sender_id: Id | null
  sender_name: string | null
  reports: RecordedReport[]
}
export interface Kept {
  id: Id
  year: number
  version: number
  edition: number | null
  name: Name
  synthetic: boolean
  rule: TeamRule | null
  complete: boolean
  teams: KeptTeam[]
}
export interface Recipient extends TeamPlace {
  reached: boolean
}
export interface Publication extends Edition {
  review_id: Id
  editions: number
  result: {
    year: number
    name: Name
    synthetic: boolean
    rule: TeamRule
    teams: Standing[]
    left_out: { name: string; sender: Name; reason: string }[]
    recipients: { sub_districts: Recipient[]; senders: Recipient[]; teams: string[] }
  }
}
export interface ReviewEvent {
  id: number
  at: string
  actor: string
  action: string
  reason: string | null
  team: string | null
  data: Record<string, unknown>
}
export interface TeamGiven {
  name: string
  sender_id: Id | null
  sender_name: string | null
  sub_district_id: Id
  community_ids: Id[]
  leader: string
  members: string[]
}

export const getOverview = (jurisdiction: Id, signal?: AbortSignal) =>
  get<Overview>(root, { jurisdiction }, signal)
export const openReview = (
  told: { jurisdiction: Id; year: number; take_over: boolean },
  headers: Headers,
) => post<Kept>(root, told, headers)
export const getReview = (id: Id, signal?: AbortSignal) => get<Kept>(`${root}/${id}`, {}, signal)
export const getRules = async (jurisdiction: Id, signal?: AbortSignal) =>
  (await get<{ items: RecordedRule[] }>(`${root}/rules`, { jurisdiction }, signal)).items
export const recordRule = (
  told: Omit<TeamRule, 'example'> & { jurisdiction: Id; reason: string },
  headers: Headers,
) => post<{ items: RecordedRule[] }>(`${root}/rules`, told, headers)
export const getHistory = (id: Id, query: Query, signal?: AbortSignal) =>
  get<{ items: ReviewEvent[]; next: number | null }>(`${root}/${id}/history`, query, signal)
export const addTeam = (
  review: Id,
  team: TeamGiven & { reason: string | null },
  headers: Headers,
) => post<Kept>(`${root}/${review}/teams`, team, headers)
export const changeTeam = (id: Id, team: TeamGiven & { version: number; reason: string }) =>
  put<Kept>(`${ofTeams}/${id}`, team)
export const leaveOut = (id: Id, left_out: boolean, version: number, reason: string) =>
  post<Kept>(`${ofTeams}/${id}/left-out`, { left_out, version, reason })
export const sendReport = (id: Id, form: FormData, headers: Headers) =>
  upload<Kept>(`${ofTeams}/${id}/reports`, form, headers)
export const withdraw = (
  id: Id,
  what: 'reports' | 'ballots',
  side: string,
  version: number,
  reason: string,
) => post<Kept>(`${ofTeams}/${id}/${what}/${side}/withdraw`, { version, reason })
export const reportFile = (id: Id, report: Id) => `${ofTeams}/${id}/reports/${report}/file`
export const sendBallots = (
  id: Id,
  told: {
    version: number
    held_on: string
    called_by: string
    sides: Partial<Record<Judge, Counts>>
    reason: string | null
  },
  headers: Headers,
) => post<Kept>(`${ofTeams}/${id}/ballots`, told, headers)
export const publishReview = (id: Id, version: number, reason: string | null, headers: Headers) =>
  post<Publication>(`${root}/${id}/publication`, { version, reason }, headers)
export const getPublication = (id: Id, edition: number | null, signal?: AbortSignal) =>
  get<Publication>(`${root}/${id}/publication`, { edition }, signal)
export const publicationFile = (id: Id, edition: number, lang: string) =>
  withQuery(`${root}/${id}/publication/file`, { edition, lang })
