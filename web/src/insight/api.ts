/** What the server says of time: hotspots that develop, and what is coming. */
import type { Span } from '@/api/endpoints'
import { get, type Query } from '@/api/http'
import type { Id, Name } from '@/api/types'
import type { Figures, Row } from '@/closure/figures'
import type { ForecastWeather } from './weather'

export type PlaceKind = 'new' | 'growing' | 'persistent' | 'sporadic' | 'fading' | 'sudden'
interface NamedGrid {
  code: string
  name: Name
}
export interface PlaceInTime {
  kind: PlaceKind
  lon: number
  lat: number
  radius_m: number
  bbox: [number, number, number, number]
  count: number
  expected: number
  ratio: number
  p: number
  since: string
  last: string
  grids: NamedGrid[]
  communities: NamedGrid[]
  says: string
  sure: string
}
interface Made {
  /** False while the first answer is being made: ask again. */
  ready: boolean
  too_short: boolean
  at: string | null
}
export interface PlacesInTime extends Made {
  first: string | null
  last: string | null
  items: PlaceInTime[]
}
export interface Series {
  category: string
  code: string | null
  name: Name | null
}
export interface SeriesForecast extends Series {
  past: number[]
  mean: number[]
  low: number[]
  high: number[]
}
export interface UnusualRise extends Series {
  count: number
  expected: number
  says: string
}
export interface Forecasts extends Made {
  /** Null unless the forecast was to be told of it. */
  weather: ForecastWeather | null
  past_weeks: string[]
  weeks: string[]
  says: string
  items: SeriesForecast[]
  rises: UnusualRise[]
  left_out: number
}
export interface Asked extends Span {
  jurisdiction?: Id
  lang?: string
}

export const getEmerging = (asked: Asked & { against: string }, signal?: AbortSignal) =>
  get<PlacesInTime>('/api/v1/hotspots/emerging', asked, signal)
export const getSudden = (asked: Asked, signal?: AbortSignal) =>
  get<PlacesInTime>('/api/v1/hotspots/sudden', asked, signal)
export const getForecast = (
  asked: Asked & { level: number; weather?: boolean; weather_place?: string },
  signal?: AbortSignal,
) => get<Forecasts>('/api/v1/forecast', asked, signal)

const againMs = 1500

/** Asks until the answer is made; each request waits a little on the server, too. */
export async function whenReady<T extends Made>(
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    const answer = await ask(signal)
    if (answer.ready) return answer
    await new Promise<void>((done, stop) => {
      const timer = setTimeout(done, againMs)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        stop(new DOMException('overtaken', 'AbortError'))
      })
    })
  }
}

export type UnitLevel = 'district' | 'level1' | 'level2' | 'level3'
/** The units directly below whoever asks. */
export interface UnitsBelow {
  by: UnitLevel
  as_of: string
  /** Those that had something due, the best first. */
  items: (Row & { key: string })[]
  total: Figures
  /** The keys of the last three, never more than half of all. */
  named: string[]
}
export const getUnitsBelow = (query: Query, signal?: AbortSignal) =>
  get<UnitsBelow>('/api/v1/stats/closure/below', query, signal)
