/** One function per address of the API. */
import { get, patch, post, put, withQuery, type Query } from './http'
import type {
  Case,
  Category,
  CategoryStats,
  Config,
  DayCounts,
  Grid,
  GridCount,
  GridRow,
  Hotspot,
  Id,
  Incident,
  IncidentPage,
  Jurisdiction,
  Level,
  NewIncident,
  Plan,
  Route,
} from './types'

const root = '/api/v1'
type Items<T> = { items: T[] }
type GridPage = Items<GridRow> & { next: string | null }
const items = async <T>(answer: Promise<Items<T>>): Promise<T[]> => (await answer).items

/** Which case this page has open, again every few seconds. */
export const sayPresent = (stream: string, incident: Id | null) =>
  put<null>(`${root}/presence`, { stream, incident })

export const getConfig = () => get<Config>(`${root}/config`)
export const getJurisdictions = () => items(get<Items<Jurisdiction>>(`${root}/jurisdictions`))
export const getCategories = () => items(get<Items<Category>>(`${root}/categories`))

export const getPlan = (id: Id, signal?: AbortSignal) =>
  get<Plan>(`${root}/plans/${id}`, {}, signal)
/** All grids of a level; the server gives them in pages. */
export async function getPlanGrids(id: Id, level: Level, signal?: AbortSignal) {
  const rows: GridRow[] = []
  let after: string | null = null
  do {
    const query: Query = after ? { level, after } : { level }
    const page: GridPage = await get<GridPage>(`${root}/plans/${id}/grids`, query, signal)
    rows.push(...page.items)
    after = page.next
  } while (after)
  return rows
}
export const getGrid = (id: Id, signal?: AbortSignal) =>
  get<Grid>(`${root}/grids/${id}`, {}, signal)

export const getIncidents = (query: Query, signal?: AbortSignal) =>
  get<IncidentPage>(`${root}/incidents`, query, signal)
export const getIncident = (id: Id, signal?: AbortSignal) =>
  get<Case>(`${root}/incidents/${id}`, {}, signal)
/** The same `key` sent twice makes one incident. */
export const createIncident = (incident: NewIncident, key: string) =>
  post<Incident>(`${root}/incidents`, incident, { 'Idempotency-Key': key })
/** Both answer with the case; somebody else's change since `version` refuses them. */
export const chooseOwner = (id: Id, grid_code: string, reason: string, version: number) =>
  patch<Case>(`${root}/incidents/${id}/owner`, { grid_code, reason, version })
export const movePin = (id: Id, lon: number, lat: number, reason: string, version: number) =>
  patch<Case>(`${root}/incidents/${id}/place`, { lon, lat, reason, version })
/** What a report says of itself: rules may ask for it. */
export interface Features extends Query {
  category?: string
  severity?: number
  source?: string
}
export const getRoute = (lon: number, lat: number, signal?: AbortSignal, features: Features = {}) =>
  get<Route>(`${root}/route`, { lon, lat, ...features }, signal)

/** Whose grids count: of the time when each was handled, or today's. */
export type Boundaries = 'then' | 'now'

export interface Span extends Query {
  boundaries?: Boundaries
  jurisdiction?: Id
  category?: string
  since?: string
  until?: string
}
export const getCategoryStats = (span: Span, signal?: AbortSignal) =>
  get<CategoryStats>(`${root}/stats/categories`, span, signal)
export const getDayStats = (span: Span, signal?: AbortSignal) =>
  items(get<Items<DayCounts>>(`${root}/stats/days`, span, signal))
export const getGridStats = (span: Span & { level: Level }, signal?: AbortSignal) =>
  items(get<Items<GridCount>>(`${root}/stats/grids`, span, signal))
export const getHotspots = (span: Span, signal?: AbortSignal) =>
  items(get<Items<Hotspot>>(`${root}/hotspots`, span, signal))
export const heatmapUrl = (query: Query) => withQuery('/heatmaps/incidents', query)
export const eventsUrl = `${root}/events`
