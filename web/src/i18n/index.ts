/** Languages: the catalogues, the remembered choice, and names that come in both. */
import { createI18n } from 'vue-i18n'
import type { Name } from '@/api/types'
import en from './en.json'
import zh from './zh-CN.json'

export const locales = ['zh-CN', 'en'] as const
export type Locale = (typeof locales)[number]
const key = 'wangge.language'

function firstLocale(): Locale {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(key)
  if (asked === 'zh-CN' || asked === 'en') return asked
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN'
}

export const i18n = createI18n({
  legacy: false,
  locale: firstLocale(),
  fallbackLocale: false,
  messages: { 'zh-CN': zh, en } as Record<Locale, typeof zh>,
})

export function currentLocale(): Locale {
  return i18n.global.locale.value
}

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  localStorage.setItem(key, locale)
  document.documentElement.lang = locale
}

/** A name in the reader's language; persons' names are plain strings and stay as they are. */
export function nameIn(locale: Locale, name: Name | { name: string } | string | null | undefined) {
  if (!name) return ''
  if (typeof name === 'string') return name
  if ('name' in name) return name.name
  return locale === 'en' ? name.en || name.zh : name.zh || name.en
}
