/** The clock of a case: how it stands against its deadline. */
import type { IncidentRow } from '@/api/types'

export type ClockState = 'closed' | 'paused' | 'calm' | 'due' | 'overdue'
export interface Clock {
  state: ClockState
  /** Age when closed or without a deadline, else the time left or past it, in milliseconds. */
  milliseconds: number
  deadline: boolean
}

/** Amber begins when its clock says so; without one, when a quarter of the time is left. */
const warning = 0.25

type Timed = Pick<
  IncidentRow,
  'status' | 'reported_at' | 'due_at' | 'closed_at' | 'soon_at' | 'parked_until'
>

export function clockOf(row: Timed, now: number): Clock {
  const reported = Date.parse(row.reported_at)
  if (row.status === 'closed') {
    const closed = row.closed_at ? Date.parse(row.closed_at) : now
    return { state: 'closed', milliseconds: closed - reported, deadline: false }
  }
  if (row.parked_until) {
    return { state: 'paused', milliseconds: now - reported, deadline: false }
  }
  if (!row.due_at) return { state: 'calm', milliseconds: now - reported, deadline: false }
  const due = Date.parse(row.due_at)
  const left = due - now
  if (left < 0) return { state: 'overdue', milliseconds: -left, deadline: true }
  const soon = row.soon_at ? Date.parse(row.soon_at) : due - (due - reported) * warning
  const state = now >= soon ? 'due' : 'calm'
  return { state, milliseconds: left, deadline: true }
}
