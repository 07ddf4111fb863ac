/** Numbers, areas, times and durations as the reader's language writes them. */
import type { Locale } from './index'

// British English writes the day first: 21 Nov 2026.
const tag = (locale: Locale) => (locale === 'en' ? 'en-GB' : 'zh-CN')

export function formatNumber(locale: Locale, value: number, digits = 0): string {
  return new Intl.NumberFormat(tag(locale), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)
}

export function formatPercent(locale: Locale, value: number, digits = 1): string {
  return new Intl.NumberFormat(tag(locale), {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)
}

/** A signed share: +4.1 %, −2.0 %, and 0.0 % without a sign. */
export function formatDeviation(locale: Locale, value: number, digits = 1): string {
  return new Intl.NumberFormat(tag(locale), {
    style: 'percent',
    signDisplay: 'exceptZero',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
    .format(value)
    .replace('-', '−')
}

export function formatArea(locale: Locale, areaM2: number): string {
  if (areaM2 >= 100_000) {
    return `${formatNumber(locale, areaM2 / 1e6, 2)} ${locale === 'en' ? 'km²' : '平方公里'}`
  }
  return `${formatNumber(locale, areaM2)} ${locale === 'en' ? 'm²' : '平方米'}`
}

export function formatLength(locale: Locale, lengthM: number): string {
  return lengthM >= 1000
    ? `${formatNumber(locale, lengthM / 1000, 1)} ${locale === 'en' ? 'km' : '公里'}`
    : `${formatNumber(locale, lengthM)} ${locale === 'en' ? 'm' : '米'}`
}

export function formatDate(locale: Locale, zone: string, iso: string): string {
  return new Intl.DateTimeFormat(tag(locale), {
    timeZone: zone,
    year: 'numeric',
    month: locale === 'en' ? 'short' : 'long',
    day: 'numeric',
  }).format(new Date(iso))
}

export function formatTime(locale: Locale, zone: string, iso: string): string {
  const clock = new Intl.DateTimeFormat(tag(locale), {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(iso))
  return `${formatDate(locale, zone, iso)} ${clock}`
}

export function formatWeekday(locale: Locale, zone: string, iso: string): string {
  return new Intl.DateTimeFormat(tag(locale), { timeZone: zone, weekday: 'short' }).format(
    new Date(iso),
  )
}

/** How long, in the largest whole unit: 5 min, 3 h, 12 d. */
export function formatDuration(locale: Locale, milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(Math.abs(milliseconds) / 60_000))
  const [value, unit] =
    minutes < 60
      ? [minutes, 'minute']
      : minutes < 60 * 48
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / (60 * 24)), 'day']
  return new Intl.NumberFormat(tag(locale), {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'short',
  }).format(value as number)
}

/** The moment at which the office's day of `at` began, `days` days earlier. */
export function startOfDay(zone: string, at: Date, days = 0): Date {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at)
  const midnight = new Date(`${day}T00:00:00Z`)
  midnight.setUTCDate(midnight.getUTCDate() - days)
  // Offsets may change between then and now: ask for the one at that midnight, twice to settle.
  let instant = midnight.getTime()
  for (let round = 0; round < 2; round++) {
    instant = midnight.getTime() - offsetOf(zone, new Date(instant))
  }
  return new Date(instant)
}

function offsetOf(zone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value)
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return wall - Math.floor(at.getTime() / 1000) * 1000
}
