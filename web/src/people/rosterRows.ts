/** The grids that a roster shows: the upper levels, or one community with its basic grids. */
import type { GridRow, Level } from '@/api/types'

/** Also every basic grid with a shift, where no community is chosen; by code, parents first. */
export function rosterRows(
  rows: Record<Level, GridRow[]>,
  onDuty: ReadonlySet<string>,
  community: string,
): { row: GridRow; level: Level }[] {
  const wanted = (row: GridRow, level: Level) =>
    community
      ? row.code === community || row.parent_code === community
      : level < 3 || onDuty.has(row.code)
  return ([1, 2, 3] as Level[])
    .flatMap((level) =>
      rows[level].filter((row) => wanted(row, level)).map((row) => ({ row, level })),
    )
    .sort((a, b) => a.row.code.localeCompare(b.row.code))
}
