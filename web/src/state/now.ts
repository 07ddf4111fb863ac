/** The present moment, twice a minute: for clocks on the page. */
import { ref } from 'vue'

export const now = ref(Date.now())
setInterval(() => (now.value = Date.now()), 30_000)
