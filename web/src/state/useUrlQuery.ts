/** Reads and patches the query of the address; patches of one moment become one navigation. */
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { patchQuery, text, type Patch } from './urlView'

let waiting: Patch | null = null

export function useUrlQuery() {
  const route = useRoute()
  const router = useRouter()

  function patch(changes: Patch): void {
    if (waiting) {
      Object.assign(waiting, changes)
      return
    }
    waiting = { ...changes }
    const path = route.path
    queueMicrotask(() => {
      const all = waiting ?? {}
      waiting = null
      // A move of the map that ends after leaving the page belongs to no address any more.
      if (router.currentRoute.value.path !== path) return
      void router.replace({ query: patchQuery(router.currentRoute.value.query, all) })
    })
  }

  const param = (key: string) => computed(() => text(route.query[key]))
  return { patch, param, query: computed(() => route.query) }
}
