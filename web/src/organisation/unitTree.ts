/** The units as a tree of rows: departments behind units, only what is open or found. */
import type { Unit } from '@/api/organisation'

export interface TreeRow {
  unit: Unit
  depth: number
  children: number
  open: boolean
}

/** `words`: units whose name or code holds them, with all that is above them. */
export function treeRows(
  units: readonly Unit[],
  isOpen: (unit: Unit, depth: number) => boolean,
  words: string,
  nameOf: (unit: Unit) => string,
): TreeRow[] {
  const ids = new Set(units.map((one) => one.id))
  const below = new Map<Unit['id'] | null, Unit[]>()
  for (const one of units) {
    const above = one.parent_id !== null && ids.has(one.parent_id) ? one.parent_id : null
    below.set(above, [...(below.get(above) ?? []), one])
  }
  const asked = words.trim().toLowerCase()
  const byId = new Map(units.map((one) => [one.id, one]))
  const shown = new Set<Unit['id']>()
  if (asked) {
    for (const one of units) {
      if (!`${nameOf(one)} ${one.code}`.toLowerCase().includes(asked)) continue
      for (let at: Unit | undefined = one; at && !shown.has(at.id);) {
        shown.add(at.id)
        at = at.parent_id === null ? undefined : byId.get(at.parent_id)
      }
    }
  }
  const rows: TreeRow[] = []
  function walk(above: Unit['id'] | null, depth: number): void {
    for (const unit of below.get(above) ?? []) {
      if (asked && !shown.has(unit.id)) continue
      const children = below.get(unit.id)?.length ?? 0
      const open = children > 0 && (asked ? true : isOpen(unit, depth))
      rows.push({ unit, depth, children, open })
      if (open) walk(unit.id, depth + 1)
    }
  }
  walk(null, 0)
  return rows
}
