/** The tokens of the theme as ECharts wants them: resolved colours, read again when it changes. */
import { computed } from 'vue'
import { theme } from '@/state/theme'

export const chartTokens = computed(() => {
  void theme.value
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    ink: token('ink'),
    ink2: token('ink-2'),
    ink3: token('ink-3'),
    line: token('line'),
    panel: token('panel'),
    accent: token('accent'),
    soft: token('accent-soft'),
    few: token('few'),
    many: token('many'),
    font: token('font'),
  }
})
