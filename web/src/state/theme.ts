/** Light or dark: the remembered choice, else what the machine prefers. */
import { ref } from 'vue'

export type Theme = 'light' | 'dark'
const key = 'wangge.theme'

function firstTheme(): Theme {
  const asked = new URLSearchParams(location.search).get('theme') ?? localStorage.getItem(key)
  if (asked === 'light' || asked === 'dark') return asked
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

export const theme = ref<Theme>(firstTheme())

export function applyTheme(next: Theme): void {
  theme.value = next
  localStorage.setItem(key, next)
  document.documentElement.dataset.theme = next
  document.documentElement.classList.toggle('dark', next === 'dark')
}
