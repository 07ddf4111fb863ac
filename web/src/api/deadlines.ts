/** The table of deadlines, the office calendar, and when a report would be due. */
import { get, post, put, upload, withQuery } from './http'
import type { Id, Name } from './types'

const root = '/api/v1/deadlines'

export const units = ['working_hours', 'working_days', 'calendar_hours', 'calendar_days'] as const
export type Unit = (typeof units)[number]
export const stages = [
  'case',
  'collected',
  'registered',
  'dispatched',
  'handled',
  'fed_back',
] as const
export type DueStage = (typeof stages)[number]
/** Null is any category, any severity. */
export interface Cell {
  category: string | null
  severity: number | null
  stage: DueStage
  amount: number
  unit: Unit
  soon_share: number
}
export interface DeadlineRow extends Omit<Cell, 'category'> {
  id: number
  category: { code: string; name: Name } | null
  since: string
  until: string | null
  state: 'current' | 'coming' | 'ended'
  reason: string | null
  recorded_by: string
  recorded_at: string
  ended_by: string | null
  ended_reason: string | null
}
export type Span = [string, string]
export interface SpecialDay {
  date: string
  kind: 'holiday' | 'make_up'
  name_zh: string
  name_en: string
  /** Null: those of an ordinary working day. */
  hours: Span[] | null
}
export interface CalendarIn {
  zone: string
  week: Span[][]
  days: SpecialDay[]
  settled_through: number | null
}
export interface Calendar extends CalendarIn {
  id: number
  at: string
  actor: string
  reason: string | null
}
export interface Setting {
  delay_amount: number | null
  delay_unit: Unit | null
  reopened: 'remaining' | 'anew'
}
export interface Table {
  items: DeadlineRow[]
  calendar: Calendar | null
  setting: Setting
  known_through: number
}
export interface DueRow {
  stage: DueStage
  amount: number
  unit: Unit
  due_at: string
  soon_at: string
  deadline_id: number | null
  provisional: boolean
}
export interface Change {
  at: string
  change: 'add' | 'end' | 'calendar' | 'setting'
  id: number
  actor: string
  reason: string | null
  row: Omit<DeadlineRow, 'since'> | null
}
export interface Trial {
  category: string
  severity: number
  at: string | null
  calendar?: CalendarIn | null
  row?: Cell | null
}

export const getTable = (jurisdiction: Id, ended: boolean, signal?: AbortSignal) =>
  get<Table>(root, { jurisdiction, ended }, signal)
export const addDeadline = (
  jurisdiction: Id,
  cell: Cell,
  replaces: number | null,
  reason: string,
) => post<{ id: number }>(root, { ...cell, jurisdiction, replaces, reason })
export const endDeadline = (jurisdiction: Id, id: number, reason: string) =>
  post<void>(`${root}/${id}/end`, { jurisdiction, reason })
export const beginDeadlines = (jurisdiction: Id, reason: string) =>
  post<void>(`${root}/begin`, { jurisdiction, reason })
export const putCalendar = (
  jurisdiction: Id,
  calendar: CalendarIn,
  version: number | null,
  reason: string,
) => put<{ id: number }>(`${root}/calendar`, { jurisdiction, calendar, version, reason })
export const putSetting = (jurisdiction: Id, setting: Setting, reason: string) =>
  put<void>(`${root}/setting`, { ...setting, jurisdiction, reason })
export const getHolidays = (year: number, signal?: AbortSignal) =>
  get<{ days: SpecialDay[]; settled: boolean }>(`${root}/holidays`, { year }, signal)
export const tryDeadlines = (jurisdiction: Id, trial: Trial, signal?: AbortSignal) =>
  post<{ at: string; zone: string; items: DueRow[] }>(
    `${root}/preview`,
    { ...trial, jurisdiction },
    {},
    signal,
  )
export const getChanges = (
  query: { jurisdiction: Id; limit: number; cursor?: string | null },
  signal?: AbortSignal,
) => get<{ items: Change[]; next: string | null }>(`${root}/history`, query, signal)

export interface FileDone {
  added: number
  replaced: number
  unchanged: number
  missing: number
  ended: number
  stored: boolean
}
export const deadlineTemplateUrl = (lang: string) => withQuery(`${root}/template`, { lang })
export const deadlineExportUrl = (jurisdiction: Id, kind: 'xlsx' | 'csv', lang: string) =>
  withQuery(`${root}/export`, { jurisdiction, kind, lang })
/** Whole or not at all; what is wrong with it is in the problem's `errors`, by row and column. */
export function importDeadlines(
  jurisdiction: Id,
  file: File,
  options: { dry_run: boolean; end_missing: boolean; reason: string },
): Promise<FileDone> {
  const form = new FormData()
  form.set('file', file)
  form.set('jurisdiction', String(jurisdiction))
  form.set('dry_run', String(options.dry_run))
  form.set('end_missing', String(options.end_missing))
  if (options.reason) form.set('reason', options.reason)
  return upload<FileDone>(`${root}/import`, form)
}
