/** A proposal as a change of the working copy, so that the map can show it. */
import type { Fit, Proposal } from '@/api/draftJobs'
import type { Delta } from '@/api/drafts'

export function deltaOf(
  moves: readonly (readonly [string | null, string, readonly number[]])[],
): Delta {
  return {
    units: moves.map(([before, after, units]) => [before, after, [...units]]),
    grids: [],
    marks: [],
    cuts: [],
  }
}

/** What would still be moved: without the units that do not fit any more. */
export function stillFitting(proposal: Proposal, fit: Fit | undefined): Proposal['moves'] {
  const dropped = new Set(Object.values(fit?.dropped ?? {}).flat())
  if (!dropped.size) return proposal.moves
  return proposal.moves
    .map(([before, after, units]): Proposal['moves'][number] => [
      before,
      after,
      units.filter((unit) => !dropped.has(unit)),
    ])
    .filter(([, , units]) => units.length)
}

export const droppedCount = (fit: Fit | undefined): number =>
  Object.values(fit?.dropped ?? {}).reduce((sum, units) => sum + units.length, 0)
