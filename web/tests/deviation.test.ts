import { describe, expect, it } from 'vitest'
import { deviationBar, deviationExtent, deviationStops } from '../src/map/deviation'
import { deviationBins } from '../src/plan/histogram'

describe('the scale of deviation', () => {
  it('rises strictly, is symmetric, and has its neutral colour at zero', () => {
    for (const tolerance of [0.001, 0.03, 0.05, 0.1, 0.2, 0.5]) {
      for (const theme of ['light', 'dark'] as const) {
        const stops = deviationStops(tolerance, theme)
        const values = stops.map(([value]) => value)
        values.slice(1).forEach((value, index) => expect(value).toBeGreaterThan(values[index]!))
        expect(values.map((value) => 0 - value).reverse()).toEqual(values)
        expect(values[2]).toBe(0)
      }
    }
  })

  it('saturates at three tolerances, never closer than ten per cent nor beyond the whole', () => {
    expect(deviationExtent(0.05)).toBeCloseTo(0.15)
    expect(deviationExtent(0.01)).toBe(0.1)
    expect(deviationExtent(0.9)).toBe(1)
  })
})

describe('the bar of a row', () => {
  it('points left for too few and right for too many, full at the end of the scale', () => {
    expect(deviationBar(-0.03, 0.05)).toMatchObject({ side: 'few', beyond: false })
    expect(deviationBar(0.06, 0.05)).toMatchObject({ side: 'many', beyond: true })
    expect(deviationBar(0, 0.05).width).toBe(0)
    expect(deviationBar(9, 0.05).width).toBe(50)
  })
})

describe('the histogram', () => {
  it('counts every grid once and meets the band at its edges', () => {
    const deviations = [-0.9, -0.05, -0.0499, 0, 0.01, 0.0499, 0.05, 0.051, 3]
    const bins = deviationBins(deviations, 0.05)
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(deviations.length)
    const inside = bins.filter((bin) => bin.within)
    expect(inside[0]!.from).toBeCloseTo(-0.05)
    expect(inside.at(-1)!.to).toBeCloseTo(0.05)
    expect(bins.length).toBeLessThanOrEqual(40)
  })

  it('is empty, not broken, without grids', () => {
    expect(deviationBins([], 0.05).every((bin) => bin.count === 0)).toBe(true)
  })
})
