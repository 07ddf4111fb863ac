/** The steps of one case that wait on this phone, and beginning another one. */
import { computed, type Ref } from 'vue'
import { newKey } from '@/dispatch/newKey'
import type { Action, FieldCase } from '../api'
import { field, ownItems } from '../state'
import { newStep, type StepItem } from '../store/items'

/** What this page can ask for; a target (another department, another case) is the desk's to choose. */
const askable = new Set(['reason', 'result', 'photo', 'until', 'verdict'])

export function useSteps(shown: Ref<FieldCase | null>) {
  const pending = computed(() =>
    ownItems.value.filter(
      (item): item is StepItem =>
        item.kind === 'step' && item.state !== 'sent' && item.step.incident_id === shown.value?.id,
    ),
  )
  /** What comes next first; what waits to be sent is not offered once more. */
  const actions = computed<Action[]>(() => {
    const waiting = new Set(pending.value.map((item) => item.step.action))
    return (shown.value?.actions ?? [])
      .filter((one) => one.needs.every((need) => askable.has(need)))
      .filter((one) => !waiting.has(one.action))
      .sort((a, b) => Number(b.primary) - Number(a.primary))
  })

  function begin({ action, needs }: Action): StepItem | null {
    const found = shown.value
    if (!found || !field.worker) return null
    const last = pending.value.filter((item) => item.state !== 'draft').at(-1)
    return newStep(newKey(), field.worker.account_id, new Date().toISOString(), {
      incident_id: Number(found.id),
      serial: found.serial,
      case_title: found.title,
      action,
      needs,
      version: found.version,
      after: last?.id ?? null,
      reason: '',
      result: '',
      until: '',
      verdict: null,
    })
  }
  return { pending, actions, begin }
}
