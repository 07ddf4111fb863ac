/** The units of a draft and the boundaries between them, as typed arrays. They change by cuts only. */
import { tableFromIPC, type Table } from '@uwdata/flechette'

export interface Board {
  /** Boards of the same terms say the same of the units that both have. */
  terms: string
  /** Number of units; everything below is by position among them. */
  size: number
  /** The unit's id, as tiles and operations name it. */
  unit: Float64Array
  at: Map<number, number>
  code: string[]
  /** A point inside, WGS 84. */
  lon: Float64Array
  lat: Float64Array
  population: Float64Array
  households: Float64Array
  area_m2: Float64Array
  load: Float64Array
  incidents: Float64Array
  perimeter_m: Float64Array
  /** The compounds of unit u: `compound[compoundStart[u] … compoundStart[u + 1]]`. */
  compoundStart: Int32Array
  compound: Int32Array
  compounds: number
  /** What the server calls each compound. */
  compoundName: number[]
  edges: number
  edge: Float64Array
  left: Int32Array
  /** −1: the outer edge of the land. */
  right: Int32Array
  length_m: Float64Array
  /** The class of what runs along it, −1 for nothing. */
  cls: Int8Array
  /** The edges of unit u: `near[nearStart[u] … nearStart[u + 1]]`. */
  nearStart: Int32Array
  near: Int32Array
}

/** From this class of street on, or a river or railway, everybody knows where the boundary is. */
export const clearClass = 4

export type BoardColumns = Omit<
  Board,
  | 'size'
  | 'at'
  | 'edges'
  | 'nearStart'
  | 'near'
  | 'compounds'
  | 'compoundStart'
  | 'compound'
  | 'compoundName'
  | 'terms'
> & { compoundsOf: ArrayLike<ArrayLike<number>>; terms?: string }

export function makeBoard({ compoundsOf, terms = '', ...columns }: BoardColumns): Board {
  const size = columns.unit.length
  const edges = columns.edge.length
  const at = new Map<number, number>()
  for (let u = 0; u < size; u++) at.set(columns.unit[u]!, u)
  const nearStart = new Int32Array(size + 1)
  for (let e = 0; e < edges; e++) {
    nearStart[columns.left[e]! + 1]!++
    if (columns.right[e]! >= 0) nearStart[columns.right[e]! + 1]!++
  }
  for (let u = 0; u < size; u++) nearStart[u + 1]! += nearStart[u]!
  const near = new Int32Array(nearStart[size]!)
  const fill = nearStart.slice()
  for (let e = 0; e < edges; e++) {
    near[fill[columns.left[e]!]!++] = e
    if (columns.right[e]! >= 0) near[fill[columns.right[e]!]!++] = e
  }
  const compoundStart = new Int32Array(size + 1)
  const found: number[] = []
  const numbers = new Map<number, number>()
  for (let u = 0; u < size; u++) {
    const named = compoundsOf[u] ?? []
    for (let i = 0; i < named.length; i++) {
      const name = Number(named[i])
      if (!numbers.has(name)) numbers.set(name, numbers.size)
      found.push(numbers.get(name)!)
    }
    compoundStart[u + 1] = found.length
  }
  return {
    ...columns,
    terms,
    size,
    at,
    edges,
    nearStart,
    near,
    compoundStart,
    compound: Int32Array.from(found),
    compounds: numbers.size,
    compoundName: [...numbers.keys()],
  }
}

export function readBoard(units: Uint8Array, edges: Uint8Array): Board {
  const unit = tableFromIPC(units)
  const edge = tableFromIPC(edges)
  return makeBoard({
    terms: unit.schema.metadata?.get('terms') ?? '',
    unit: floats(unit, 'unit'),
    code: Array.from(column(unit, 'code') as ArrayLike<unknown>, String),
    lon: floats(unit, 'x'),
    lat: floats(unit, 'y'),
    population: floats(unit, 'pop'),
    households: floats(unit, 'households'),
    area_m2: floats(unit, 'area_m2'),
    load: floats(unit, 'load'),
    incidents: floats(unit, 'incidents'),
    perimeter_m: floats(unit, 'perimeter_m'),
    compoundsOf: column(unit, 'compounds') as ArrayLike<ArrayLike<number>>,
    edge: floats(edge, 'edge'),
    left: Int32Array.from(floats(edge, 'left')),
    right: Int32Array.from(floats(edge, 'right', -1)),
    length_m: floats(edge, 'length_m'),
    cls: Int8Array.from(floats(edge, 'cls', -1)),
  })
}

export interface Assignment {
  version: number
  codes: string[]
  unit: Float64Array
  grid: Int32Array
  pinned: Uint8Array
  together: Int32Array
}

export function readAssignment(bytes: Uint8Array): Assignment {
  const table = tableFromIPC(bytes)
  const told = table.schema.metadata
  return {
    version: Number(told?.get('version')),
    codes: JSON.parse(told?.get('grids') ?? '[]') as string[],
    unit: floats(table, 'unit'),
    grid: Int32Array.from(floats(table, 'grid', -1)),
    pinned: Uint8Array.from(floats(table, 'pinned')),
    together: Int32Array.from(floats(table, 'together', -1)),
  }
}

function column(table: Table, name: string): ArrayLike<unknown> {
  const found = table.getChild(name)
  if (!found) throw new Error(`the stream has no column ${name}`)
  return found.toArray() as ArrayLike<unknown>
}

function floats(table: Table, name: string, none = 0): Float64Array {
  const values = column(table, name)
  if (values instanceof Float64Array) return values
  return Float64Array.from(values, (value) => (value === null ? none : Number(value)))
}
