import { describe, expect, it } from 'vitest'
import {
  countFilters,
  noFilters,
  queryOf,
  readBbox,
  readFilters,
  readPin,
  tilesKnow,
  writeFilters,
} from '../src/dispatch/filters'
import { readWindow, spanOf, writeWindow } from '../src/insight/timeWindow'
import { formatPlace, parsePlace, patchQuery } from '../src/state/urlView'

describe('the place of the map', () => {
  it('comes back from the address as it was written', () => {
    const place = { lng: 113.61234, lat: 34.75123, zoom: 14.25 }
    expect(parsePlace(formatPlace(place))).toEqual(place)
  })

  it('is none when the address makes no sense', () => {
    const wrong = [
      '',
      '1,2',
      '1,2,3,4',
      'a,b,c',
      '1,2,',
      '200,0,5',
      '0,89,5',
      '0,0,99',
      null,
      7,
      ['1'],
    ]
    for (const text of wrong) expect(parsePlace(text)).toBeNull()
  })
})

describe('patches of the query', () => {
  it('keep what is not named and drop what is empty', () => {
    const query = { j: '410102005', status: 'all', list: ['a', 'b'] }
    expect(patchQuery(query, { status: null, grid: '410102005001', q: '' })).toEqual({
      j: '410102005',
      grid: '410102005001',
    })
  })
})

describe('filters of the queue', () => {
  it('come back from the address as they were written', () => {
    const filters = {
      ...noFilters,
      status: 'closed' as const,
      category: '0301',
      severity: '3',
      q: '违建',
      grid: '410102005001',
      queue: 'true',
      since: '2026-10-01T00:00:00.000Z',
      bbox: '113.5,34.7,113.6,34.8',
    }
    expect(readFilters(patchQuery({}, writeFilters(filters)))).toEqual(filters)
    expect(countFilters(filters)).toBe(8)
  })

  it('show open incidents of everything when the address says nothing or nonsense', () => {
    const nonsense = {
      status: 'x',
      severity: '9',
      category: "1' OR 1",
      since: 'soon',
      bbox: '1,2,0,3',
    }
    expect(readFilters(nonsense)).toEqual(noFilters)
    expect(countFilters(noFilters)).toBe(0)
    expect(queryOf(noFilters, 5)).toMatchObject({ jurisdiction: 5, status: 'open', category: '' })
  })

  it('are for the tiles only as far as the tiles know them', () => {
    expect(tilesKnow({ ...noFilters, status: 'all', category: '03' })).toBe(true)
    for (const narrow of [
      { category: '0301' },
      { severity: '2' },
      { q: 'x' },
      { bbox: '1,2,3,4' },
    ]) {
      expect(tilesKnow({ ...noFilters, ...narrow })).toBe(false)
    }
  })

  it('refuse boxes and pins outside the world or inside out', () => {
    expect(readBbox('113,34,114,35')).toEqual([113, 34, 114, 35])
    for (const box of ['', '1,2,3', '2,0,1,1', '0,1,1,0', 'a,0,1,1'])
      expect(readBbox(box)).toBeNull()
    expect(readPin('113.5,34.7')).toEqual([113.5, 34.7])
    for (const pin of ['', ',', '113', '200,34', '1,2,3', 'x,y']) expect(readPin(pin)).toBeNull()
  })
})

describe('the time window', () => {
  const now = new Date('2026-11-20T16:30:00Z')
  const zone = 'Asia/Shanghai'

  it('comes back from the address as it was written', () => {
    for (const window of [
      { key: '90' as const, from: '', to: '' },
      { key: 'all' as const, from: '', to: '' },
      { key: 'custom' as const, from: '2026-10-01', to: '2026-10-31' },
    ]) {
      expect(readWindow(patchQuery({}, writeWindow(window)))).toEqual(window)
    }
    expect(readWindow({ w: 'custom', from: '2026-10-31', to: '2026-10-01' }).key).toBe('30')
    expect(readWindow({ w: 'custom', from: '2026-13-99', to: '2026-14-01' }).key).toBe('30')
  })

  it('of n days is today so far and the whole days before', () => {
    const { since, until } = spanOf({ key: '7', from: '', to: '' }, now, zone)
    expect(since).toBe('2026-11-14T16:00:00.000Z')
    expect(until).toBe(now.toISOString())
    expect(spanOf({ key: 'all', from: '', to: '' }, now, zone)).toEqual({})
  })

  it('of own choice holds both days whole, in any time zone', () => {
    const day = { key: 'custom' as const, from: '2026-10-01', to: '2026-10-01' }
    expect(spanOf(day, now, zone)).toEqual({
      since: '2026-09-30T16:00:00.000Z',
      until: '2026-10-01T16:00:00.000Z',
    })
    for (const [other, since] of [
      ['Pacific/Kiritimati', '2026-09-30T10:00:00.000Z'],
      ['Pacific/Pago_Pago', '2026-10-01T11:00:00.000Z'],
    ] as const) {
      const span = spanOf(day, now, other)
      expect(span.since).toBe(since)
      expect(Date.parse(span.until!) - Date.parse(span.since!)).toBe(86_400_000)
    }
  })
})
