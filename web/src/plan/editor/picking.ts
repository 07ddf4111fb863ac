/** Which units a drawn shape means: those whose inner point lies in it. Shapes are in pixels of a
 * Mercator plane, so that what looks like a circle on the screen is one. */
import type { Board } from './board'

export type Point = [x: number, y: number]

/** Web Mercator of the whole world as 0…1, y to the south; sharp enough for a millimetre. */
export function mercator(lon: number, lat: number): Point {
  const sine = Math.sin((lat * Math.PI) / 180)
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)]
}

/** The place of a point of that plane, seven decimals. */
export function ground([x, y]: Point): [lon: number, lat: number] {
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI
  return [Number(((x - 0.5) * 360).toFixed(7)), Number(lat.toFixed(7))]
}

/** The units' points in buckets: a small shape asks few of them. */
export class UnitPoints {
  private readonly x: Float64Array
  private readonly y: Float64Array
  private readonly order: Int32Array
  private readonly start: Int32Array
  private readonly side: number
  private readonly west: number
  private readonly north: number
  private readonly step: number

  constructor(board: Board) {
    const { size } = board
    this.x = new Float64Array(size)
    this.y = new Float64Array(size)
    let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity]
    for (let u = 0; u < size; u++) {
      const [x, y] = mercator(board.lon[u]!, board.lat[u]!)
      this.x[u] = x
      this.y[u] = y
      west = Math.min(west, x)
      east = Math.max(east, x)
      north = Math.min(north, y)
      south = Math.max(south, y)
    }
    this.side = Math.max(1, Math.floor(Math.sqrt(size / 2)))
    this.west = west
    this.north = north
    this.step = Math.max(east - west, south - north, 1e-12) / this.side + 1e-15
    this.start = new Int32Array(this.side * this.side + 1)
    const cell = Int32Array.from(
      this.x,
      (x, u) => this.row(this.y[u]!) * this.side + this.row(x, true),
    )
    for (const one of cell) this.start[one + 1]!++
    for (let i = 0; i < this.start.length - 1; i++) this.start[i + 1]! += this.start[i]!
    const next = this.start.slice()
    this.order = new Int32Array(size)
    for (let u = 0; u < size; u++) this.order[next[cell[u]!]!++] = u
  }

  private row(value: number, horizontal = false): number {
    const at = Math.floor((value - (horizontal ? this.west : this.north)) / this.step)
    return Math.max(0, Math.min(this.side - 1, at))
  }

  private within(
    west: number,
    north: number,
    east: number,
    south: number,
    fits: (x: number, y: number) => boolean,
  ): number[] {
    const found: number[] = []
    for (let row = this.row(north); row <= this.row(south); row++) {
      const first = row * this.side
      const from = this.start[first + this.row(west, true)]!
      const to = this.start[first + this.row(east, true) + 1]!
      for (let i = from; i < to; i++) {
        const u = this.order[i]!
        const [x, y] = [this.x[u]!, this.y[u]!]
        if (x >= west && x <= east && y >= north && y <= south && fits(x, y)) found.push(u)
      }
    }
    return found
  }

  /** Near the way from `a` to `b`: what a round brush covers between two moves of the mouse. */
  along(a: Point, b: Point, radius: number): number[] {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]]
    const length2 = dx * dx + dy * dy
    return this.within(
      Math.min(a[0], b[0]) - radius,
      Math.min(a[1], b[1]) - radius,
      Math.max(a[0], b[0]) + radius,
      Math.max(a[1], b[1]) + radius,
      (x, y) => {
        const t = length2 ? ((x - a[0]) * dx + (y - a[1]) * dy) / length2 : 0
        const on = Math.max(0, Math.min(1, t))
        return (x - a[0] - on * dx) ** 2 + (y - a[1] - on * dy) ** 2 <= radius * radius
      },
    )
  }

  inside(ring: readonly Point[]): number[] {
    if (ring.length < 3) return []
    const xs = ring.map(([x]) => x)
    const ys = ring.map(([, y]) => y)
    return this.within(
      Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys),
      (x, y) => isInside(ring, x, y),
    ) // prettier-ignore
  }

  /** The nearest unit's point; −1 where there are none. */
  nearest([x, y]: Point): number {
    let [best, least] = [-1, Infinity]
    for (let u = 0; u < this.x.length; u++) {
      const far = (this.x[u]! - x) ** 2 + (this.y[u]! - y) ** 2
      if (far < least) [best, least] = [u, far]
    }
    return best
  }
}

export function isInside(ring: readonly Point[], x: number, y: number): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!
    const [xj, yj] = ring[j]!
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

export const rectangle = (a: Point, b: Point): Point[] => [a, [b[0], a[1]], b, [a[0], b[1]]]

/** A boundary pulled at `from` to `to` like a string that is held at both ends, `width` apart. */
export function pulled(from: Point, to: Point, width: number): Point[] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const length = Math.hypot(dx, dy)
  if (!length) return []
  const half = Math.max(width, length * 0.75)
  const [ox, oy] = [(-dy / length) * half, (dx / length) * half]
  // It begins a little behind the boundary, which is never quite straight.
  const [bx, by] = [(-dx / length) * width * 0.5, (-dy / length) * width * 0.5]
  const foot = (sign: 1 | -1, back: 0 | 1): Point => [
    from[0] + sign * ox + back * bx,
    from[1] + sign * oy + back * by,
  ]
  const round: Point[] = []
  for (let step = 0; step <= 6; step++) {
    const angle = (Math.PI * step) / 6
    round.push([
      from[0] + Math.cos(angle) * ox + Math.sin(angle) * dx,
      from[1] + Math.cos(angle) * oy + Math.sin(angle) * dy,
    ])
  }
  return [foot(1, 1), ...round, foot(-1, 1)]
}
