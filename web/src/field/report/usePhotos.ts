/** The photos of one item, with addresses to show them by. */
import { onScopeDispose, ref, shallowRef } from 'vue'
import { persist, told } from '../state'
import { onChange, photosOf, putPhoto, removePhoto } from '../store/drafts'
import type { Photo } from '../store/items'
import { NoPicture, takePhoto } from './takePhoto'

/** So many the server takes with one report. */
export const MOST_PHOTOS = 9

export interface ShownPhoto extends Photo {
  url: string
}

/** `begun`: puts the item itself into the store, before its first photo. */
export function usePhotos(item: string, begun: () => Promise<void>) {
  const photos = shallowRef<ShownPhoto[]>([])
  const busy = ref(false)
  /** Names of files that are no pictures. */
  const refused = ref<string[]>([])
  const urls = new Map<string, string>()

  async function read(): Promise<void> {
    const found = await photosOf(item)
    const there = new Set(found.map((photo) => photo.id))
    for (const [id, url] of urls) {
      if (!there.has(id)) {
        URL.revokeObjectURL(url)
        urls.delete(id)
      }
    }
    photos.value = found.map((photo) => {
      const made = () => URL.createObjectURL(new Blob([photo.bytes], { type: photo.type }))
      const url = urls.get(photo.id) ?? made()
      urls.set(photo.id, url)
      return { ...photo, url }
    })
  }

  async function add(files: Iterable<File>): Promise<void> {
    busy.value = true
    refused.value = []
    persist()
    try {
      await begun()
      for (const file of [...files].slice(0, MOST_PHOTOS - photos.value.length)) {
        try {
          await putPhoto(await takePhoto(file, item))
        } catch (error) {
          if (!(error instanceof NoPicture)) throw error
          refused.value.push(file.name)
        }
      }
    } catch (error) {
      if (!told(error)) throw error
    } finally {
      busy.value = false
      await read()
    }
  }

  const stop = onChange(() => void read())
  onScopeDispose(() => {
    stop()
    urls.forEach((url) => URL.revokeObjectURL(url))
  })
  void read()
  return { photos, busy, refused, add, remove: removePhoto }
}
