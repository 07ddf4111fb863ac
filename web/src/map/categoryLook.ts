/** How a category looks, in lists and on the map: one hue and one glyph each. */
import { topCategory } from '@/state/office'

// For categories that bring no colour: hues that colour-blind eyes tell apart (Okabe and Ito,
// darkened so that white glyphs stand out).
const hues: Record<string, string> = {
  '01': '#0067a3',
  '02': '#a96b00',
  '03': '#00795a',
  '04': '#b84a00',
  '05': '#9c4a83',
  '06': '#2a83b5',
  '07': '#63676b',
}
const otherHue = '#63676b'

// Strokes on a 24 × 24 board.
const glyphs: Record<string, string> = {
  '01': 'M5 19V11l5 3v-3l5 3V6h3v13z', // works
  '02': 'M5 10l1.5-4h11L19 10M5.5 10.5V19h13v-8.5M5 10h14M10 19v-5h4v5', // shop
  '03': 'M6 19V8l6-3 6 3v11zM10 19v-4h4v4M9.5 10h.01M14.5 10h.01', // building
  '04': 'M12 5l8 14H4zM12 10.5v4M12 17h.01', // warning
  '05': 'M5 6h14v9h-7l-4 4v-4H5zM9 10.5h6', // voice
  '06': 'M8.5 7a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM15.5 7a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5zM4.5 18c0-3 1.8-4.5 4-4.5s4 1.5 4 4.5M14 13.7c3-.6 5.5 1 5.5 4.3', // people
  '07': 'M7 12h.01M12 12h.01M17 12h.01', // other
}

export interface CategoryLook {
  colour: string
  /** The colour of the glyph on it: white, or dark ink on light hues. */
  ink: string
  path: string
}

function isLight(hex: string): boolean {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.36
}

export function categoryLook(code: string): CategoryLook {
  const top = topCategory(code)?.code ?? code.slice(0, 2)
  const given = topCategory(code)?.colour
  const colour = given && /^#[0-9a-f]{6}$/i.test(given) ? given : (hues[top] ?? otherHue)
  return {
    colour,
    ink: isLight(colour) ? '#1e2226' : '#ffffff',
    path: glyphs[top] ?? glyphs['07']!,
  }
}
