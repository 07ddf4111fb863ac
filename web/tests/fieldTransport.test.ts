/** What the server, or what stands in its place, can answer to a phone. */
import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { apart_m, circle } from '../src/field/report/circle'
import { SendProblem } from '../src/field/queue/outcome'
import { httpTransport } from '../src/field/queue/transport'
import { StoreFull } from '../src/field/store/db'
import { getItem, putItem, updateItem } from '../src/field/store/drafts'
import { newReport } from '../src/field/store/items'

const transport = httpTransport(() => 'en')
const asked: { path: string; init: RequestInit }[] = []

function answers(body: string | null, status: number, headers: Record<string, string> = {}): void {
  asked.length = 0
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    asked.push({ path, init })
    return new Response(body, { status, headers })
  })
}
const told = async (work: Promise<unknown>) => {
  const error = await work.catch((one: unknown) => one)
  expect(error).toBeInstanceOf(SendProblem)
  return error as SendProblem
}
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('a request', () => {
  it('carries its key and the proof of its page', async () => {
    answers('{"id":4,"serial":"S4","version":1}', 201)
    expect(await transport.sendReport('k', { a: 1 }, 'word')).toMatchObject({ serial: 'S4' })
    const headers = asked[0]!.init.headers as Record<string, string>
    expect(headers).toMatchObject({ 'Idempotency-Key': 'k', 'X-CSRF-Token': 'word' })
  })

  it('takes a step that takes the case out of sight for done', async () => {
    answers(null, 204)
    expect(await transport.sendStep(9, 'k', {}, 'word')).toMatchObject({ id: 9 })
  })

  it('takes no page of a stranger for an answer', async () => {
    for (const [body, status] of [
      ['<html>Welcome to our WLAN', 200],
      ['<h1>no', 403],
      ['{"id":', 201],
    ] as const) {
      answers(body, status)
      expect((await told(transport.sendReport('k', {}, 'c'))).told.status).toBe(0)
    }
  })

  it('keeps the words of a refusal, and how long to wait', async () => {
    answers('{"code":"c","detail":"why","errors":[{"message":"this"}]}', 422)
    expect((await told(transport.sendReport('k', {}, 'c'))).told).toEqual({
      status: 422,
      code: 'c',
      detail: 'why',
      errors: ['this'],
    })
    answers('{"code":"too-many-requests"}', 429, { 'Retry-After': '30' })
    expect((await told(transport.sendReport('k', {}, 'c'))).retry_after_s).toBe(30)
    answers('<html>413', 413)
    expect((await told(transport.sendReport('k', {}, 'c'))).told.status).toBe(413)
  })

  it('knows nobody, and how far the clock of the phone is off', async () => {
    answers('{"account":null,"csrf":null}', 200)
    expect(await transport.whoAmI()).toBeNull()
    const behind = new Date(Date.now() - 600_000).toUTCString()
    answers('{"account":{"id":1,"login":"a","name":"b","roles":[]},"csrf":"c"}', 200, {
      Date: behind,
    })
    expect((await transport.whoAmI())!.ahead_ms).toBeGreaterThan(590_000)
  })
})

describe('the store', () => {
  it('says when there is no room, and keeps what it had', async () => {
    const item = newReport('full', 1, '2026-11-01T00:00:00.000Z')
    await putItem(item)
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    await expect(putItem({ ...item, attempts: 5 })).rejects.toBeInstanceOf(StoreFull)
    await expect(updateItem('full', (now) => ({ ...now, attempts: 6 }))).rejects.toBeInstanceOf(
      StoreFull,
    )
    vi.restoreAllMocks()
    expect(await getItem('full')).toEqual(item)
  })
})

describe('the circle of accuracy', () => {
  it('is as wide as it says, everywhere, and closed', () => {
    for (const centre of [
      [113.6, 34.7],
      [0, 0],
      [-122, 60],
    ] as [number, number][]) {
      const ring = circle(centre, 250)
      expect(ring[0]).toEqual(ring.at(-1))
      for (const corner of ring) expect(apart_m(centre, corner)).toBeCloseTo(250, 0)
    }
  })
})
