/** How deadlines are said: amounts with their unit, and what a row is for. */
import type { Cell, DueStage, Unit } from '@/api/deadlines'
import type { Name } from '@/api/types'
import { useFormat } from '@/i18n/useFormat'
import { may } from '@/state/may'

export function useDueWords() {
  const { t, name, number } = useFormat()
  const stage = (code: DueStage) => t(`dueStage.${code}`)
  const amount = (value: number, unit: Unit) =>
    value === 1
      ? t(`dueAmountOne.${unit}`, { n: number(value) })
      : t(`dueAmount.${unit}`, { n: number(value) })
  const severity = (value: number | null) =>
    value === null ? t('deadlines.anySeverity') : t(`severity.${value}`)
  const category = (of: { name: Name } | null) => (of ? name(of.name) : t('deadlines.anyCategory'))
  return { stage, amount, severity, category }
}

/** Who may change a row may change calendar and settings, too. */
export const mayChange = () => may('POST /deadlines')

export const emptyCell = (): Cell => ({
  category: null,
  severity: null,
  stage: 'case',
  amount: 5,
  unit: 'working_days',
  soon_share: 0.25,
})
