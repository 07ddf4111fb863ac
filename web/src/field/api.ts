/** What the phone page reads of the API. */
import { get } from '@/api/http'
import type { Case, IncidentRow } from '@/api/types'

const root = '/api/v1'

export interface MyCase extends IncidentRow {
  version: number
  /** `mine`: to be done by whoever asked, not by somebody else. */
  task: { name: string; mine: boolean; accepted: boolean } | null
}
export interface Action {
  action: string
  needs: string[]
  primary: boolean
}
/** A case as this page needs it: with what its reader may do now. */
export interface FieldCase extends Case {
  actions?: Action[]
  approval?: { kind: 'extend' | 'park'; until: string } | null
  flags?: { parked_until: string | null; supervised_until: string | null }
}
/** All of them: a person has few, and the list has to be whole when the network is gone. */
export async function getMyCases(): Promise<MyCase[]> {
  const found: MyCase[] = []
  let cursor: string | null = null
  do {
    const query: { cursor?: string } = cursor ? { cursor } : {}
    const page: { items: MyCase[]; next: string | null } = await get(`${root}/my/cases`, query)
    found.push(...page.items)
    cursor = page.next
  } while (cursor && found.length < 1000)
  return found
}
export const getCase = (id: number | string, signal?: AbortSignal) =>
  get<FieldCase>(`${root}/incidents/${id}`, {}, signal)
