// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { Paged, Rule } from '../src/api/rules'
import { useSubmit } from '../src/components/useSubmit'
import { i18n } from '../src/i18n'
import { ApiProblem, type Query } from '../src/api/http'
import { draftOf, emptyDraft, ruleOf } from '../src/rules/ruleDraft'
import { moved, sameOrder } from '../src/rules/ruleOrder'
import { usePages } from '../src/rules/usePages'

vi.mock('vue-i18n', async (original) => ({
  ...(await original<typeof import('vue-i18n')>()),
  useI18n: () => i18n.global,
}))
afterEach(() => vi.restoreAllMocks())
const zone = 'Asia/Shanghai'

describe('the order of rules', () => {
  it('keeps every rule, wherever one is moved', () => {
    const ids = [1, 2, 3, 4]
    for (const from of [0, 1, 2, 3]) {
      for (const to of [-1, 0, 2, 3, 9]) {
        const next = moved(ids, from, to)
        expect([...next].sort()).toEqual(ids)
        expect(next[Math.max(0, Math.min(3, to))]).toBe(ids[from])
      }
    }
    expect(moved(ids, 7, 0)).toEqual(ids)
    expect(sameOrder(ids, moved(moved(ids, 0, 3), 3, 0))).toBe(true)
    expect(sameOrder(ids, [1, 2, 3])).toBe(false)
  })
})

const rule: Rule = {
  id: 7,
  position: 2,
  name: { zh: '公园', en: 'Parks' },
  effect: 'override',
  conditions: {
    categories: ['03'],
    severities: [3, 4],
    sources: ['patrol'],
    grid_prefix: '410102004',
    asset_code: null,
    asset_kind: 'park',
    within_m: 25,
    street_code: 'R1',
    street_side: 'right',
    street_within_m: 30,
  },
  target: {
    organisation: { id: 3, code: 'D', kind: 'department', name: { zh: '城管', en: 'UM' } },
    grid: null,
    role: null,
  },
  since: '2026-11-01T00:00:00Z',
  until: '2027-06-30T16:00:00Z',
  state: 'current',
  reason: '试点',
  recorded_by: 'planner',
  recorded_at: '2026-11-01T00:00:00Z',
  ended_by: null,
  ended_reason: null,
  problems: [],
}

describe('a rule on its form', () => {
  it('says the same after it was taken up and sent', () => {
    const sent = ruleOf(draftOf(rule, zone), zone)
    expect(sent).toMatchObject({
      name_zh: '公园',
      name_en: 'Parks',
      effect: 'override',
      categories: ['03'],
      severities: [3, 4],
      sources: ['patrol'],
      grid_prefix: '410102004',
      asset_kind: 'park',
      within_m: 25,
      street_code: 'R1',
      street_side: 'right',
      street_within_m: 30,
      organisation_id: 3,
      until: '2027-06-30T16:00:00.000Z',
    })
    expect(sent).not.toHaveProperty('asset_code')
    expect(sent).not.toHaveProperty('role')
    expect(sent).not.toHaveProperty('grid_code')
  })

  it('begins now and not when the former rule did, unless that is still to come', () => {
    expect(ruleOf(draftOf(rule, zone), zone).since).toBeNull()
    const coming = { ...rule, state: 'coming' as const, since: '2027-01-01T00:00:00.000Z' }
    expect(ruleOf(draftOf(coming, zone), zone).since).toBe(coming.since)
  })

  it('sends no asset, street or date that nobody asked for', () => {
    const sent = ruleOf({ ...emptyDraft(), name_zh: ' x ', target: 'role', role: 'officer' }, zone)
    expect(sent).toEqual({
      name_zh: 'x',
      name_en: null,
      effect: 'override',
      categories: [],
      severities: [],
      sources: [],
      grid_prefix: null,
      role: 'officer',
      since: null,
      until: null,
    })
  })
})

describe('a list in pages', () => {
  it('adds pages below, begins anew for another question, and drops an overtaken answer', async () => {
    const word = ref('a')
    const answers: ((page: Paged<string>) => void)[] = []
    const load = vi.fn((_: Query) => new Promise<Paged<string>>((resolve) => answers.push(resolve)))
    const scope = effectScope()
    const list = scope.run(() => usePages(() => ({ q: word.value }), load))!
    answers[0]!({ items: ['a1'], next: 5 })
    await nextTick()
    await vi.waitFor(() => expect(list.rows.value).toEqual(['a1']))
    list.more()
    expect(load.mock.calls[1]![0]).toEqual({ q: 'a', after: 5 })
    word.value = 'b'
    await nextTick()
    expect(list.rows.value).toEqual([])
    answers[2]!({ items: ['b1'], next: null })
    await vi.waitFor(() => expect(list.rows.value).toEqual(['b1']))
    expect(list.next.value).toBeNull()
    scope.stop()
  })
})

describe('a form that is refused', () => {
  const refuse = (problem: ApiProblem) => () => Promise.reject(problem)

  it('says each fault at its field, and the rest below', async () => {
    const form = useSubmit(['since', 'person_id'], { 'absence-twice': 'since' })
    const errors = [{ row: null, field: 'person_id', message: 'nobody' }]
    await form.submit(refuse(new ApiProblem(422, 'request-invalid', 'two faults', errors)))
    expect(form.wrong.value).toEqual({ person_id: 'nobody' })
    expect(form.general.value).toBeNull()
    await form.submit(refuse(new ApiProblem(409, 'absence-twice', 'away already')))
    expect(form.wrong.value).toEqual({ since: 'away already' })
    await form.submit(refuse(new ApiProblem(503, 'server-busy', 'busy')))
    expect([form.wrong.value, form.general.value]).toEqual([{}, 'busy'])
    expect(await form.submit(async () => null)).toEqual({ answer: null })
    expect(form.general.value).toBeNull()
  })
})
