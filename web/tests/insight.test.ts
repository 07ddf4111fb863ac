import { describe, expect, it } from 'vitest'
import type { CategoryStats, Counts } from '../src/api/types'
import { closureShare, headline } from '../src/insight/headline'
import { readNarrowed } from '../src/insight/filters'
import { boxAround } from '../src/insight/places'
import { fillDays, stepFor } from '../src/insight/trend'

const counts = (found: number): Counts => ({ found, closed: 0, open: found })
function stats(now: Record<string, number>, before: Record<string, number>): CategoryStats {
  return {
    items: Object.entries(now).map(([category, found]) => ({ category, ...counts(found) })),
    total: counts(Object.values(now).reduce((sum, found) => sum + found, 0)),
    previous: Object.fromEntries(
      Object.entries(before).map(([code, found]) => [code, counts(found)]),
    ),
  }
}

describe('the sentence on top', () => {
  it('names the category that rose by most incidents, not by the largest share', () => {
    const said = headline(stats({ '01': 3, '03': 60 }, { '01': 1, '03': 40 }))
    expect(said).toMatchObject({ kind: 'rise', category: '03', more: 20, before: 40 })
  })

  it('claims no rise where there was none', () => {
    expect(headline(stats({ '01': 3, '03': 30 }, { '01': 3, '03': 40 })).kind).toBe('calm')
  })

  it('compares with nothing when there is nothing before', () => {
    expect(headline(stats({ '01': 3 }, {})).kind).toBe('plain')
    expect(headline(stats({ '01': 3 }, { '01': 0 })).kind).toBe('plain')
  })

  it('gives no percentage of zero', () => {
    expect(headline(stats({ '01': 3, '02': 5 }, { '02': 5 }))).toMatchObject({
      kind: 'new',
      category: '01',
      found: 3,
    })
  })

  it('says so when there is nothing', () => {
    expect(headline(stats({}, { '01': 5 })).kind).toBe('none')
    expect(closureShare(counts(0))).toBeNull()
  })
})

describe('trends', () => {
  const day = (at: string, found: number) => ({ day: at, found, closed: 1 })

  it('have every day of the span, with zeros where nothing happened', () => {
    const bins = fillDays(
      [day('2026-02-27', 2), day('2026-03-01', 3)],
      '2026-02-26',
      '2026-03-02',
      'day',
    )
    expect(bins.map((bin) => bin.day)).toEqual([
      '2026-02-26',
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
    ])
    expect(bins.map((bin) => bin.found)).toEqual([0, 2, 0, 3, 0])
  })

  it('lose nothing of the span when they are drawn by week', () => {
    const all = Array.from({ length: 90 }, (_, index) =>
      day(new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10), index),
    )
    const bins = fillDays(all, '2026-01-01', '2026-03-31', 'week')
    expect(bins.reduce((sum, bin) => sum + bin.found, 0)).toBe((89 * 90) / 2)
    expect(stepFor('2026-01-01', '2026-03-31')).toBe('week')
    expect(stepFor('2026-03-01', '2026-03-31')).toBe('day')
  })
})

describe('the box around a hotspot', () => {
  it('holds its circle', () => {
    const [west, south, east, north] = boxAround(113.6, 34.75, 300)
    const metres = (degrees: number) => degrees * 111_320
    expect(metres(north - south)).toBeCloseTo(600, 0)
    expect(metres(east - west) * Math.cos((34.75 * Math.PI) / 180)).toBeCloseTo(600, 0)
  })
})

describe('what narrows the page', () => {
  it('is what the address says, as far as the server knows it', () => {
    const query = { status: 'open', severity: '9', source: 'sensor', grid: '410102004', side: 'x' }
    expect(readNarrowed(query)).toEqual({ status: 'open', source: 'sensor', grid: '410102004' })
    expect(readNarrowed({ grid: '4101', status: 'all' })).toEqual({})
  })
})
