/** Daily weather, as forecasts are told of it: which places there are, and files of days. */
import { get, upload } from '@/api/http'
import type { Id } from '@/api/types'

const root = '/api/v1/weather'

export interface WeatherPlace {
  place: string
  days: number
  first: string | null
  last: string | null
  forecast_to: string | null
  source: string
  sources: boolean
}
export interface TakenWeather {
  dry_run: boolean
  added: number
  corrected: number
  unchanged: number
  findings: { outcome: string; message: string; rows: number[] }[]
}
export type Measure = 'warmth' | 'heat' | 'frost' | 'rain' | 'wind' | 'snow'
/** What a forecast says of the weather that it was told of. */
export interface ForecastWeather {
  used: boolean
  helped: 'better' | 'same' | 'worse' | null
  place: string | null
  source: string | null
  first: string | null
  last: string | null
  measures: Measure[]
  tried: {
    ahead: number
    error: number
    plain_error: number
    exact_error: number | null
    naive_error: number
  }[]
  coming: { forecast: boolean; mean_c: number | null; rain_mm: number | null }[]
  says: string
}

export const weatherTemplate = `${root}/template`
export const getWeatherPlaces = (jurisdiction: Id, signal?: AbortSignal) =>
  get<{ items: WeatherPlace[] }>(root, { jurisdiction }, signal)
/** Whole or not at all; what is wrong is in the problem's `errors`, by row and column. */
export function takeWeather(
  jurisdiction: Id,
  file: File,
  options: Record<string, string>,
): Promise<TakenWeather> {
  const form = new FormData()
  form.set('file', file)
  form.set('jurisdiction', String(jurisdiction))
  for (const [key, value] of Object.entries(options)) if (value) form.set(key, value)
  return upload<TakenWeather>(`${root}/import`, form)
}
