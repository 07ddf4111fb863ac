import { describe, expect, it } from 'vitest'
import { pixels } from '@/map/nearbyGrids'

describe('metres on the map', () => {
  it('are as many pixels as Web Mercator draws', () => {
    // the equator has 40 075 km and a world of zoom 1 has 1024 pixels
    expect(pixels(40_075_016.7, 0, 1)).toBeCloseTo(1024, 1)
    expect(pixels(20, 60, 15)).toBeCloseTo(2 * pixels(20, 0, 15), 5)
  })
})
