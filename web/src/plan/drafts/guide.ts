/** The first steps in the editor: in which order, and how far somebody is with each draft. */
import type { Id } from '@/api/types'

export const guideSteps = ['pick', 'brush', 'paint', 'next', 'even', 'compare', 'review'] as const
export type GuideStep = (typeof guideSteps)[number]

const seenKey = 'wangge.guide.editor'
const stepKey = (plan: Id) => `wangge.guide.step.${plan}`

/** Whoever has seen or skipped it once is not shown it again, unless asked for. */
export const guideSeen = (): boolean => localStorage.getItem(seenKey) !== null
export const guideWasSeen = (): void => localStorage.setItem(seenKey, 'seen')

/** Kept for the window: the comparison is another page, and the guide goes on after it. */
export function guideStepOf(plan: Id): number {
  const at = Number(sessionStorage.getItem(stepKey(plan)))
  return Number.isInteger(at) && at > 0 && at < guideSteps.length ? at : 0
}
export const keepGuideStep = (plan: Id, at: number): void =>
  sessionStorage.setItem(stepKey(plan), String(at))
/** The last step is still there when the draft has been sent and can be drawn in no more. */
export const guideAtItsEnd = (plan: Id): boolean => guideStepOf(plan) === guideSteps.length - 1
