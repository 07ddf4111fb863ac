import { describe, expect, it } from 'vitest'
import type { IncidentRow } from '../src/api/types'
import { appendPage, mergeHead, replaceRows } from '../src/dispatch/mergeRows'

/** Row n was reported at minute n: the greater, the newer. */
function row(id: number, changes: Partial<IncidentRow> = {}): IncidentRow {
  return {
    id,
    serial: String(id),
    category: { code: '0301', name: { zh: '', en: '' } },
    title: `incident ${id}`,
    severity: 1,
    stage: 'collected',
    status: 'open',
    lon: 113.6,
    lat: 34.7,
    address: null,
    reported_at: new Date(id * 60_000).toISOString(),
    due_at: null,
    closed_at: null,
    grid: null,
    queue: null,
    person: null,
    synthetic: true,
    rule: 'inside',
    version: 1,
    ...changes,
  }
}
const rows = (...ids: number[]) => ids.map((id) => row(id))
const ids = (list: IncidentRow[]) => list.map((one) => one.id)

describe('the newest page over the list', () => {
  it('puts new ones on top, keeps deeper ones, and says which are new', () => {
    const state = { rows: rows(9, 8, 7, 6, 5, 4), next: 'after-4' }
    const merged = mergeHead(state, { items: rows(11, 10, 9), next: 'after-9' })
    expect(ids(merged.rows)).toEqual([11, 10, 9, 8, 7, 6, 5, 4])
    expect(merged.fresh).toEqual([11, 10])
    expect(merged.next).toBe('after-4')
  })

  it('takes out what should be in the page and is not', () => {
    const state = { rows: rows(9, 8, 7, 6), next: 'after-6' }
    const merged = mergeHead(state, { items: rows(9, 7), next: 'after-7' })
    expect(ids(merged.rows)).toEqual([9, 7, 6])
    expect(merged.fresh).toEqual([])
  })

  it('shows changed rows as they are now', () => {
    const state = { rows: rows(9, 8), next: null }
    const merged = mergeHead(state, { items: [row(9, { title: 'changed' }), row(8)], next: null })
    expect(merged.rows[0]!.title).toBe('changed')
  })

  it('starts anew when more came than one page holds, so that nothing is left out between', () => {
    const state = { rows: rows(5, 4, 3), next: 'after-3' }
    const merged = mergeHead(state, { items: rows(20, 19, 18), next: 'after-18' })
    expect(ids(merged.rows)).toEqual([20, 19, 18])
    expect(merged.next).toBe('after-18')
  })

  it('is the whole list when it is the last page', () => {
    const merged = mergeHead({ rows: rows(5, 4, 3), next: null }, { items: rows(5, 3), next: null })
    expect(ids(merged.rows)).toEqual([5, 3])
    expect(merged.next).toBeNull()
  })

  it('fills an empty list', () => {
    const merged = mergeHead({ rows: [], next: null }, { items: rows(2, 1), next: 'after-1' })
    expect(ids(merged.rows)).toEqual([2, 1])
    expect(merged.next).toBe('after-1')
  })

  it('never shows a row twice, whatever came in which order', () => {
    let state = { rows: rows(30, 29, 28), next: 'after-28' as string | null }
    for (let newest = 31; newest < 60; newest += 2) {
      const items = rows(newest, newest - 1, newest - 2)
      state = mergeHead(state, { items, next: `after-${newest - 2}` })
      state = appendPage(state, { items: rows(28, 27), next: 'after-27' })
      const shown = ids(state.rows)
      expect(new Set(shown).size).toBe(shown.length)
      expect(shown).toEqual([...shown].sort((a, b) => Number(b) - Number(a)))
    }
  })
})

describe('rows as they are now', () => {
  it('are replaced in place, or leave when they do not belong any more', () => {
    const list = rows(3, 2, 1)
    const told = new Map([[2, row(2, { status: 'closed' })]])
    expect(ids(replaceRows(list, told, (one) => one.status === 'open'))).toEqual([3, 1])
    expect(replaceRows(list, told, () => true)[1]!.status).toBe('closed')
    expect(replaceRows(list, new Map([[9, row(9)]]), () => true)).toBe(list)
  })
})

describe('a list by deadline', () => {
  const due = (id: number, hours: number | null) =>
    row(id, { due_at: hours === null ? null : new Date(hours * 3_600_000).toISOString() })

  it('keeps what is due later below the first page, and what has no deadline last', () => {
    const state = { rows: [due(1, 1), due(2, 5), due(3, null)], next: 'more' }
    const page = { items: [due(4, 0), due(1, 1), due(5, 2)], next: 'after-5' }
    expect(ids(mergeHead(state, page, 'due').rows)).toEqual([4, 1, 5, 2, 3])
  })
})
