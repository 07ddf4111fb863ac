import { describe, expect, it } from 'vitest'
import type { Trace, TracedHand } from '@/api/steps'
import { emptyFields, missing, stepOf } from '@/dispatch/stepFields'
import { shapeOf } from '@/dispatch/traceShape'

const hand = (given: Partial<TracedHand>): TracedHand => ({
  id: 1,
  task: 'handle',
  is_lead: true,
  level: 3,
  since: '2026-11-16T00:00:00Z',
  until: '2026-11-17T00:00:00Z',
  given_by: 'x',
  reason: null,
  accepted_at: null,
  ended_by: 'x',
  ended_how: 'done',
  role: null,
  person: null,
  organisation: null,
  grid: null,
  stage: 'dispatched',
  held_s: 86_400,
  worked_s: null,
  parked_s: 0,
  over_s: null,
  ...given,
})
const trace = (hands: TracedHand[], given: Partial<Trace> = {}): Trace => ({
  reported_at: '2026-11-16T00:00:00Z',
  closed_at: null,
  now: '2026-11-20T00:00:00Z',
  derived: false,
  hands,
  whistles: [],
  rests: [],
  lost: null,
  longest: null,
  ...given,
})

describe('the trace of a case', () => {
  it('puts hands on lanes by level, none between left out, departments apart', () => {
    const urban = { id: 5, code: 'D', kind: 'department', name: { zh: 'x', en: 'x' } }
    const shape = shapeOf(
      trace([
        hand({}),
        hand({ id: 2, level: 0, since: '2026-11-17T00:00:00Z', until: '2026-11-18T00:00:00Z' }),
        hand({ id: 3, level: 1, organisation: urban, since: '2026-11-18T00:00:00Z', until: null }),
      ]),
    )
    expect(shape.lanes).toEqual(['0', '1', '2', '3', 'department'])
    expect(shape.bars.map((bar) => [bar.lane, bar.from, bar.to])).toEqual([
      [3, 0, 25],
      [0, 25, 50],
      [4, 50, 100],
    ])
  })
  it('draws no more beyond the deadline than was held, and nothing outside the picture', () => {
    const shape = shapeOf(
      trace([hand({ over_s: 9e9 })], {
        rests: [{ since: '2026-11-18T00:00:00Z', until: null }],
      }),
    )
    expect(shape.bars[0]!.over).toBe(25)
    expect(shape.rests).toEqual([{ from: 50, to: 100 }])
    expect(shapeOf(trace([])).bars).toEqual([])
  })
})

describe('the form of a step', () => {
  it('asks for what a step needs, and why only where an answer needs it', () => {
    const fields = emptyFields()
    expect(missing('verify_result', ['verdict'], fields, 0)).toEqual(['verdict'])
    fields.verdict = true
    expect(missing('verify_result', ['verdict'], fields, 0)).toEqual([])
    fields.verdict = false
    expect(missing('verify_result', ['verdict'], fields, 0)).toEqual(['reason'])
    expect(missing('redispatch', ['reason', 'target'], emptyFields(), 0)).toEqual([
      'reason',
      'target',
    ])
    expect(missing('dispatch', [], emptyFields(), 0)).toEqual([])
    expect(missing('handle', ['photo'], emptyFields(), 0)).toEqual(['photo'])
    expect(missing('handle', ['photo'], emptyFields(), 1)).toEqual([])
    expect(missing('split', ['target'], emptyFields(), 0)).toEqual(['assisting'])
    const done = { ...emptyFields(), result: '已办' }
    expect(missing('finish_part', ['part', 'result'], done, 0)).toEqual(['part'])
    expect(missing('finish_part', ['result'], done, 0)).toEqual([])
    expect(stepOf('finish_part', { ...done, part: 7 }, 3, 'Asia/Shanghai').target).toEqual({
      organisation_id: 7,
    })
    expect(missing('merge', ['reason', 'target'], emptyFields(), 0)).toEqual(['reason', 'main'])
  })
  it('sends what was filled in, and a moment by the clock of the office', () => {
    const fields = { ...emptyFields(), reason: ' 冬季 ', until: '2026-11-21T08:00', assisting: [9] }
    expect(stepOf('park', fields, 4, 'Asia/Shanghai', [3])).toEqual({
      action: 'park',
      version: 4,
      reason: '冬季',
      until: '2026-11-21T00:00:00.000Z',
      target: { assisting: [9] },
      photo_ids: [3],
    })
  })
})
