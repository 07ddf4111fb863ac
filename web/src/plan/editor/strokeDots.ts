/** Units that have moved and that the map has not been painted with yet: a dot in each, at once. */
import type { Map as MapLibre } from 'maplibre-gl'
import { palettes } from '@/map/palette'
import type { Theme } from '@/state/theme'
import type { Board } from './board'
import type { Follower } from './working'

const metresAtZoom0 = 40_075_016.7 / 512

export class StrokeDots implements Follower {
  private readonly units = new Set<number>()
  private canvas: HTMLCanvasElement | null = null

  get shown(): boolean {
    return this.canvas !== null
  }

  moved(unit: number): void {
    this.units.add(unit)
  }

  gridsChanged(): void {}

  show(map: MapLibre, board: Board, theme: Theme): void {
    const under = map.getCanvas()
    this.canvas ??= under.parentElement!.appendChild(document.createElement('canvas'))
    const { canvas } = this
    canvas.style.cssText = 'position:absolute;inset:0;pointer-events:none'
    const [width, height] = [under.clientWidth, under.clientHeight]
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    const context = canvas.getContext('2d')!
    context.clearRect(0, 0, width, height)
    context.fillStyle = palettes[theme].lit
    context.strokeStyle = palettes[theme].halo
    for (const u of this.units) {
      const { x, y } = map.project([board.lon[u]!, board.lat[u]!])
      const perPixel =
        (metresAtZoom0 * Math.cos((board.lat[u]! * Math.PI) / 180)) / 2 ** map.getZoom()
      const radius = Math.min(14, Math.max(2, (0.3 * Math.sqrt(board.area_m2[u]!)) / perPixel))
      context.beginPath()
      context.arc(x, y, radius, 0, 2 * Math.PI)
      context.fill()
      context.stroke()
    }
  }

  /** The map shows them itself. */
  clear(): void {
    this.units.clear()
    this.canvas?.remove()
    this.canvas = null
  }
}
