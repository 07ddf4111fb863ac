/** Wall-clock times of the office: what its clock shows, wherever the reader's machine stands. */

const wall = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/

/** `2026-11-21T08:00` as the clock of the zone shows an instant. */
export function wallOf(zone: string, at: string | number | Date): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(new Date(at))
  const part = (type: string) => parts.find((one) => one.type === type)!.value
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

/** The instant, in UTC, at which the clock of the zone shows this time. */
export function instantOf(zone: string, shown: string): string {
  const wanted = asUtc(shown)
  let instant = wanted
  // The offset at that instant is known only near it: twice settles, beside a clock change as well.
  for (let round = 0; round < 2; round++) instant += wanted - asUtc(wallOf(zone, instant))
  return new Date(instant).toISOString()
}

/** Days later, at the same time of the clock. */
export function addDays(shown: string, days: number): string {
  const at = new Date(asUtc(shown))
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 16)
}

/** 0 is Monday. */
export function weekday(shown: string): number {
  return (new Date(asUtc(shown)).getUTCDay() + 6) % 7
}

function asUtc(shown: string): number {
  const found = wall.exec(shown)
  if (!found) throw new RangeError(`no wall-clock time: ${shown}`)
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as number[]
  return Date.UTC(year!, month! - 1, day, hour, minute)
}
