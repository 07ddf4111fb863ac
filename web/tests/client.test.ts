// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createIncident, getIncidents } from '../src/api/endpoints'
import { ApiProblem, withQuery } from '../src/api/http'
import { clockOf } from '../src/dispatch/clock'
import { newKey } from '../src/dispatch/newKey'
import { throttle } from '../src/state/throttle'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('requests', () => {
  it('leave empty parameters out and keep zero', () => {
    expect(withQuery('/x', { a: '', b: null, c: undefined, d: 0, e: '路 1' })).toBe(
      '/x?d=0&e=%E8%B7%AF+1',
    )
  })

  it('carry the language and the key of the intention', async () => {
    const fetch = vi.fn(async (_path: string, _options: RequestInit) =>
      Response.json({ id: 1 }, { status: 201 }),
    )
    vi.stubGlobal('fetch', fetch)
    await createIncident(
      { category: '0301', title: 'x', lon: 1, lat: 2, crs: 'EPSG:4326', source: 'patrol' },
      'key-1',
    )
    const headers = new Headers(fetch.mock.calls[0]![1].headers)
    expect(headers.get('Idempotency-Key')).toBe('key-1')
    expect(['zh-CN', 'en']).toContain(headers.get('Accept-Language'))
  })

  it('raise what problem+json says', async () => {
    const body = {
      code: 'category-unknown',
      detail: '没有类别“99”。',
      errors: [{ row: null, field: 'category', message: '…' }],
      request_id: 'r1',
    }
    vi.stubGlobal('fetch', async () => Response.json(body, { status: 422 }))
    const problem = await getIncidents({}).catch((error: unknown) => error)
    expect(problem).toBeInstanceOf(ApiProblem)
    expect(problem).toMatchObject({
      status: 422,
      code: 'category-unknown',
      requestId: 'r1',
      offline: false,
    })
    expect((problem as ApiProblem).detail).toBe(body.detail)
  })

  it('raise a problem of their own for an answer that is no JSON, and when nobody answers', async () => {
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502 }))
    expect(await getIncidents({}).catch((error) => error.code)).toBe('http-502')
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')))
    expect(await getIncidents({}).catch((error) => error.offline)).toBe(true)
  })
})

describe('keys', () => {
  it('are never the same', () => {
    expect(new Set(Array.from({ length: 100 }, newKey)).size).toBe(100)
    expect(newKey()).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('throttle', () => {
  it('runs at once, then once a span, and loses no last call', () => {
    vi.useFakeTimers()
    const run = vi.fn()
    const call = throttle(run, 1000)
    for (let i = 0; i < 10; i++) call()
    expect(run).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(1000)
    expect(run).toHaveBeenCalledTimes(2)
    vi.advanceTimersByTime(5000)
    expect(run).toHaveBeenCalledTimes(2)
    call()
    call()
    call.cancel()
    vi.advanceTimersByTime(5000)
    expect(run).toHaveBeenCalledTimes(3)
  })
})

describe('the clock of a case', () => {
  const hour = 3_600_000
  const row = {
    status: 'open' as const,
    reported_at: new Date(0).toISOString(),
    due_at: new Date(100 * hour).toISOString(),
    closed_at: null,
  }
  it('is calm, then due in the last quarter, then overdue', () => {
    expect(clockOf(row, 10 * hour).state).toBe('calm')
    expect(clockOf(row, 76 * hour)).toMatchObject({ state: 'due', milliseconds: 24 * hour })
    expect(clockOf(row, 103 * hour)).toMatchObject({ state: 'overdue', milliseconds: 3 * hour })
  })
  it('is due soon from the moment that its clock names, and paused while it is parked', () => {
    const counted = { ...row, soon_at: new Date(30 * hour).toISOString() }
    expect(clockOf(counted, 29 * hour).state).toBe('calm')
    expect(clockOf(counted, 31 * hour).state).toBe('due')
    const parked = { ...counted, parked_until: new Date(500 * hour).toISOString() }
    expect(clockOf(parked, 31 * hour).state).toBe('paused')
    expect(clockOf({ ...parked, due_at: null }, 400 * hour).state).toBe('paused')
  })
  it('stands still when the case is closed, and tells the age without a deadline', () => {
    const closed = {
      ...row,
      status: 'closed' as const,
      closed_at: new Date(5 * hour).toISOString(),
    }
    expect(clockOf(closed, 999 * hour)).toMatchObject({ state: 'closed', milliseconds: 5 * hour })
    expect(clockOf({ ...row, due_at: null }, 7 * hour)).toMatchObject({
      deadline: false,
      milliseconds: 7 * hour,
    })
  })
})
