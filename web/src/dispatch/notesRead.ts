/** Goes up when a note is marked as read on this page: what counts unread ones asks again. */
import { ref } from 'vue'

export const notesRead = ref(0)
