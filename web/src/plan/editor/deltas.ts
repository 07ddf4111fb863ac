/** Changes of a working copy as values: everything before → after. */
import type { Delta, DraftGrid, GridValue } from '@/api/drafts'
import type { Working } from './working'

export const nothing = (): Delta => ({ units: [], grids: [], marks: [], cuts: [] })

export const deltaIsEmpty = (delta: Delta): boolean =>
  !delta.units.length && !delta.grids.length && !delta.marks.length && !delta.cuts.length

/** The undoing of a change. */
export function swapped(delta: Delta): Delta {
  return {
    units: delta.units.map(([before, after, ids]) => [after, before, ids]),
    grids: delta.grids.map(([code, before, after]) => [code, after, before]),
    marks: delta.marks.map(([before, after, ids]) => [after, before, ids]),
    cuts: delta.cuts.map(([gone, come]) => [come, gone]),
  }
}

export function gridValue(grid: DraftGrid): GridValue {
  return {
    name_zh: grid.name.zh,
    name_en: grid.name.en || null,
    organisation_id: grid.organisation_id,
    locked: grid.locked,
  }
}

/** Moves of units (position → former grid number) as a change, by where from and where to. */
export function deltaOfMoves(working: Working, from: ReadonlyMap<number, number>): Delta {
  const groups = new Map<string, [string | null, string | null, number[]]>()
  const code = (grid: number) => (grid < 0 ? null : working.codes[grid]!)
  for (const [unit, before] of from) {
    const now = working.gridOf[unit]!
    if (now === before) continue
    const key = `${before} ${now}`
    const group = groups.get(key) ?? [code(before), code(now), []]
    groups.set(key, group)
    group[2].push(working.board.unit[unit]!)
  }
  return { ...nothing(), units: [...groups.values()] }
}

export function deltaOfLocks(working: Working, codes: readonly string[], locked: boolean): Delta {
  const grids = codes
    .map((code) => working.grids.get(code))
    .filter((grid): grid is DraftGrid => grid !== undefined && grid.locked !== locked)
  return {
    ...nothing(),
    grids: grids.map((grid) => [grid.code, gridValue(grid), { ...gridValue(grid), locked }]),
  }
}

export function deltaOfPins(working: Working, units: readonly number[], pinned: boolean): Delta {
  const marks = units
    .filter((u) => (working.pinned[u] === 1) !== pinned)
    .map((u): Delta['marks'][number] => {
      const together = working.together[u]! < 0 ? null : working.together[u]!
      return [{ pinned: !pinned, together }, { pinned, together }, [working.board.unit[u]!]]
    })
  return { ...nothing(), marks }
}
