/** Who may change what here, as the server's table has it; it refuses anyway. */
import { computed } from 'vue'
import { session } from '@/state/session'

const has = (role: string) => (session.account?.roles as string[] | undefined)?.includes(role)
export const mayStaff = computed(() => has('administrator') || has('planner') || false)
export const mayUnits = computed(() => has('administrator') || false)
