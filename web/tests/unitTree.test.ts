import { describe, expect, it } from 'vitest'
import type { Unit } from '@/api/organisation'
import { treeRows } from '@/organisation/unitTree'

const unit = (id: number, code: string, parent: number | null, zh = code): Unit => ({
  id,
  code,
  kind: 'community',
  name: { zh, en: zh },
  parent_id: parent,
  state: 'current',
  since: null,
  until: null,
})
const units = [
  unit(1, '410102', 99, '中原区'),
  unit(2, '410102004', 1, '秦岭路街道'),
  unit(3, '410102004001', 2, '一社区'),
  unit(4, '410102-D01', 1, '城管局'),
]
const name = (one: Unit) => one.name.zh
const shown = (open: boolean, words = '') =>
  treeRows(units, () => open, words, name).map((row) => [row.unit.code, row.depth])

describe('the tree of units', () => {
  it('begins with what has nothing above it here', () => {
    expect(shown(false)).toEqual([['410102', 0]])
    expect(shown(true)).toEqual([
      ['410102', 0],
      ['410102004', 1],
      ['410102004001', 2],
      ['410102-D01', 1],
    ])
  })
  it('shows what is looked for with all above it, opened or not', () => {
    expect(shown(false, '一社')).toEqual([
      ['410102', 0],
      ['410102004', 1],
      ['410102004001', 2],
    ])
    expect(shown(false, 'd01').at(-1)).toEqual(['410102-D01', 1])
    expect(shown(true, 'x')).toEqual([])
  })
})
