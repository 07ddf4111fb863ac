/** Plans as files: drafts from what was drawn elsewhere, exports in every format. */
import { ask, get, post, remove, upload, withQuery } from './http'
import { once } from './once'
import type { Id } from './types'

/** What is written while one waits; the atlas is printed in the background. */
export const formats = ['gpkg', 'shp', 'geojson', 'kml', 'dxf', 'csv', 'xlsx'] as const
export type Format = (typeof formats)[number]

export interface FoundPlace {
  kind: string
  lon: number
  lat: number
  area_m2: number
  units: number
  grids: string[]
  handed_on: boolean
}
export interface Finding {
  outcome: 'repaired' | 'refused' | 'warned'
  code: string
  count: number
  message: string
}
export interface GridShape {
  properties: {
    code: string
    name_zh: string
    name_en: string | null
    population: number
    units: number
    origin: 'given' | 'kept' | 'new'
  }
  geometry:
    | { type: 'Polygon'; coordinates: [number, number][][] }
    | { type: 'MultiPolygon'; coordinates: [number, number][][][] }
}
export interface DraftFromFile {
  plan_id: Id | null
  report: Record<string, { rows_read: number; rows_accepted: number; findings: Finding[] }>
  grids: number
  units: number
  units_cut: number
  unassigned: number
  population: number
  shapes: { features: GridShape[] }
  faults: FoundPlace[]
}
export interface DraftFile {
  name: string
  crs: string
  layer: string
  code_column: string
  keep_rest: boolean
  dry_run: boolean
}

const importing = once()
export function draftFromFile(
  jurisdiction: Id,
  file: File,
  asked: DraftFile,
): Promise<DraftFromFile> {
  const form = new FormData()
  form.set('file', file)
  form.set('jurisdiction', String(jurisdiction))
  for (const [key, value] of Object.entries(asked)) if (value !== '') form.set(key, String(value))
  const wanted = [jurisdiction, file.name, file.size, file.lastModified, asked]
  return importing(wanted, (headers) =>
    upload<DraftFromFile>('/api/v1/drafts/files', form, headers),
  )
}

/** A plan as a file, and what it is to be called. */
export async function exportPlan(
  plan: Id,
  format: Format,
  within = '',
  people = true,
  signal?: AbortSignal,
): Promise<{ blob: Blob; name: string }> {
  const path = withQuery(`/api/v1/plans/${plan}/export`, { format, within, people })
  const response = await ask(path, { headers: { Accept: '*/*' }, signal: signal ?? null })
  const told = response.headers.get('Content-Disposition') ?? ''
  const name = /filename="([^"]+)"/.exec(told)?.[1] ?? `plan-${plan}.${format}`
  return { blob: await response.blob(), name }
}

/** An atlas that somebody has printed: how far it is, and until when its file is kept. */
export interface Atlas {
  id: Id
  status: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  fraction: number
  error: { code: string; detail: Record<string, string> } | null
  within: string
  finished_at: string | null
  pages: number | null
  bytes: number | null
  kept: boolean
  kept_until: string | null
}
export interface NewAtlas {
  within: string
  people: boolean
}

/** The caller's own, the newest first. */
export const listAtlases = async (plan: Id): Promise<Atlas[]> =>
  (await get<{ items: Atlas[] }>(`/api/v1/plans/${plan}/atlases`)).items
const printing = once()
export const printAtlas = (plan: Id, asked: NewAtlas) =>
  printing([plan, asked], (headers) => post<Atlas>(`/api/v1/plans/${plan}/atlases`, asked, headers))
export const cancelAtlas = (atlas: Id) => remove(`/api/v1/atlases/${atlas}`)
export const atlasFile = (atlas: Id) => `/api/v1/atlases/${atlas}/file`
