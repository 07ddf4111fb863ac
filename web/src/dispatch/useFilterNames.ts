/** The names of what the filters name by number: a person, an organisation. */
import { computed } from 'vue'
import { getPerson } from '@/api/people'
import { getOrganisations } from '@/api/rules'
import { useFormat } from '@/i18n/useFormat'
import { useJurisdiction } from '@/state/useJurisdiction'
import { useResource } from '@/state/useResource'
import type { QueueFilters } from './filters'

export function useFilterNames(filters: () => QueueFilters) {
  const { name } = useFormat()
  const { jurisdiction } = useJurisdiction()
  const of = (id: string) => (id && jurisdiction.value ? `${jurisdiction.value.id} ${id}` : null)
  const { data: somebody } = useResource(
    () => of(filters().person),
    (_, signal) => getPerson(jurisdiction.value!.id, filters().person, signal),
  )
  const { data: organisations } = useResource(
    () => of(filters().organisation),
    (_, signal) => getOrganisations(jurisdiction.value!.id, signal),
  )
  return {
    somebody,
    person: computed(() => somebody.value?.name ?? '…'),
    organisation: computed(() => {
      const found = organisations.value?.find((one) => String(one.id) === filters().organisation)
      return found ? name(found.name) : '…'
    }),
  }
}
