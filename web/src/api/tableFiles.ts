/** Tables that are checked and taken in: whole or not at all. */
import { upload } from './http'
import type { Id } from './types'

export interface TakenTable {
  dry_run: boolean
  added: number
  corrected: number
  unchanged: number
  findings: { outcome: string; message: string; rows: number[] }[]
}

/** `path`: without `/import`. What is wrong is in the problem's `errors`, by row and column. */
export function takeTable(
  path: string,
  jurisdiction: Id,
  file: File,
  options: Record<string, string>,
): Promise<TakenTable> {
  const form = new FormData()
  form.set('file', file)
  form.set('jurisdiction', String(jurisdiction))
  for (const [key, value] of Object.entries(options)) if (value) form.set(key, value)
  return upload<TakenTable>(`${path}/import`, form)
}
