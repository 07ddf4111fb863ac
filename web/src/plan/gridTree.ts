/** The tree of grids as the flat rows that a list shows: parents above their children. */
import type { Level } from '@/api/types'

/** What a tree needs to know of a grid. */
export interface TreeGrid {
  code: string
  parent_code: string | null
}
export interface TreeRow<T extends TreeGrid> {
  row: T
  level: Level
  children: number
  open: boolean
}

/** Below its parent a grid need not say its parent's name again: "…, Grid 3" is Grid 3. */
export function nameBelow(name: string, parent: string): string {
  if (!parent || !name.startsWith(parent)) return name
  return name.slice(parent.length).replace(/^[\s,，、·-]+/, '') || name
}

export function flattenTree<T extends TreeGrid>(
  rows: Record<Level, T[]>,
  isOpen: (code: string, level: Level) => boolean,
): TreeRow<T>[] {
  const children = new Map<string, T[]>()
  const known = new Set([...rows[1], ...rows[2]].map((row) => row.code))
  for (const level of [2, 3] as const) {
    for (const row of rows[level]) {
      if (row.parent_code === null || !known.has(row.parent_code)) continue
      const siblings = children.get(row.parent_code)
      if (siblings) siblings.push(row)
      else children.set(row.parent_code, [row])
    }
  }
  const flat: TreeRow<T>[] = []
  const add = (list: T[], level: Level) => {
    for (const row of [...list].sort((a, b) => a.code.localeCompare(b.code))) {
      const below = children.get(row.code) ?? []
      const open = below.length > 0 && isOpen(row.code, level)
      flat.push({ row, level, children: below.length, open })
      if (open) add(below, (level + 1) as Level)
    }
  }
  // A level whose parents are not in the plan stands at the root: nothing is hidden.
  const orphan = (level: 2 | 3) =>
    rows[level].filter((row) => row.parent_code === null || !known.has(row.parent_code))
  add(rows[1], 1)
  add(orphan(2), 2)
  add(orphan(3), 3)
  return flat
}
