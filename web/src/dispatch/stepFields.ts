/** What the form of a step asks for, and what it sends. */
import type { Id, Person } from '@/api/types'
import type { StepIn, Target } from '@/api/steps'
import { instantOf } from '@/i18n/wallClock'

export interface StepFields {
  verdict: boolean | null
  reason: string
  result: string
  until: string
  satisfaction: string
  organisation: Id | ''
  person: Person | null
  assisting: Id[]
  main: Id | ''
  /** The organisation whose part is meant, where somebody is over several. */
  part: Id | ''
}
export const emptyFields = (): StepFields => ({
  verdict: null,
  reason: '',
  result: '',
  until: '',
  satisfaction: '',
  organisation: '',
  person: null,
  assisting: [],
  main: '',
  part: '',
})

/** Whoever a case may be sent to by a step, or must be. */
export type Receiver = 'none' | 'optional' | 'needed' | 'parts' | 'case'
export function receiverOf(action: string): Receiver {
  if (action === 'split') return 'parts'
  if (action === 'merge') return 'case'
  if (action === 'redispatch') return 'needed'
  return action === 'dispatch' || action === 'recheck' ? 'optional' : 'none'
}

/** Which text a step asks for; a check that failed, and who is not satisfied, say why. */
export function wantsReason(needs: readonly string[], fields: StepFields): boolean {
  if (needs.includes('reason')) return true
  return fields.verdict === false || fields.satisfaction === 'dissatisfied'
}

/** The names of what is still missing. */
export function missing(
  action: string,
  needs: readonly string[],
  fields: StepFields,
  photos: number,
): string[] {
  const receiver = receiverOf(action)
  const wrong: [string, boolean][] = [
    ['verdict', needs.includes('verdict') && fields.verdict === null],
    ['satisfaction', needs.includes('satisfaction') && !fields.satisfaction],
    ['reason', wantsReason(needs, fields) && !fields.reason.trim()],
    ['result', needs.includes('result') && !fields.result.trim()],
    ['photo', needs.includes('photo') && !photos],
    ['until', needs.includes('until') && !fields.until],
    ['target', receiver === 'needed' && !fields.organisation && !fields.person],
    ['assisting', receiver === 'parts' && !fields.assisting.length],
    ['part', needs.includes('part') && !fields.part],
    ['main', receiver === 'case' && !fields.main],
  ]
  return wrong.filter(([, is]) => is).map(([name]) => name)
}

export function stepOf(
  action: string,
  fields: StepFields,
  version: number,
  zone: string,
  photos: Id[] = [],
): StepIn {
  const target: Target = {}
  if (fields.part) target.organisation_id = fields.part
  else if (fields.organisation) target.organisation_id = fields.organisation
  else if (fields.person) target.person_id = fields.person.id
  if (fields.assisting.length) target.assisting = fields.assisting
  if (fields.main) target.incident_id = fields.main
  const step: StepIn = { action, version }
  if (fields.reason.trim()) step.reason = fields.reason.trim()
  if (fields.result.trim()) step.result = fields.result.trim()
  if (fields.verdict !== null) step.verdict = fields.verdict
  if (fields.satisfaction) step.satisfaction = fields.satisfaction
  if (fields.until) step.until = instantOf(zone, fields.until)
  if (Object.keys(target).length) step.target = target
  if (photos.length) step.photo_ids = photos
  return step
}
