/** Daily weather, as forecasts are told of it: which places there are, and files of days. */
import { get } from '@/api/http'
import type { Id } from '@/api/types'

export const weatherRoot = '/api/v1/weather'

export interface WeatherPlace {
  place: string
  days: number
  first: string | null
  last: string | null
  forecast_to: string | null
  source: string
  sources: boolean
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

export const weatherTemplate = `${weatherRoot}/template`
export const getWeatherPlaces = (jurisdiction: Id, signal?: AbortSignal) =>
  get<{ items: WeatherPlace[] }>(weatherRoot, { jurisdiction }, signal)
