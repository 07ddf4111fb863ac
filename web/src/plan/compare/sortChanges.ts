import type { GridChange } from '@/api/reviews'

export type ChangeKey = 'name' | 'change' | 'population' | 'area' | 'deviation' | 'in' | 'out'
const weight = { gone: 0, new: 1, renumbered: 2, reshaped: 3, same: 4 }

/** Rows by a column; those without the figure last, ties by code. */
export function sortChanges(
  rows: readonly GridChange[],
  key: ChangeKey,
  descending: boolean,
  nameOf: (row: GridChange) => string,
): GridChange[] {
  const value = (row: GridChange): number | null => {
    if (key === 'in') return row.people_in
    if (key === 'out') return row.people_out
    if (key === 'change') return weight[row.change]
    if (key === 'deviation') return row.after ? Math.abs(row.after.deviation) : null
    const of = key === 'area' ? 'area_m2' : 'population'
    return (row.after?.[of] ?? 0) - (row.before?.[of] ?? 0)
  }
  const sign = descending ? -1 : 1
  return [...rows].sort((x, y) => {
    let order = 0
    if (key === 'name')
      order = sign * nameOf(x).localeCompare(nameOf(y), 'zh-CN', { numeric: true })
    else {
      const [a, b] = [value(x), value(y)]
      if (a === null || b === null) order = Number(a === null) - Number(b === null)
      else order = sign * (a - b)
    }
    return order || x.code.localeCompare(y.code)
  })
}
