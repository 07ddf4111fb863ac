// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { usePublishing } from '../src/plan/usePublishing'

afterEach(() => vi.unstubAllGlobals())

const preview = (former_id: number, items: number[], next: number | null) => ({
  plan_id: 2,
  former_id,
  incidents_moved: 3,
  items: items.map((incident_id) => ({ incident_id })),
  next,
})

/** Answers in turn; what was asked is noted. */
function answering(...answers: [status: number, body: unknown][]) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string, options: RequestInit) => {
    asked.push(`${options.method ?? 'GET'} ${path} ${options.body ?? ''}`.trim())
    const [status, body] = answers.shift()!
    return Response.json(body, { status })
  })
  return asked
}
const publishing = () => effectScope().run(() => usePublishing(() => 2))!

describe('publishing', () => {
  it('adds further pages, and begins anew where another plan came into force between them', async () => {
    answering(
      [200, preview(1, [10, 11], 11)],
      [200, preview(1, [12], null)],
      [200, preview(1, [10, 11], 11)],
      [200, preview(5, [12], null)],
      [200, preview(5, [20], null)],
    )
    const one = publishing()
    await one.load()
    await one.more()
    expect(one.preview.value!.items.map((item) => item.incident_id)).toEqual([10, 11, 12])
    expect(one.overtaken.value).toBe(false)
    await one.load()
    await one.more()
    expect(one.preview.value!.items.map((item) => item.incident_id)).toEqual([20])
    expect(one.overtaken.value).toBe(true)
  })

  it('replaces only the plan that was looked at', async () => {
    const asked = answering(
      [200, preview(1, [10], null)],
      [409, { code: 'plan-former-changed', detail: '…' }],
      [200, preview(4, [10], null)],
      [200, { plan_id: 2, former_id: 4, incidents_moved: 1 }],
    )
    const one = publishing()
    await one.load()
    await one.publish()
    expect(one.done.value).toBeNull()
    expect([one.overtaken.value, one.busy.value]).toEqual([true, null])
    await one.publish()
    expect(one.done.value).toMatchObject({ former_id: 4 })
    expect(
      asked.filter((words) => words.startsWith('POST')).map((words) => words.slice(-17)),
    ).toEqual(['{"instead_of":1}', '{"instead_of":4}'].map((body) => ` ${body}`))
  })

  it('says what else went wrong and keeps the preview', async () => {
    answering([200, preview(1, [10], null)], [503, { code: 'publish-busy', detail: 'busy' }])
    const one = publishing()
    await one.load()
    await one.publish()
    expect(one.problem.value!.detail).toBe('busy')
    expect(one.preview.value).not.toBeNull()
    expect(one.busy.value).toBeNull()
  })
})
