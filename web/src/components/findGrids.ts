/** Grids whose code begins with the words, or whose name in either language holds them. */
import type { GridRow, Level } from '@/api/types'

export interface GridHit {
  row: GridRow
  level: Level
}

export function findGrids(all: GridHit[], words: string, limit: number): GridHit[] {
  const wanted = words.trim().toLowerCase()
  if (!wanted) return []
  const score = ({ row }: GridHit): number => {
    const names = [row.name.zh, row.name.en].map((name) => (name ?? '').toLowerCase())
    if (row.code === wanted || names.includes(wanted)) return 0
    if (row.code.startsWith(wanted) || names.some((name) => name.startsWith(wanted))) return 1
    return names.some((name) => name.includes(wanted)) ? 2 : 3
  }
  return all
    .map((hit) => ({ hit, score: score(hit) }))
    .filter((one) => one.score < 3)
    .sort(
      (a, b) =>
        a.score - b.score ||
        a.hit.level - b.hit.level ||
        a.hit.row.code.localeCompare(b.hit.row.code),
    )
    .slice(0, limit)
    .map((one) => one.hit)
}
