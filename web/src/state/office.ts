/** What every page needs and what changes rarely: settings, jurisdictions, categories. */
import { computed, reactive } from 'vue'
import { getCategories, getConfig, getJurisdictions } from '@/api/endpoints'
import type { Category, Config, Jurisdiction } from '@/api/types'
import type { ApiProblem } from '@/api/http'

export const office = reactive({
  config: null as Config | null,
  jurisdictions: [] as Jurisdiction[],
  categories: [] as Category[],
  problem: null as ApiProblem | null,
  loading: false,
})

/** The office's time zone, whatever the reader's machine says. */
export const zone = () => office.config?.time_zone ?? 'Asia/Shanghai'

export async function loadOffice(): Promise<void> {
  office.loading = true
  office.problem = null
  try {
    const [config, jurisdictions, categories] = await Promise.all([
      getConfig(),
      getJurisdictions(),
      getCategories(),
    ])
    Object.assign(office, { config, jurisdictions, categories })
  } catch (error) {
    office.problem = error as ApiProblem
  } finally {
    office.loading = false
  }
}

/** The one named in the address, else the first that has a plan in force, else the first. */
export function findJurisdiction(code: string | null): Jurisdiction | null {
  const all = office.jurisdictions
  return (
    all.find((one) => one.code === code) ??
    all.find((one) => one.published_plan_id !== null) ??
    all[0] ??
    null
  )
}

export const topCategories = computed(() =>
  office.categories
    .filter((category) => category.parent_code === null)
    .sort((a, b) => a.position - b.position || a.code.localeCompare(b.code)),
)

/** The top-level category of a code of either level. */
export function topCategory(code: string): Category | undefined {
  const exact = office.categories.find((category) => category.code === code)
  const top = exact?.parent_code ?? code.slice(0, 2)
  return office.categories.find((category) => category.code === top) ?? exact
}
