/** A step as the button says it; one that is new to this page keeps the word of the history. */
import type { useFormat } from '@/i18n/useFormat'

type Words = Pick<ReturnType<typeof useFormat>, 't' | 'te' | 'word'>

export function stepName(action: string, { t, te, word }: Words): string {
  return te(`fieldStep.${action}`) ? t(`fieldStep.${action}`) : word('action', action)
}
