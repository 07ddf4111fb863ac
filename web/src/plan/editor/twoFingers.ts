/** Two fingers move and zoom the map while one finger draws: the map's own gestures know only both
 * or none of it, so they rest meanwhile. */
import type { Map as MapLibre } from 'maplibre-gl'

type Place = { x: number; y: number }
const between = (a: Place, b: Place): Place => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
const apart = (a: Place, b: Place) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y))

export class TwoFingers {
  private readonly down = new Map<number, Place>()

  /** Whether the hand is on the map with more than one finger. */
  get both(): boolean {
    return this.down.size > 1
  }
  press(event: PointerEvent): void {
    if (event.pointerType === 'touch') this.down.set(event.pointerId, placeOf(event))
  }
  lift(event: PointerEvent): void {
    this.down.delete(event.pointerId)
  }
  forget(): void {
    this.down.clear()
  }
  /** Takes the map along, so that the ground stays below the fingers. */
  move(event: PointerEvent, map: MapLibre): boolean {
    if (!this.both || !this.down.has(event.pointerId)) return false
    const [a, b] = [...this.down.values()] as [Place, Place]
    const [was, wide] = [between(a, b), apart(a, b)]
    this.down.set(event.pointerId, placeOf(event))
    const [c, d] = [...this.down.values()] as [Place, Place]
    const box = map.getCanvas().getBoundingClientRect()
    const inMap = ({ x, y }: Place): [number, number] => [x - box.left, y - box.top]
    const ground = map.unproject(inMap(was))
    map.jumpTo({ zoom: map.getZoom() + Math.log2(apart(c, d) / wide) })
    const [now, want] = [map.project(ground), inMap(between(c, d))]
    const middle = map.project(map.getCenter())
    map.jumpTo({
      center: map.unproject([middle.x + now.x - want[0], middle.y + now.y - want[1]]),
    })
    return true
  }
}

const placeOf = (event: PointerEvent): Place => ({ x: event.clientX, y: event.clientY })
