// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import type { Case, IncidentRow } from '../src/api/types'
import { bulkSteps, casesFor } from '../src/dispatch/bulk'
import { changedFields, newSteps } from '../src/dispatch/conflict'
import { changeFilters, noFilters, readFilters, tilesKnow } from '../src/dispatch/filters'
import { actionKeys, actionOf, deskKeys, isTyping } from '../src/dispatch/keys'
import { mayMatch } from '../src/dispatch/matches'
import { useMarks } from '../src/dispatch/useMarks'
import { patchTo, viewOf } from '../src/dispatch/views'
import { patchQuery } from '../src/state/urlView'

const row = (id: number, changes: Partial<IncidentRow> = {}) =>
  ({
    id,
    serial: `s-${id}`,
    stage: 'dispatched',
    status: 'open',
    severity: 2,
    category: { code: '0301', name: { zh: '', en: '' } },
    person: { id: 5, name: 'x' },
    grid: { id: 1, code: '410102004001001', name: { zh: '', en: '' } },
    queue: null,
    due_at: null,
    version: 1,
    ...changes,
  }) as IncidentRow

describe('filters that belong together', () => {
  it('bring a stage to its status, and deadlines to open cases', () => {
    expect(changeFilters(noFilters, { stage: 'evaluated' }).status).toBe('closed')
    const due = changeFilters({ ...noFilters, status: 'closed' }, { due: 'overdue' })
    expect(due.status).toBe('open')
    expect(changeFilters(due, { status: 'closed' })).toMatchObject({ due: '', order: 'newest' })
    const stage = changeFilters(noFilters, { stage: 'registered' })
    expect(changeFilters(stage, { status: 'closed' }).stage).toBe('')
    expect(readFilters({ status: 'all', order: 'due' }).order).toBe('newest')
  })

  it('are kept by a view whatever else the address says, and brought back by it', () => {
    const query = { due: 'soon', order: 'due', incident: '7', at: '1,2,3', j: '41', q: '违建 A&B' }
    const view = viewOf(query)
    const back = patchQuery({ incident: '7', mine: 'true', grid: '410102004' }, patchTo(view))
    expect(viewOf(back)).toBe(view)
    expect(back).toEqual({ incident: '7', due: 'soon', order: 'due', q: '违建 A&B' })
    expect(viewOf({ at: '1,2,3' })).toBe('')
    expect(tilesKnow(readFilters({ order: 'due' }))).toBe(true)
    expect(tilesKnow(readFilters({ person: '5' }))).toBe(false)
  })

  it('refuse nonsense of the address', () => {
    const nonsense = { stage: 'x', source: 'y', person: '-1', organisation: '1e3', due: 'z' }
    expect(readFilters({ ...nonsense, marked: 'w', mine: 'yes', order: 'v' })).toEqual(noFilters)
  })
})

describe('a case that changed', () => {
  const wanted = (changes: object) => ({ ...noFilters, ...changes })
  it('leaves the list where its row tells that it does not belong any more', () => {
    const past = new Date(1000).toISOString()
    expect(mayMatch(row(1), noFilters, 0)).toBe(true)
    for (const not of [
      { status: 'closed' },
      { stage: 'handled' },
      { severity: '4' },
      { category: '0302' },
      { person: '6' },
      { grid: '410102005' },
      { queue: 'true' },
      { due: 'overdue' },
    ]) {
      expect(mayMatch(row(1), wanted(not), 2000)).toBe(false)
    }
    expect(mayMatch(row(1, { due_at: past }), wanted({ due: 'overdue' }), 2000)).toBe(true)
    expect(mayMatch(row(1, { due_at: past }), wanted({ due: 'soon' }), 2000)).toBe(false)
    expect(mayMatch(row(1), wanted({ organisation: '9', q: 'x', mine: 'true' }), 0)).toBe(true)
  })
})

describe('the keys', () => {
  it('of steps take none of the desk away, and are letters', () => {
    const own = deskKeys.flatMap(({ key, also }) => [key, also])
    for (const key of Object.values(actionKeys)) {
      expect(key).toMatch(/^[a-z]$/)
      expect(own).not.toContain(key)
    }
  })

  it('stand for what is allowed now', () => {
    expect(actionOf('v', ['close', 'verify_result'])).toBe('verify_result')
    expect(actionOf('v', ['verify_report'])).toBe('verify_report')
    expect(actionOf('d', ['close'])).toBeNull()
    expect(actionOf('b', ['return_part', 'return'])).toBe('return')
    expect(actionOf('r', ['return_part', 'return'])).toBe('return_part')
  })

  it('are left to whoever types', () => {
    document.body.innerHTML =
      '<input id="a"><textarea id="b"></textarea><select id="c"></select>' +
      '<div role="dialog"><button id="d"></button></div>' +
      '<input type="checkbox" id="e"><button id="f"></button>'
    const typing = (id: string) => isTyping(document.getElementById(id))
    expect(['a', 'b', 'c', 'd'].map(typing)).toEqual([true, true, true, true])
    expect(['e', 'f'].map(typing)).toEqual([false, false])
    expect(isTyping(null)).toBe(false)
  })
})

describe('marks', () => {
  it('are turned one by one, and from one to another', () => {
    const list = [1, 2, 3, 4, 5].map((id) => row(id))
    const marks = useMarks(
      () => list,
      () => '',
    )
    marks.toggle(4)
    marks.markTo(2)
    expect(marks.marked.value.map((one) => one.id)).toEqual([2, 3, 4])
    marks.toggle(3)
    expect(marks.marked.value.map((one) => one.id)).toEqual([2, 4])
    marks.all()
    expect(marks.marked.value.length).toBe(5)
    marks.keep([5, 99])
    expect(marks.marked.value.map((one) => one.id)).toEqual([5])
    marks.clear()
    expect(marks.ids.value.size).toBe(0)
  })

  it('offer each step for the cases that it fits', () => {
    const list = [row(1, { stage: 'collected' }), row(2), row(3, { status: 'closed' })]
    const offered = bulkSteps.map((step) => [step.action, casesFor(step, list).length])
    expect(offered).toEqual([
      ['register', 1],
      ['dispatch', 0],
      ['supervise', 2],
      ['return', 1],
    ])
  })
})

describe('a conflict', () => {
  const step = (at: string, action: string) => ({ at, action, actor: 'x' })
  const whole = (changes: object) =>
    ({
      ...row(1),
      title: 'a',
      address: null,
      lon: 1,
      lat: 2,
      history: [],
      ...changes,
    }) as never as Case

  it('names the fields that differ and the steps that are new', () => {
    const before = whole({ history: [step('1', 'report')] })
    const now = whole({
      stage: 'handled',
      title: 'b',
      version: 2,
      history: [step('1', 'report'), step('2', 'handle')],
    })
    expect(changedFields(before, now)).toEqual(['stage', 'title'])
    expect(newSteps(before, now).map((one) => one.action)).toEqual(['handle'])
    expect(changedFields(before, before)).toEqual([])
  })
})
