/** In which order people on posts stand: by what they have, or by what they would have. */
import type { RankedPerson } from '@/api/scores'

export const peopleOrders = ['points', 'fair', 'on_time', 'overdue'] as const
export type PeopleOrder = (typeof peopleOrders)[number]

/** Who has no figure stands last. */
export function orderedPeople(rows: RankedPerson[], order: PeopleOrder): RankedPerson[] {
  const value = (one: RankedPerson): number | null => {
    switch (order) {
      case 'points':
        return one.rank
      case 'fair':
        return one.fair?.rank ?? null
      case 'on_time':
        return one.on_time_rate.rank
      case 'overdue':
        return -one.overdue
    }
  }
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    return x - y || a.rank - b.rank || a.code.localeCompare(b.code)
  })
}
