/** Is this a phone? Side panels become one bottom sheet. */
import { ref } from 'vue'

const query = matchMedia('(max-width: 760px)')
export const phone = ref(query.matches)
query.addEventListener('change', (event) => (phone.value = event.matches))
