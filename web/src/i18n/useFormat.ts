/** The formatters bound to the chosen language and the office's time zone. */
import { useI18n } from 'vue-i18n'
import type { Name } from '@/api/types'
import { zone } from '@/state/office'
import * as format from './format'
import { nameIn, type Locale } from './index'

export function useFormat() {
  const { t, te, locale } = useI18n()
  const current = () => locale.value as Locale
  return {
    t,
    te,
    locale,
    name: (name: Name | { name: string } | string | null | undefined) => nameIn(current(), name),
    number: (value: number, digits?: number) => format.formatNumber(current(), value, digits),
    percent: (value: number, digits?: number) => format.formatPercent(current(), value, digits),
    deviation: (value: number, digits?: number) => format.formatDeviation(current(), value, digits),
    area: (areaM2: number) => format.formatArea(current(), areaM2),
    length: (lengthM: number) => format.formatLength(current(), lengthM),
    date: (iso: string) => format.formatDate(current(), zone(), iso),
    time: (iso: string) => format.formatTime(current(), zone(), iso),
    /** Mon, 周一 */
    dayName: (iso: string) => format.formatWeekday(current(), zone(), iso),
    duration: (milliseconds: number) => format.formatDuration(current(), milliseconds),
    /** The catalogue's word for a code of the API, or the code itself when it is new to us. */
    word: (
      group: 'role' | 'stage' | 'action' | 'source' | 'kind' | 'actor' | 'step',
      code: string,
    ) => (te(`${group}.${code}`) ? t(`${group}.${code}`) : code),
  }
}
