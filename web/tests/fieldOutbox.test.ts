/** What waits on a phone reaches the server once, whatever the network does to it. */
import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { pauseMs, SendProblem, verdictOf } from '../src/field/queue/outcome'
import { sendWaiting } from '../src/field/queue/outbox'
import type { CaseAnswer, Transport } from '../src/field/queue/transport'
import { fieldDb } from '../src/field/store/db'
import {
  allItems,
  getItem,
  photosOf,
  putItem,
  putPhoto,
  removeItem,
  takeBack,
} from '../src/field/store/drafts'
import { newReport, newStep, type ReportItem, type Step } from '../src/field/store/items'
import { keep, keepWorker, kept } from '../src/field/store/kept'

const ME = 7
const worker = (id: number) => ({ account_id: id, login: `w${id}`, name: `W${id}`, roles: [] })

/** mulberry32: the same network for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const cut = () => new SendProblem({ status: 0, code: 'offline', detail: '', errors: [] })
const said = (status: number, code: string) =>
  new SendProblem({ status, code, detail: `why ${code}`, errors: [] })

/** A server that keeps its promise on keys, behind a network that keeps none. */
class Server implements Transport {
  account: number | null = ME
  photos = new Map<string, number>()
  cases = new Map<string, { body: string; answer: CaseAnswer }>()
  steps: { incident: number; key: string; body: Record<string, unknown> }[] = []
  requests = 0
  /** Asked before and after each request was done; what it throws is what the phone hears. */
  network: (moment: 'before' | 'after', what: string) => void = () => {}

  private async carried<T>(what: string, work: () => T): Promise<T> {
    this.requests++
    await Promise.resolve()
    this.network('before', what)
    const answer = work()
    this.network('after', what)
    return answer
  }
  whoAmI() {
    return this.carried('session', () =>
      this.account === null ? null : { worker: worker(this.account), csrf: 'c', ahead_ms: 0 },
    )
  }
  sendPhoto(photo: { id: string }) {
    return this.carried('photo', () => {
      if (!this.photos.has(photo.id)) this.photos.set(photo.id, this.photos.size + 1)
      return this.photos.get(photo.id)!
    })
  }
  sendReport(key: string, body: unknown) {
    return this.carried('report', () => {
      const text = JSON.stringify(body)
      const known = this.cases.get(key)
      if (known && known.body !== text) throw said(422, 'idempotency-key-reused')
      if (known) return known.answer
      const id = this.cases.size + 1
      const answer = { id, serial: `S${id}`, version: 1 }
      this.cases.set(key, { body: text, answer })
      return answer
    })
  }
  sendStep(incident: number, key: string, body: unknown) {
    return this.carried('step', () => {
      if (!this.steps.some((one) => one.key === key))
        this.steps.push({ incident, key, body: body as Record<string, unknown> })
      return { id: incident, serial: 'S', version: this.steps.length + 10 }
    })
  }
}

let clock = 1_000_000
const world = (server: Server, random = () => 0.5) => ({
  transport: server,
  now: () => clock,
  random,
})

async function written(id: string, photos = 0, account = ME): Promise<ReportItem> {
  const item = newReport(id, account, new Date(clock).toISOString())
  item.report = {
    ...item.report,
    category: '0301',
    title: `t ${id}`,
    place: { lon: 113.6, lat: 34.7, from: 'device', accuracy_m: 8 },
  }
  item.state = 'waiting'
  item.finished_at = new Date(clock).toISOString()
  await putItem(item)
  for (let at = 0; at < photos; at++) {
    await putPhoto({
      id: `${id}-p${at}`,
      item: id,
      bytes: new ArrayBuffer(4),
      type: 'image/jpeg',
      name: 'a.jpg',
      made_at: String(at),
      place: null,
      photo_id: null,
    })
  }
  return item
}
const step = (more: Partial<Step>): Step => ({
  incident_id: 5,
  serial: 'S5',
  case_title: 'x',
  action: 'accept',
  needs: [],
  version: 3,
  after: null,
  reason: '',
  result: '',
  until: '',
  verdict: null,
  ...more,
})
async function waitingStep(id: string, more: Partial<Step>): Promise<void> {
  const made = new Date(clock++).toISOString()
  await putItem({ ...newStep(id, ME, made, step(more)), state: 'waiting' })
}

beforeEach(async () => {
  const db = await fieldDb()
  await Promise.all((['items', 'photos', 'kept'] as const).map((name) => db.clear(name)))
})

describe('the outbox', () => {
  it('sends photos first, then what they belong to, and gives their room back', async () => {
    const server = new Server()
    await written('a', 2)
    expect(await sendWaiting(world(server), false)).toEqual({ sign_in: false, next_at: null })
    const sent = await getItem('a')
    expect(sent).toMatchObject({ state: 'sent', answer: { serial: 'S1', incident_id: 1 } })
    expect(JSON.parse(server.cases.get('a')!.body).photo_ids).toEqual([1, 2])
    expect(await photosOf('a')).toEqual([])
  })

  it('makes one case of each report over networks that break anywhere', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const db = await fieldDb()
      await Promise.all((['items', 'photos'] as const).map((name) => db.clear(name)))
      const server = new Server()
      const random = randomOf(seed)
      server.network = () => {
        if (random() < 0.3) throw random() < 0.6 ? cut() : said(503, 'unavailable')
      }
      const photos = [0, 1, 3]
      for (const [at, count] of photos.entries()) await written(`r${at}`, count)
      for (let round = 0; round < 400; round++) {
        // Two tabs at once, without locks: the keys alone must do.
        const runs = [sendWaiting(world(server, random), true)]
        if (random() < 0.3) runs.push(sendWaiting(world(server, random), true))
        await Promise.all(runs)
        if ((await allItems()).every((item) => item.state === 'sent')) break
      }
      expect(await (await fieldDb()).count('photos')).toBe(0)
      expect((await allItems()).map((item) => item.state)).toEqual(['sent', 'sent', 'sent'])
      expect([...server.cases.keys()].sort()).toEqual(['r0', 'r1', 'r2'])
      expect(server.photos.size).toBe(4)
      for (const [at, count] of photos.entries()) {
        const { body, answer } = server.cases.get(`r${at}`)!
        expect(JSON.parse(body).photo_ids ?? []).toHaveLength(count)
        expect((await getItem(`r${at}`))!.answer!.serial).toBe(answer.serial)
      }
    }
  })

  it('waits longer each time, and says when it goes on', async () => {
    const server = new Server()
    server.network = () => {
      throw cut()
    }
    await written('a')
    const pauses: number[] = []
    for (let round = 0; round < 5; round++) {
      const { next_at } = await sendWaiting(world(server), false)
      pauses.push(next_at! - clock)
      const before = server.requests
      await sendWaiting(world(server), false)
      expect(server.requests).toBe(before) // not before the pause is over
      clock = next_at!
    }
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
    expect(pauses[4]).toBeGreaterThan(pauses[0]! * 20)
    expect(pauseMs(60, 1, null)).toBeLessThanOrEqual(18 * 60_000)
    expect(pauseMs(1, 0, 120)).toBe(120_000)
  })

  it('keeps a report that is refused, with the reason, and takes it corrected', async () => {
    const server = new Server()
    server.network = (moment, what) => {
      if (what === 'report' && moment === 'before') throw said(422, 'category-unknown')
    }
    await written('a', 1)
    await sendWaiting(world(server), false)
    const refused = (await getItem('a')) as ReportItem
    expect(refused).toMatchObject({ state: 'refused', body: null })
    expect(refused.problem!.detail).toBe('why category-unknown')
    expect(await photosOf('a')).toHaveLength(1)
    server.network = () => {}
    await putItem({
      ...refused,
      state: 'waiting',
      report: { ...refused.report, category: '0302' },
    })
    await sendWaiting(world(server), true)
    expect(JSON.parse(server.cases.get('a')!.body).category).toBe('0302')
    expect(server.photos.size).toBe(1)
  })

  it('names the photo that is refused', async () => {
    const server = new Server()
    server.network = (_, what) => {
      if (what === 'photo') throw said(413, 'photo-too-large')
    }
    await written('a', 1)
    await sendWaiting(world(server), false)
    expect(await getItem('a')).toMatchObject({ state: 'refused', problem: { photo: 'a-p0' } })
  })

  it('sends photos that the server forgot once more, and no third time', async () => {
    const server = new Server()
    let forgotten = 1
    server.network = (moment, what) => {
      if (what === 'report' && moment === 'before' && forgotten-- > 0) {
        server.photos.clear()
        throw said(422, 'photo-unknown')
      }
    }
    await written('a', 2)
    await sendWaiting(world(server), true)
    await sendWaiting(world(server), true)
    expect(await getItem('a')).toMatchObject({ state: 'sent' })
    forgotten = 9
    await written('b', 1)
    await sendWaiting(world(server), true)
    await sendWaiting(world(server), true)
    expect(await getItem('b')).toMatchObject({ state: 'refused' })
  })

  it('asks to sign in and keeps all; sends nothing of one worker under the name of another', async () => {
    const server = new Server()
    server.account = null
    await written('a')
    expect((await sendWaiting(world(server), true)).sign_in).toBe(true)
    expect(await getItem('a')).toMatchObject({ state: 'waiting', attempts: 0 })
    server.account = 8
    await written('b', 0, 8)
    expect((await sendWaiting(world(server), true)).sign_in).toBe(true)
    expect([...server.cases.keys()]).toEqual(['b'])
    server.account = ME
    expect((await sendWaiting(world(server), true)).sign_in).toBe(false)
    expect([...server.cases.keys()]).toEqual(['b', 'a'])
  })

  it('lets the worker take back what was never said, and nothing else', async () => {
    const server = new Server()
    await written('a', 1)
    let taken: unknown
    server.network = (moment, what) => {
      if (what === 'photo' && moment === 'after') taken = takeBack('a')
    }
    await sendWaiting(world(server), true)
    await taken
    expect(await getItem('a')).toMatchObject({ state: 'draft' })
    expect(server.cases.size).toBe(0)
    await written('b')
    server.network = (moment, what) => {
      if (what === 'report' && moment === 'after') throw cut()
    }
    await sendWaiting(world(server), true)
    expect(await takeBack('b')).toMatchObject({ state: 'waiting' })
    server.network = () => {}
    await sendWaiting(world(server), true)
    expect(server.cases.size).toBe(1)
  })

  it('takes the steps of a case in their order, each on the answer of the one before', async () => {
    const server = new Server()
    await waitingStep('s1', {})
    await waitingStep('s2', { action: 'handle', result: 'done', after: 's1' })
    await sendWaiting(world(server), true)
    expect(server.steps.map((one) => [one.key, one.body.version])).toEqual([
      ['s1', 3],
      ['s2', 11],
    ])
  })

  it('holds a step back while the one before it is in conflict', async () => {
    const server = new Server()
    server.network = (moment, what) => {
      if (what === 'step' && moment === 'before') throw said(409, 'incident-changed')
    }
    await waitingStep('s1', {})
    await waitingStep('s2', { after: 's1' })
    await sendWaiting(world(server), true)
    expect((await allItems()).map((item) => item.state)).toEqual(['conflict', 'waiting'])
    expect(server.steps).toEqual([])
  })

  it('asks nobody behind a refused step until the worker decides', async () => {
    const server = new Server()
    server.network = (moment, what) => {
      if (what === 'step' && moment === 'before') throw said(422, 'reason-missing')
    }
    await waitingStep('s1', {})
    await waitingStep('s2', { after: 's1' })
    await waitingStep('s3', { after: 's2' })
    expect(await sendWaiting(world(server), true)).toEqual({ sign_in: false, next_at: null })
    server.network = () => {}
    const before = server.requests
    for (const atOnce of [false, true]) {
      expect((await sendWaiting(world(server), atOnce)).next_at).toBeNull()
    }
    expect(server.requests).toBe(before)
    await removeItem('s1')
    await sendWaiting(world(server), false)
    expect(server.steps.map((one) => one.key)).toEqual(['s2', 's3'])
  })

  it('lets a step wait as long as the one before it', async () => {
    const server = new Server()
    server.network = (moment, what) => {
      if (what === 'step' && moment === 'before') throw said(503, 'busy')
    }
    await waitingStep('s1', {})
    await waitingStep('s2', { after: 's1' })
    const { next_at } = await sendWaiting(world(server), false)
    expect(next_at).toBeGreaterThan(clock + 1000)
    const before = server.requests
    clock += 1000
    await sendWaiting(world(server), false)
    expect(server.requests).toBe(before)
    clock = next_at!
    server.network = () => {}
    await sendWaiting(world(server), false)
    expect(server.steps.map((one) => one.key)).toEqual(['s1', 's2'])
  })

  it('leaves a server alone that asked for it, whatever is pressed', async () => {
    const server = new Server()
    server.network = (moment, what) => {
      if (what !== 'report' || moment === 'after') return
      const told = { status: 429, code: 'too-many-requests', detail: '', errors: [] }
      throw new SendProblem(told, 600)
    }
    await written('a')
    await sendWaiting(world(server), true)
    const before = server.requests
    await sendWaiting(world(server), true)
    expect(server.requests).toBe(before)
    clock += 600_000
    server.network = () => {}
    await sendWaiting(world(server), false)
    expect(server.cases.size).toBe(1)
  })
})

describe('answers', () => {
  it('mean what they say', () => {
    const verdict = (status: number, code = '') =>
      verdictOf({ status, code, detail: '', errors: [] })
    for (const status of [0, 408, 425, 429, 500, 502, 503, 504, 507, 520])
      expect(verdict(status)).toBe('again')
    for (const status of [400, 403, 404, 413, 415, 422]) expect(verdict(status)).toBe('refused')
    expect(verdict(401)).toBe('sign-in')
    expect(verdict(409, 'incident-changed')).toBe('conflict')
    expect(verdict(409, 'incident-closed')).toBe('refused')
  })
})

describe('copies of cases', () => {
  it('leave the phone with whom they were for', async () => {
    await keepWorker(worker(ME))
    await keep('case/1', { id: 1 })
    await keep('office', {})
    await keepWorker(worker(ME))
    expect(await kept('case/1')).not.toBeNull()
    await keepWorker(worker(8))
    expect(await kept('case/1')).toBeNull()
    expect(await kept('office')).not.toBeNull()
  })
})
