/** The sentence on top: only what the counts say. */
import type { CategoryStats } from '@/api/types'

export type Headline =
  | { kind: 'none' }
  | { kind: 'plain'; found: number; closed: number }
  | { kind: 'calm'; found: number; before: number }
  | { kind: 'rise'; category: string; found: number; before: number; more: number }
  | { kind: 'new'; category: string; found: number }

/** The category that rose most against the period before, by number of incidents. */
export function headline({ items, total, previous }: CategoryStats): Headline {
  if (total.found === 0) return { kind: 'none' }
  // Without anything before there is nothing to compare with: records may only begin here.
  const earlier = Object.values(previous).reduce((sum, counts) => sum + counts.found, 0)
  if (earlier === 0) return { kind: 'plain', found: total.found, closed: total.closed }
  const rises = items
    .map((row) => ({
      category: row.category,
      found: row.found,
      before: previous[row.category]?.found ?? 0,
    }))
    .map((row) => ({ ...row, more: row.found - row.before }))
    .filter((row) => row.more > 0)
    .sort((a, b) => b.more - a.more || a.category.localeCompare(b.category))
  const top = rises[0]
  if (!top) return { kind: 'calm', found: total.found, before: earlier }
  if (top.before === 0) return { kind: 'new', category: top.category, found: top.found }
  return { kind: 'rise', ...top }
}

export function closureShare({ found, closed }: { found: number; closed: number }): number | null {
  return found > 0 ? closed / found : null
}
