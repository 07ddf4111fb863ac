/** The names of what the filters name by number: a person, an organisation. */
import { computed } from 'vue'
import { getPerson } from '@/api/people'
import { getOrganisations } from '@/api/rules'
import { useFormat } from '@/i18n/useFormat'
import { useJurisdiction } from '@/state/useJurisdiction'
import { useResource } from '@/state/useResource'
import type { QueueFilters } from './filters'

/** Nobody has the number 0, and no name. */
const named = (id: string) => (id === '0' ? '' : id)

export function useFilterNames(filters: () => QueueFilters) {
  const { name } = useFormat()
  const { jurisdiction } = useJurisdiction()
  const of = (id: string) => (id && jurisdiction.value ? `${jurisdiction.value.id} ${id}` : null)
  const { data: somebody } = useResource(
    () => of(filters().person),
    (_, signal) => getPerson(jurisdiction.value!.id, filters().person, signal),
  )
  const { data: counted } = useResource(
    () => of(named(filters().responsible)),
    (_, signal) => getPerson(jurisdiction.value!.id, filters().responsible, signal),
  )
  const { data: organisations } = useResource(
    () => of(filters().organisation || named(filters().body) || named(filters().department)),
    (_, signal) => getOrganisations(jurisdiction.value!.id, signal),
  )
  const called = (id: string) => {
    const found = organisations.value?.find((one) => String(one.id) === id)
    return found ? name(found.name) : '…'
  }
  return {
    somebody,
    person: computed(() => somebody.value?.name ?? '…'),
    organisation: computed(() => called(filters().organisation)),
    /** Whose cases a figure counts; nothing where it counts those of all. */
    whose: computed(() => {
      const { responsible, body, department } = filters()
      if (named(responsible)) return counted.value?.name ?? '…'
      const one = named(body) || named(department)
      return one ? called(one) : ''
    }),
  }
}
