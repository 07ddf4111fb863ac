/** How long cases took: in hours up to two days, else in days, so that rows can be told apart. */
import { useFormat } from '@/i18n/useFormat'

export function useTook() {
  const { t, number } = useFormat()
  return {
    took(seconds: number | null): string {
      if (seconds === null) return '–'
      const hours = seconds / 3600
      return hours < 48
        ? t('closure.hours', { n: number(hours, 1) })
        : t('closure.days', { n: number(hours / 24, 1) })
    },
  }
}
