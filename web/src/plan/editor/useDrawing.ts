/** The hand on the map: mouse, pen, finger or keys, as points of a shape that a tool draws. */
import type { Map as MapLibre } from 'maplibre-gl'
import { onScopeDispose, shallowReactive, watch, type Ref, type ShallowRef } from 'vue'
import type { LonLat } from '@/api/types'
import { isTyping } from '@/dispatch/keys'
import { mercator, type Point } from './picking'
import type { Tool } from './tools'
import { TwoFingers } from './twoFingers'

/** A point on the map's canvas, and the same on the ground. */
export interface Spot {
  x: number
  y: number
  ground: LonLat
  at: Point
}

export interface Drawing {
  /** What has been drawn, in pixels; empty between shapes. */
  path: Spot[]
  /** Where the hand is, also when it does not press. */
  hand: Spot | null
  active: boolean
}

export interface DrawingTool {
  begin(spot: Spot, event: PointerEvent | KeyboardEvent): void
  move(path: readonly Spot[]): void
  /** `clicked`: pressed and let go without moving. */
  end(path: readonly Spot[], clicked: boolean): void
  cancel(): void
}

const clickPx = 4

export function useDrawing(map: ShallowRef<MapLibre | null>, tool: Ref<Tool>, does: DrawingTool) {
  const drawing = shallowReactive<Drawing>({ path: [], hand: null, active: false })
  let pointer: number | null = null
  const fingers = new TwoFingers()
  let panning: { x: number; y: number } | null = null
  let spaceDown = false
  let spaceUsed = false
  /** Corners that were set by keys, with the map moving below the cross in the middle. */
  let keyed = false
  let detach: () => void = () => {}

  function spot(x: number, y: number): Spot {
    const { lng, lat } = map.value!.unproject([x, y])
    return { x, y, ground: [lng, lat], at: mercator(lng, lat) }
  }
  function of(event: PointerEvent): Spot {
    const box = map.value!.getCanvas().getBoundingClientRect()
    return spot(event.clientX - box.left, event.clientY - box.top)
  }
  const middle = () => {
    const { lng, lat } = map.value!.getCenter()
    const { x, y } = map.value!.project([lng, lat])
    return { x, y, ground: [lng, lat] as LonLat, at: mercator(lng, lat) }
  }
  function reset(): void {
    drawing.path = []
    drawing.active = false
    pointer = null
    keyed = false
  }
  function cancel(): void {
    if (drawing.active) does.cancel()
    reset()
  }

  function down(event: PointerEvent): void {
    if (tool.value !== 'select') fingers.press(event)
    if (event.button === 1 || event.button === 2 || (event.button === 0 && spaceDown)) {
      panning = { x: event.clientX, y: event.clientY }
      spaceUsed = true
      capture(event)
      return
    }
    if (event.button !== 0) return
    // A second finger means the map: it moves and zooms, and what was drawn is dropped.
    if (pointer !== null || fingers.both) return cancel()
    if (tool.value === 'select') return
    if (event.pointerType !== 'mouse' && !event.isPrimary) return
    if (keyed) cancel()
    event.preventDefault()
    capture(event)
    pointer = event.pointerId
    const first = of(event)
    drawing.path = [first]
    drawing.hand = first
    drawing.active = true
    does.begin(first, event)
  }
  function capture(event: PointerEvent): void {
    try {
      map.value!.getCanvas().setPointerCapture(event.pointerId)
    } catch {
      // A pointer that is gone already: its end will be heard of by the window.
    }
  }
  function moved(event: PointerEvent): void {
    if (panning) {
      map.value!.panBy([panning.x - event.clientX, panning.y - event.clientY], { duration: 0 })
      panning = { x: event.clientX, y: event.clientY }
      return
    }
    if (fingers.move(event, map.value!)) return
    if (event.pointerType === 'mouse' || pointer === event.pointerId) drawing.hand = of(event)
    if (pointer !== event.pointerId) return
    // A fast hand skips points that the browser has gathered meanwhile.
    const all = event.getCoalescedEvents?.() ?? []
    const spots = (all.length ? all : [event]).map(of)
    drawing.path = [...drawing.path, ...spots]
    does.move(drawing.path)
  }
  function up(event: PointerEvent): void {
    fingers.lift(event)
    if (panning) {
      panning = null
      return
    }
    if (pointer !== event.pointerId) return
    const path = drawing.path
    const [first, last] = [path[0]!, path.at(-1)!]
    const clicked = path.every((one) => Math.hypot(one.x - first.x, one.y - first.y) <= clickPx)
    reset()
    drawing.hand = event.pointerType === 'mouse' ? last : null
    does.end(path, clicked)
  }
  function broken(): void {
    fingers.forget()
    cancel()
  }
  function left(): void {
    if (pointer === null) drawing.hand = null
  }
  const noMenu = (event: Event) => event.preventDefault()
  /** A stroke that ends in full swing is a fling to the browser, whatever `touch-action` says, and
   * the tap that comes while it runs only stops it: the button below that finger hears nothing. */
  const noFling = (event: Event) => event.cancelable && event.preventDefault()

  /** Space sets a corner in the middle of the map, Enter ends the shape. */
  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || isTyping(event.target)) return
    const onMap = (event.target as HTMLElement).closest?.('.maplibregl-map') !== null
    if (event.key === ' ' && (onMap || event.target === document.body)) {
      if (!event.repeat) spaceUsed = false
      spaceDown = true
      event.preventDefault()
    } else if (event.key === 'Enter' && keyed) {
      event.preventDefault()
      const path = drawing.path
      reset()
      does.end(path, false)
    } else if (event.key === 'Escape' && drawing.active) {
      event.preventDefault()
      cancel()
    }
  }
  function letGo(event: KeyboardEvent): void {
    if (event.key !== ' ' || !spaceDown) return
    spaceDown = false
    if (spaceUsed || !map.value || pointer !== null) return
    const here = middle()
    drawing.hand = here
    const single = ['unit', 'brush', 'merge', 'select'].includes(tool.value)
    if (single) {
      does.begin(here, event)
      does.end([here], true)
      return
    }
    if (!keyed) does.begin(here, event)
    keyed = true
    drawing.active = true
    drawing.path = [...drawing.path, here]
    does.move(drawing.path)
  }

  watch(
    [map, tool],
    ([ready, now], _, onCleanup) => {
      cancel()
      detach()
      if (!ready) return
      const box = ready.getCanvasContainer()
      const drawn = now !== 'select'
      ready.dragPan[drawn ? 'disable' : 'enable']()
      ready.doubleClickZoom[drawn ? 'disable' : 'enable']()
      ready.touchZoomRotate[drawn ? 'disable' : 'enable']()
      fingers.forget()
      ready.boxZoom.disable()
      ready.getCanvas().style.cursor = drawn ? 'crosshair' : ''
      box.style.touchAction = 'none'
      box.addEventListener('pointerdown', down)
      box.addEventListener('pointermove', moved)
      box.addEventListener('pointerleave', left)
      box.addEventListener('contextmenu', noMenu)
      if (drawn) box.addEventListener('touchmove', noFling, { passive: false })
      addEventListener('pointerup', up)
      addEventListener('pointercancel', broken)
      addEventListener('keydown', pressed)
      addEventListener('keyup', letGo)
      detach = () => {
        box.removeEventListener('pointerdown', down)
        box.removeEventListener('pointermove', moved)
        box.removeEventListener('pointerleave', left)
        box.removeEventListener('contextmenu', noMenu)
        box.removeEventListener('touchmove', noFling)
        removeEventListener('pointerup', up)
        removeEventListener('pointercancel', broken)
        removeEventListener('keydown', pressed)
        removeEventListener('keyup', letGo)
        detach = () => {}
      }
      onCleanup(() => detach())
    },
    { immediate: true },
  )
  onScopeDispose(() => detach())
  return { drawing, cancel }
}
