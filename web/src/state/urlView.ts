/** The address holds the view: parsing and writing of its parts. */
import type { LocationQuery } from 'vue-router'

export interface MapPlace {
  lng: number
  lat: number
  zoom: number
}

/** `at=113.61234,34.75123,14.20`; anything else is no place. */
export function parsePlace(text: unknown): MapPlace | null {
  if (typeof text !== 'string') return null
  const parts = text.split(',')
  if (parts.length !== 3 || parts.some((part) => part.trim() === '')) return null
  const [lng, lat, zoom] = parts.map(Number) as [number, number, number]
  if (![lng, lat, zoom].every(Number.isFinite)) return null
  if (Math.abs(lng) > 180 || Math.abs(lat) > 85.06 || zoom < 0 || zoom > 24) return null
  return { lng, lat, zoom }
}

export function formatPlace({ lng, lat, zoom }: MapPlace): string {
  return `${lng.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export type Patch = Record<string, string | null | undefined>

/** The query with the patch laid over it; empty values leave the address. */
export function patchQuery(query: LocationQuery, patch: Patch): Record<string, string> {
  const next: Record<string, string> = {}
  for (const [key, value] of Object.entries({ ...query, ...patch })) {
    if (typeof value === 'string' && value !== '') next[key] = value
  }
  return next
}
