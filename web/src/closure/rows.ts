/** Which cases stand behind a row, how rows are ordered, and on which scale their rates lie. */
import type { By, Row } from './figures'

/** What narrows the list of cases to those of a row. */
export function behind(by: By, key: string | null): Record<string, string> {
  switch (by) {
    case 'category':
      return { category: key ?? '' }
    case 'subcategory':
      return { category: key ?? '', exact: 'true' }
    case 'source':
      return { source: key ?? '' }
    case 'organisation':
      return { body: key ?? '0' }
    case 'department':
      return { department: key ?? '0' }
    case 'person':
      return { responsible: key ?? '0' }
    default:
      return key === null ? { queue: 'true' } : { grid: key }
  }
}

/** One level further down: what to show, and of what. */
export function below(by: By, key: string | null): { by: By; filter: string; of: string } | null {
  if (key === null) return null
  if (by === 'level1') return { by: 'level2', filter: 'grid', of: key }
  if (by === 'level2') return { by: 'level3', filter: 'grid', of: key }
  if (by === 'category') return { by: 'subcategory', filter: 'category', of: key }
  return null
}

export const orders = [
  'standing', 'name', 'found', 'due', 'closure', 'on_time', 'reopened', 'overdue', 'median',
] as const // prettier-ignore
export type Order = (typeof orders)[number]

function value(row: Row, order: Order): number | null {
  switch (order) {
    case 'standing':
      return row.on_time_rate.fair
    case 'closure':
      return row.closure.rate
    case 'on_time':
      return row.on_time_rate.rate
    case 'median':
      return row.median_s
    case 'name':
      return null
    default:
      return row[order]
  }
}

/** The greatest first, or the other way; what has no value, or is nobody's, stands last. */
export function sorted(
  rows: readonly Row[],
  order: Order,
  ascending: boolean,
  called: (row: Row) => string,
): Row[] {
  const sign = ascending ? 1 : -1
  const compare = (a: Row, b: Row): number => {
    if ((a.key === null) !== (b.key === null)) return a.key === null ? 1 : -1
    if (order === 'name') return sign * called(a).localeCompare(called(b))
    const [x, y] = [value(a, order), value(b, order)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    return sign * (x - y) || called(a).localeCompare(called(b))
  }
  return [...rows].sort(compare)
}

/** From where the scale of rates begins: so that the differences are seen, and nearly all rates
 * lie on it; it always ends at 1. */
export function scaleStart(rows: readonly Row[]): number {
  const rates = rows
    .filter((row) => row.due >= 10)
    .flatMap((row) => [row.closure.low, row.on_time_rate.low])
    .filter((low) => low !== null)
  const least = rates.length ? Math.min(...rates) : 0
  return Math.min(0.9, Math.floor(least * 10) / 10)
}

/** Where a share lies on a scale, in percent of its length. */
export function placeOn(start: number, share: number): number {
  return 100 * Math.min(1, Math.max(0, (share - start) / (1 - start)))
}
