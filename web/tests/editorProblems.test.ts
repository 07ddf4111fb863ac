/** What the page finds wrong with a draft: as the server does, with what lies all around it. */
import { expect, it } from 'vitest'
import { Connectivity, surrounding } from '../src/plan/editor/connectivity'
import type { DraftState } from '../src/plan/editor/draftState'
import { Figures } from '../src/plan/editor/figures'
import { problemsOf } from '../src/plan/editor/problems'
import { basic, town, workingOf } from './editorBoard'

it('tells grids, parts and units in no grid that lie all in another grid', () => {
  const board = town(8)
  const working = workingOf(board)
  const state = {
    board,
    working,
    figures: new Figures(working),
    connectivity: new Connectivity(working),
  } as unknown as DraftState
  const [outer, inner] = [basic(0, 1, 0), basic(0, 1, 1)].map((code) => working.number.get(code)!)
  // Rows 1 to 5 are the outer one's but for one unit, and that one is all that the inner one has.
  for (let u = 8; u < 48; u++) working.move(u, outer!)
  working.move(27, inner!)
  const found = () =>
    problemsOf(state, 99)
      .filter((one) => one.kind !== 'empty')
      .map(({ kind, grid, within, units }) => [kind, grid, within, units])
  const codes = working.codes
  expect(found()).toEqual([['hole', codes[inner!], codes[outer!], [27]]])
  working.move(12, inner!)
  // Which of the two is cut off from the other is a matter of who has more people.
  const [kept, loose] = board.population[12]! > board.population[27]! ? [12, 27] : [27, 12]
  expect(found()).toEqual([
    ['island', codes[inner!], loose === 27 ? codes[outer!] : null, [loose]],
    ...(kept === 27 ? [['hole', codes[inner!], codes[outer!], [27]]] : []),
  ])
  working.move(12, outer!)
  working.move(27, -1)
  expect(found()).toEqual([['unassigned', null, codes[outer!], [27]]])
  // What ends where the land ends lies in nothing.
  expect(surrounding(working, [0, 1, 2, 3, 4, 5, 6, 7])).toBe(-1)
})
