/** What is said to the server of a report or step; made once, and repeated word for word. */
import type { Report, ReportItem, Step, StepItem } from '../store/items'

/** Reports of grid workers come in as what they find on their way. */
export const SOURCE = 'patrol'

const said = (name: string, text: string) => (text.trim() ? { [name]: text.trim() } : {})
/** Where the server takes one line. */
const line = (text: string) => text.replace(/\s+/g, ' ').trim()

/** `ahead_ms`: how far the clock of this phone goes before the server's. */
export function reportBody(
  item: ReportItem,
  photoIds: number[],
  ahead_ms: number,
): Record<string, unknown> {
  const { category, severity, title, description, address, place }: Report = item.report
  if (!place) throw new Error('a report without a place is not sent')
  return {
    category,
    ...(severity === null ? {} : { severity }),
    title: line(title),
    ...said('description', description),
    ...said('address', line(address)),
    lon: Number(place.lon.toFixed(7)),
    lat: Number(place.lat.toFixed(7)),
    crs: 'EPSG:4326', // of satellites and of our own map, whatever the source itself reports in
    source: SOURCE,
    // A report written without network is as old as it is, not as new as the network.
    ...(item.finished_at ? { reported_at: serverTime(item.finished_at, ahead_ms) } : {}),
    ...(photoIds.length ? { photo_ids: photoIds } : {}),
    ...(item.patrol ? { patrol_key: item.patrol } : {}),
  }
}

const SMALL_MS = 60_000

function serverTime(at: string, ahead_ms: number): string {
  return Math.abs(ahead_ms) < SMALL_MS ? at : new Date(Date.parse(at) - ahead_ms).toISOString()
}

export function stepBody(
  item: StepItem,
  version: number,
  photoIds: number[],
): Record<string, unknown> {
  const { action, reason, result, until, verdict }: Step = item.step
  return {
    action,
    version,
    ...said('reason', line(reason)),
    ...said('result', result),
    ...(until ? { until } : {}),
    ...(verdict === null ? {} : { verdict }),
    ...(photoIds.length ? { photo_ids: photoIds } : {}),
  }
}
