/** The trace of a case as lanes and bars, in per cent of its whole time. */
import type { HandLevel, Trace, TracedHand } from '@/api/steps'

export type Lane = 'department' | `${HandLevel}`
export interface Bar {
  place: number
  hand: TracedHand
  lane: number
  /** From 0 to 100. */
  from: number
  to: number
  /** The part of it beyond the deadline, at its end. */
  over: number
}
export interface Shape {
  lanes: Lane[]
  bars: Bar[]
  rests: { from: number; to: number }[]
  whistles: { from: number; to: number }[]
  start: number
  end: number
}

const order: Lane[] = ['-1', '0', '1', '2', '3', 'department']
export const laneOf = (hand: TracedHand): Lane =>
  hand.organisation?.kind === 'department' ? 'department' : `${hand.level}`

export function shapeOf(trace: Trace): Shape {
  const start = Math.min(
    Date.parse(trace.reported_at),
    ...trace.hands.map((hand) => Date.parse(hand.since)),
  )
  const last = trace.hands.map((hand) => Date.parse(hand.until ?? trace.now))
  const end = Math.max(start + 1, Date.parse(trace.closed_at ?? trace.now), ...last)
  const share = (iso: string) => ((Date.parse(iso) - start) / (end - start)) * 100
  const used = new Set(trace.hands.map(laneOf))
  // Levels between two that had the case are shown, too: none is skipped.
  const levels = [...used].filter((lane) => lane !== 'department').map(Number)
  const lanes = order.filter(
    (lane) =>
      used.has(lane) ||
      (lane !== 'department' &&
        Number(lane) > Math.min(...levels) &&
        Number(lane) < Math.max(...levels)),
  )
  return {
    lanes,
    start,
    end,
    bars: trace.hands.map((hand, place) => {
      const from = share(hand.since)
      const to = share(hand.until ?? trace.now)
      const over = (((hand.over_s ?? 0) * 1000) / (end - start)) * 100
      return {
        place,
        hand,
        lane: lanes.indexOf(laneOf(hand)),
        from,
        to,
        over: Math.min(over, to - from),
      }
    }),
    whistles: trace.whistles.map((one) => ({
      from: share(one.called_at),
      to: share(one.ended_at ?? trace.now),
    })),
    rests: trace.rests.map((rest) => ({
      from: share(rest.since),
      to: share(rest.until ?? trace.now),
    })),
  }
}
