/** Photos of one report: each sent at once, so that sending the report is quick. */
import { onScopeDispose, ref, shallowRef } from 'vue'
import { ApiProblem } from '@/api/http'
import { newKey } from '@/dispatch/newKey'
import { sendPhoto, type Reading } from './api'

export interface SentShown {
  id: string
  url: string
  readings: Reading[]
}

export function usePublicPhotos(most: () => number) {
  const photos = shallowRef<SentShown[]>([])
  const busy = ref(false)
  /** What the server said of those that it did not take. */
  const problems = ref<ApiProblem[]>([])

  async function add(files: Iterable<File>): Promise<void> {
    busy.value = true
    problems.value = []
    for (const file of files) {
      if (photos.value.length >= most()) break
      try {
        const sent = await sendPhoto(file, newKey())
        const shown = { id: sent.ref, url: URL.createObjectURL(file) }
        photos.value = [...photos.value, { ...shown, readings: sent.place?.readings ?? [] }]
      } catch (error) {
        problems.value.push(error instanceof ApiProblem ? error : new ApiProblem(500, 'page', ''))
      }
    }
    busy.value = false
  }
  function remove(id: string): void {
    photos.value = photos.value.filter((photo) => photo.id !== id)
  }
  onScopeDispose(() => photos.value.forEach((photo) => URL.revokeObjectURL(photo.url)))
  return { photos, busy, problems, add, remove }
}
