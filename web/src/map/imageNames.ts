/** The names of images that the style makes by expression, and their way back to what is meant. */
import type { ExpressionSpecification } from 'maplibre-gl'
import type { Theme } from '@/state/theme'

export interface GlyphImage {
  category: string
  severity: number
  open: boolean
  /** Ticks for its age: none in the first three days, three after a month. */
  age: number
}
/** From so many seconds on, a tick more. */
export const ageTicks = [3 * 86_400, 7 * 86_400, 30 * 86_400] as const
export interface DonutImage {
  /** Twelfths of each category, in the order of the categories' codes. */
  parts: number[]
  radius: number
  dark: boolean
}
export const donutRadii = [15, 19, 24, 30] as const
const parts = 12

/** `now`: seconds, by whose hour the age is told. */
export function glyphName(now: number): ExpressionSpecification {
  const age = ['-', now, ['to-number', ['coalesce', ['get', 'reported'], now]]]
  const steps = ageTicks.flatMap((from, index) => [from, `${index + 1}`])
  const ticks = ['step', age, '0', ...steps] as unknown as ExpressionSpecification
  return [
    'concat',
    'glyph|',
    ['get', 'category'],
    '|',
    ['to-string', ['get', 'severity']],
    '|',
    ['to-string', ['get', 'open']],
    '|',
    ticks,
  ]
}

/** Shares rounded to twelfths: few enough images to keep, fine enough to see. */
export function donutName(count: ExpressionSpecification, codes: string[], theme: Theme) {
  const radius = [
    'step',
    count,
    donutRadii[0],
    10,
    donutRadii[1],
    50,
    donutRadii[2],
    250,
    donutRadii[3],
  ]
  const shares = codes.flatMap((code) => [
    '|',
    [
      'to-string',
      ['round', ['/', ['*', parts, ['to-number', ['get', `c${code}`], 0]], ['max', 1, count]]],
    ],
  ])
  return [
    'concat',
    'donut|',
    theme,
    '|',
    ['to-string', radius],
    ...shares,
  ] as ExpressionSpecification
}

export function parseGlyph(name: string): GlyphImage | null {
  const [kind, category, severity, open, age] = name.split('|')
  if (kind !== 'glyph' || !category) return null
  return {
    category,
    severity: Number(severity) || 1,
    open: open === '1' || open === 'true',
    age: Number(age) || 0,
  }
}

export function parseDonut(name: string): DonutImage | null {
  const [kind, theme, radius, ...shares] = name.split('|')
  if (kind !== 'donut') return null
  return {
    parts: shares.map(Number),
    radius: Number(radius) || donutRadii[0],
    dark: theme === 'dark',
  }
}
