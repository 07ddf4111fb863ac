import { createExpression, featureFilter } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'
import { donutName, glyphName, parseDonut, parseGlyph } from '../src/map/imageNames'
import { singleFilter, wantedCount, type IncidentFilter } from '../src/map/incidentLayers'

const all: IncidentFilter = { status: 'all', category: '' }

function evaluate(expression: unknown, properties: Record<string, unknown>): unknown {
  const made = createExpression(expression, 'layers[0].layout.icon-image')
  if (made.result === 'error') throw new Error(made.value.map((one) => one.message).join())
  return made.value.evaluate({ zoom: 14 }, { type: 1, properties } as never)
}
const passes = (filter: unknown, properties: Record<string, unknown>) =>
  featureFilter(filter as never, 'layers[0].filter').filter({ zoom: 14 }, {
    type: 1,
    properties,
  } as never)

describe('single incidents', () => {
  const incident = { id: 1, category: '03', severity: 2, open: 1 }

  it('pass the filter of the queue', () => {
    expect(passes(singleFilter(all), incident)).toBe(true)
    expect(passes(singleFilter({ ...all, category: '0301' }), incident)).toBe(true)
    expect(passes(singleFilter({ ...all, category: '02' }), incident)).toBe(false)
    expect(passes(singleFilter({ ...all, status: 'closed' }), incident)).toBe(false)
    expect(passes(singleFilter({ ...all, status: 'closed' }), { ...incident, open: 0 })).toBe(true)
    expect(passes(singleFilter(all), { count: 5 })).toBe(false)
  })

  it('ask for an image that says what they are', () => {
    const now = 1_000_000_000
    const glyph = { category: '03', severity: 2, open: true }
    for (const [days, age] of [
      [0, 0],
      [4, 1],
      [8, 2],
      [400, 3],
    ] as const) {
      const told = { ...incident, reported: now - days * 86_400 }
      expect(parseGlyph(evaluate(glyphName(now), told) as string)).toEqual({ ...glyph, age })
    }
    expect(parseGlyph(evaluate(glyphName(now), incident) as string)).toEqual({ ...glyph, age: 0 })
    expect(parseGlyph('donut|light|15')).toBeNull()
  })
})

describe('many incidents', () => {
  const many = { count: 40, open: 10, c01: 0, c02: 10, c03: 30, category: '03' }
  const number = (filter: IncidentFilter) =>
    Number(evaluate(['to-string', wantedCount(filter)], many))

  it('count what the filter of the queue wants', () => {
    expect(number(all)).toBe(40)
    expect(number({ ...all, status: 'closed' })).toBe(30)
    expect(number({ ...all, category: '0201' })).toBe(10)
    expect(number({ ...all, category: '07' })).toBe(0)
  })

  it('ask for a donut whose parts are the shares of the categories', () => {
    const name = evaluate(donutName(wantedCount(all), ['01', '02', '03'], 'dark'), many) as string
    expect(parseDonut(name)).toEqual({ parts: [0, 3, 9], radius: 19, dark: true })
  })
})
