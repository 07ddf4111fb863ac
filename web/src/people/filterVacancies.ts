/** Which of the unfilled posts the reader wants to see. */
import type { Vacancy } from '@/api/people'

export type VacancyKind = 'all' | 'vacant' | 'away'

/** Words are looked for in the grid's names and code, and in whoever held the post or answers. */
export function filterVacancies(
  all: Vacancy[],
  wanted: { words: string; kind: VacancyKind },
): Vacancy[] {
  const words = wanted.words.trim().toLowerCase()
  const says = (text: string | undefined) => (text ?? '').toLowerCase().includes(words)
  return all.filter(
    (row) =>
      (wanted.kind === 'all' || row.kind === wanted.kind) &&
      (!words ||
        row.grid.code.startsWith(words) ||
        [row.grid.name.zh, row.grid.name.en, row.last?.name, row.answers?.name].some(says)),
  )
}
