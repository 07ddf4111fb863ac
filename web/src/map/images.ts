/** Images that the map asks for by name: category glyphs and donuts, drawn on a canvas. */
import type { Map as MapLibre } from 'maplibre-gl'
import { categoryLook } from './categoryLook'
import { hatchImage } from './draftLayers'
import { parseDonut, parseGlyph, type DonutImage, type GlyphImage } from './imageNames'

const scale = 2

function board(size: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * scale
  const context = canvas.getContext('2d')!
  context.scale(scale, scale)
  return context
}

function circle(context: CanvasRenderingContext2D, centre: number, radius: number): void {
  context.beginPath()
  context.arc(centre, centre, radius, 0, 2 * Math.PI)
}

function drawGlyph({ category, severity, open, age }: GlyphImage): ImageData {
  const size = 32
  const context = board(size)
  const look = categoryLook(category)
  if (!open) {
    // What is done stays quiet: a dot without a glyph, in either theme.
    circle(context, 16, 6.5)
    context.globalAlpha = 0.4
    context.fillStyle = look.colour
    context.fill()
    context.globalAlpha = 0.85
    context.lineWidth = 1.4
    context.strokeStyle = look.colour
    context.stroke()
    return context.getImageData(0, 0, size * scale, size * scale)
  }
  const ring = Math.max(0, severity - 1)
  if (ring) {
    circle(context, 16, 15.4 - ring / 2)
    context.lineWidth = ring
    context.globalAlpha = 0.65
    context.strokeStyle = look.colour
    context.stroke()
    context.globalAlpha = 1
  }
  circle(context, 16, 10.6)
  context.fillStyle = look.colour
  context.fill()
  context.lineWidth = 1.6
  context.strokeStyle = '#ffffff'
  context.stroke()
  drawAge(context, age)
  context.translate(7.6, 7.6)
  context.scale(0.7, 0.7)
  context.lineWidth = 2.3
  context.lineCap = context.lineJoin = 'round'
  context.strokeStyle = look.ink
  context.stroke(new Path2D(look.path))
  return context.getImageData(0, 0, size * scale, size * scale)
}

/** Short strokes at the top right, one for each step of age, legible on any ground. */
function drawAge(context: CanvasRenderingContext2D, age: number): void {
  for (let tick = 0; tick < age; tick++) {
    const angle = -Math.PI / 2 + (tick + 0.6) * 0.42
    context.beginPath()
    context.moveTo(16 + 10.2 * Math.cos(angle), 16 + 10.2 * Math.sin(angle))
    context.lineTo(16 + 15 * Math.cos(angle), 16 + 15 * Math.sin(angle))
    context.lineCap = 'round'
    context.lineWidth = 3
    context.strokeStyle = '#ffffff'
    context.stroke()
    context.lineWidth = 1.4
    context.strokeStyle = '#2b2f34'
    context.stroke()
  }
}

function drawDonut({ parts, radius, dark }: DonutImage, categories: string[]): ImageData {
  const size = radius * 2 + 2
  const context = board(size)
  const middle = size / 2
  const total = parts.reduce((sum, part) => sum + part, 0) || 1
  let angle = -Math.PI / 2
  parts.forEach((part, index) => {
    if (!part) return
    const next = angle + (part / total) * 2 * Math.PI
    context.beginPath()
    context.moveTo(middle, middle)
    context.arc(middle, middle, radius, angle, next)
    context.closePath()
    context.fillStyle = categoryLook(categories[index] ?? '').colour
    context.fill()
    angle = next
  })
  circle(context, middle, radius * 0.68)
  context.fillStyle = dark ? '#24272b' : '#ffffff'
  context.fill()
  circle(context, middle, radius)
  context.lineWidth = 1
  context.strokeStyle = dark ? 'rgb(0 0 0 / 60%)' : 'rgb(255 255 255 / 90%)'
  context.stroke()
  return context.getImageData(0, 0, size * scale, size * scale)
}

export function answerMissingImages(map: MapLibre, categories: () => string[]): void {
  map.setMissingStyleImageResolver((name) => {
    if (map.hasImage(name)) return
    const glyph = parseGlyph(name)
    if (glyph) map.addImage(name, drawGlyph(glyph), { pixelRatio: scale })
    const donut = parseDonut(name)
    const hatch = hatchImage(name)
    if (hatch) map.addImage(name, hatch, { pixelRatio: scale })
    if (donut) map.addImage(name, drawDonut(donut, categories()), { pixelRatio: scale })
  })
}
