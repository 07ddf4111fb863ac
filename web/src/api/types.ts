/** What the HTTP API answers. Times are ISO 8601 in UTC, coordinates WGS 84, areas square metres. */

export interface Name {
  zh: string
  en: string
}
export type Id = number | string
export type Level = 1 | 2 | 3
export type Bbox = [west: number, south: number, east: number, north: number]
export type LonLat = [lon: number, lat: number]

export interface Config {
  time_zone: string
  languages: string[]
  synthetic: boolean
  basemap: { kind: 'own' | 'xyz'; url?: string | null; attribution?: string | null }
  map: { bbox: Bbox | null }
  version: string
}

export interface Jurisdiction {
  id: Id
  code: string
  kind: string
  name: Name
  parent_id: Id | null
  bbox: Bbox | null
  synthetic: boolean
  published_plan_id: Id | null
  grids: Record<string, number>
  population: number | null
}

export interface LevelMeasures {
  grids: number
  max_deviation: number
  mean_deviation: number
  within_tolerance: number
  boundary_m: number
  compactness: number
}
export interface Plan {
  id: Id
  name: string
  status: 'draft' | 'in_review' | 'published' | 'superseded'
  effective_from: string | null
  effective_to: string | null
  tolerance: number
  created_at: string
  measures: {
    levels: Record<string, LevelMeasures>
    population: number
    area_m2: number
  } | null
}

export interface Person {
  id: Id
  name: string
  phone?: string | null
}
export interface Post {
  role: string
  person: Person
  since: string | null
  until?: string | null
}
export interface GridRow {
  id: Id
  code: string
  parent_code: string | null
  name: Name
  population: number
  households: number | null
  area_m2: number
  load: number
  /** Signed fraction of the mean load of its level. */
  deviation: number
  units: number
  compactness: number | null
  centroid: LonLat
  bbox: Bbox
  lead: Person | null
}
export interface ChainLink {
  level: Level
  grid_id: Id
  code: string
  name: Name
  posts: Post[]
}
export interface Grid extends GridRow {
  level?: Level
  posts: Post[]
  chain: ChainLink[]
}

export interface Category {
  code: string
  parent_code: string | null
  name: Name
  severity: number | null
  colour: string | null
  glyph: string | null
  position: number
}

export interface GridRef {
  id: Id
  code: string
  name: Name
}
export type IncidentStatus = 'open' | 'closed'
export interface IncidentRow {
  id: Id
  serial: string
  category: { code: string; name: Name }
  title: string
  severity: number
  stage: string
  status: IncidentStatus
  lon: number
  lat: number
  address: string | null
  reported_at: string
  due_at: string | null
  /** From then on it is due soon, as its clock counts; null where it is closed or never due. */
  soon_at?: string | null
  closed_at: string | null
  grid: GridRef | null
  queue: GridRef | null
  person: Person | null
  synthetic: boolean
  /** How the owner was found: `nearest_grid` and `outside_queue` lie in no grid. */
  rule: string
  /** One more with every change: whoever changes a case says which one was looked at. */
  version: number
  parked_until?: string | null
  supervised_until?: string | null
}
export interface Responsible {
  person: Person
  role: string | null
  level: Level | null
  vacant_levels: Level[]
  /** Holds the post, where the person is on duty or a substitute. */
  stands_in_for: Person | null
}
export interface HistoryEntry {
  at: string
  actor: string
  action: string
  from_stage: string | null
  to_stage: string | null
  reason: string | null
  data: Record<string, unknown> | null
}
export interface Incident extends IncidentRow {
  description: string | null
  source: string
  chain: ChainLink[]
  responsible: Responsible | null
  history: HistoryEntry[]
}
/** A department tied to a community, and since when. */
export interface Department extends GridRef {
  since: string
}
/** The nearest grid that is not the owner; `near` enough for a dispatcher to choose it. */
export interface Edge {
  distance_m: number
  near: boolean
  grid: GridRef
  person: Person | null
}
/** Every other grid that is near enough to be chosen, the nearest first. */
export interface Near {
  distance_m: number
  grid: GridRef
  person: Person | null
}
/** The department first in charge; `answers`: its contact answers instead of the grid's person. */
export interface CaseDepartment {
  id: Id
  code: string
  name: Name
  person: Person | null
  answers: boolean
}
/** A department in charge beside the grid, and because of what: a rule, an asset, the duty list. */
export interface Beside {
  id: Id
  code: string
  name: Name
  person: Person | null
  why: 'rule' | 'asset' | 'duty'
  because: Name
}
/** What rules said of a place or case. */
export interface Ruled {
  routing_rule?: { id: Id; name: Name; effect: 'override' | 'refine' } | null
  department?: CaseDepartment | null
  beside?: Beside[]
}
/** An incident as its own page shows it: with the departments of its community. */
export interface Case extends Incident, Ruled {
  /** What the reader may do with it now; `primary` comes next. */
  actions?: { action: string; needs: string[]; primary: boolean }[]
  departments: Department[]
  edge: Edge | null
  near?: Near[]
  /** Who reported it, under masks; null for all but those who have to ask back. */
  reporter?: { name: string | null; phone: string | null } | null
}
export interface IncidentPage {
  items: IncidentRow[]
  next: string | null
}
export interface NewIncident {
  category: string
  severity?: number
  title: string
  description?: string
  lon: number
  lat: number
  crs: string
  address?: string
  source: string
  reporter_name?: string
  reporter_phone?: string
  photo_ids?: Id[]
}

export interface Route extends Ruled {
  grid: (GridRef & { level?: Level }) | null
  chain: ChainLink[]
  departments: Department[]
  responsible: Responsible | null
  queue: GridRef | null
  rule: string | null
  edge: Edge | null
  near?: Near[]
}

export interface Counts {
  found: number
  closed: number
  open: number
}
export interface CategoryCounts extends Counts {
  category: string
}
/** Off all grids where there is no code. */
export interface GridCount extends Counts {
  code: string | null
  name: Name | null
}
export interface CategoryStats {
  items: CategoryCounts[]
  total: Counts
  /** By category, of the window of the same length before; empty for a window without beginning. */
  previous: Record<string, Counts>
}
export interface DayCounts {
  day: string
  category: string
  found: number
  closed: number
}
export interface Hotspot {
  lon: number
  lat: number
  count: number
  expected: number
  z: number
  p: number
  radius_m: number
}

/** A row of the list as it is now, and what brought it there. */
export interface IncidentEvent extends IncidentRow {
  change: 'created' | 'changed'
}
