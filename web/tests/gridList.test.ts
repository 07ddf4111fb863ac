import { describe, expect, it } from 'vitest'
import type { GridRow } from '../src/api/types'
import { findGrids } from '../src/components/findGrids'
import { flattenTree, nameBelow } from '../src/plan/gridTree'
import { sortRows } from '../src/plan/sortRows'

function grid(code: string, changes: Partial<GridRow> = {}): GridRow {
  return {
    id: code,
    code,
    parent_code: code.length > 9 ? code.slice(0, -3) : null,
    name: { zh: `网格${code}`, en: `Grid ${code}` },
    population: 100,
    households: 30,
    area_m2: 1000,
    load: 100,
    deviation: 0,
    units: 1,
    compactness: 0.7,
    centroid: [0, 0],
    bbox: [0, 0, 1, 1],
    lead: null,
    ...changes,
  }
}
const one = grid('410102005')
const twos = ['002', '001'].map((tail) => grid(`410102005${tail}`))
const threes = ['002001', '001002', '001001'].map((tail) => grid(`410102005${tail}`))
const rows = { 1: [one], 2: twos, 3: threes }

describe('the tree of grids', () => {
  it('stands parents above their children, by code', () => {
    const flat = flattenTree(rows, () => true)
    expect(flat.map((item) => item.row.code.slice(9))).toEqual([
      '',
      '001',
      '001001',
      '001002',
      '002',
      '002001',
    ])
    expect(flat[0]).toMatchObject({ level: 1, children: 2 })
  })

  it('hides what is folded, and nothing else', () => {
    expect(flattenTree(rows, (_, level) => level === 1)).toHaveLength(3)
    expect(flattenTree(rows, () => false)).toHaveLength(1)
  })

  it('shows grids whose parents the plan does not have', () => {
    const flat = flattenTree({ 1: [], 2: [], 3: threes }, () => true)
    expect(flat).toHaveLength(3)
  })
})

describe('the name of a grid below its parent', () => {
  it('does not say the parent’s name again, and is never empty', () => {
    expect(nameBelow('煤仓街社区第一网格', '煤仓街社区')).toBe('第一网格')
    expect(nameBelow('Meicang Community, Grid 1', 'Meicang Community')).toBe('Grid 1')
    expect(nameBelow('金源社区', '煤仓街社区')).toBe('金源社区')
    expect(nameBelow('金源社区', '金源社区')).toBe('金源社区')
    expect(nameBelow('金源社区', '')).toBe('金源社区')
  })
})

describe('finding grids', () => {
  const all = [...twos, ...threes].map((row) => ({ row, level: 2 as const }))
  it('by the beginning of the code, or by any part of a name in either language', () => {
    expect(findGrids(all, '410102005001', 9)[0]!.row.code).toBe('410102005001')
    expect(findGrids(all, 'grid 410102005002', 9)).toHaveLength(2)
    expect(findGrids(all, '网格', 3)).toHaveLength(3)
    expect(findGrids(all, '005001001', 9)).toHaveLength(1)
    expect(findGrids(all, '  ', 9)).toEqual([])
  })
})

describe('sorting', () => {
  it('by deviation counts both sides alike; ties keep the order of codes', () => {
    const list = [
      grid('3', { deviation: -0.2 }),
      grid('2', { deviation: 0.1 }),
      grid('1', { deviation: 0.1 }),
    ]
    const sorted = (descending: boolean) =>
      sortRows(list, 'deviation', descending, (row) => row.name.zh).map((row) => row.code)
    expect(sorted(true)).toEqual(['3', '1', '2'])
    expect(sorted(false)).toEqual(['1', '2', '3'])
  })

  it('by name counts numbers as numbers', () => {
    const list = [
      grid('b', { name: { zh: '第10网格', en: '' } }),
      grid('a', { name: { zh: '第9网格', en: '' } }),
    ]
    expect(sortRows(list, 'name', false, (row) => row.name.zh)[0]!.code).toBe('a')
  })
})
