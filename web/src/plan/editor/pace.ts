/** When the map may be painted anew: a slow graphics card must not keep the figures waiting.
 * Where a frame takes longer than a hand notices, the map follows as soon as the hand rests. */
import type { Map as MapLibre } from 'maplibre-gl'

const noticed_ms = 40
const rest_ms = { drawing: 400, between: 150 }

export class Pace {
  /** The last two frames, from the page's last command to the card's last pixel. */
  private took: [number, number] = [0, 0]
  private measuring = false
  private frame = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly isDrawing: () => boolean,
    private readonly paint: () => void,
  ) {}

  get slow(): boolean {
    return Math.min(...this.took) > noticed_ms
  }

  /** Whether what was asked for has not been painted yet. */
  get waits(): boolean {
    return this.timer !== undefined
  }

  /** Once a frame, however many strokes there were; `now`: also where frames are slow. */
  ask(now = false): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.frame) return
    if (this.slow && !now) {
      const rest = this.isDrawing() ? rest_ms.drawing : rest_ms.between
      this.timer = setTimeout(() => this.ask(true), rest)
    } else
      this.frame = requestAnimationFrame(() => {
        this.frame = 0
        this.paint()
      })
  }

  measure(map: MapLibre): void {
    const gl = map.getCanvas().getContext('webgl2')
    if (!gl) return
    map.on('render', () => {
      if (this.measuring) return
      const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0)
      if (!fence) return
      gl.flush()
      this.measuring = true
      const start = performance.now()
      const look = () => {
        if (!gl.isContextLost() && gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED)
          return void setTimeout(look, 4)
        gl.deleteSync(fence)
        this.measuring = false
        this.took = [this.took[1], performance.now() - start]
        performance.measure('map-painted', { start })
        performance.clearMeasures('map-painted') // whoever observes has it; nobody keeps it for hours
      }
      setTimeout(look)
    })
  }

  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    cancelAnimationFrame(this.frame)
    this.frame = 0
  }
}
