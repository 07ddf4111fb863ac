import type { GridRow } from '@/api/types'

export type SortKey = 'name' | 'population' | 'area_m2' | 'deviation'

/** Sorted by a column; deviation by its size, because both sides are a burden. Ties by code. */
export function sortRows(
  rows: GridRow[],
  key: SortKey,
  descending: boolean,
  nameOf: (row: GridRow) => string,
): GridRow[] {
  const sign = descending ? -1 : 1
  const compare = (a: GridRow, b: GridRow): number => {
    if (key === 'name') return nameOf(a).localeCompare(nameOf(b), 'zh-CN', { numeric: true })
    if (key === 'deviation') return Math.abs(a.deviation) - Math.abs(b.deviation)
    return a[key] - b[key]
  }
  return [...rows].sort((a, b) => sign * compare(a, b) || a.code.localeCompare(b.code))
}
