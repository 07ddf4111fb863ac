/** Photos chosen for a report or a step: each goes out at once, one after the other. */
import { computed, onScopeDispose, shallowReactive, shallowRef } from 'vue'
import { ApiProblem } from '@/api/http'
import type { Told } from '@/api/photos'
import { newKey } from '@/dispatch/newKey'

type Send<T> = (file: File, key: string, told: Told, signal: AbortSignal) => Promise<T>

export interface Upload<T> {
  /** Its Idempotency-Key: tried again, it is the same photo. */
  key: string
  name: string
  url: string
  /** How much of it has gone out, from 0 to 1. */
  share: number
  sent: T | null
  problem: ApiProblem | null
}

/** So many the server takes with one report or step. */
export const MOST_PHOTOS = 9

export function usePhotoUploads<T>(send: Send<T>, most: () => number = () => MOST_PHOTOS) {
  const list = shallowRef<Upload<T>[]>([])
  const files = new Map<string, { file: File; stop: AbortController }>()
  let line: Promise<void> = Promise.resolve()

  function add(chosen: Iterable<File>): void {
    const room = [...chosen].slice(0, most() - list.value.length)
    for (const file of room) {
      const key = newKey()
      files.set(key, { file, stop: new AbortController() })
      const shown = { key, name: file.name, url: URL.createObjectURL(file), share: 0 }
      list.value = [...list.value, shallowReactive({ ...shown, sent: null, problem: null })]
      enqueue(key)
    }
  }
  function enqueue(key: string): void {
    line = line.then(() => go(key))
  }
  async function go(key: string): Promise<void> {
    const one = list.value.find((each) => each.key === key)
    const kept = files.get(key)
    if (!one || !kept || one.sent) return
    try {
      const told = (share: number) => (one.share = share)
      one.sent = await send(kept.file, key, told, kept.stop.signal)
    } catch (error) {
      one.problem = error instanceof ApiProblem ? error : new ApiProblem(500, 'page-error', '')
    }
  }
  function retry(key: string): void {
    const one = list.value.find((each) => each.key === key)
    if (!one) return
    one.problem = null
    one.share = 0
    enqueue(key)
  }
  function remove(key: string): void {
    files.get(key)?.stop.abort()
    files.delete(key)
    const one = list.value.find((each) => each.key === key)
    if (one) URL.revokeObjectURL(one.url)
    list.value = list.value.filter((each) => each.key !== key)
  }
  function clear(): void {
    for (const one of list.value) remove(one.key)
  }
  onScopeDispose(clear)

  return {
    list,
    add,
    retry,
    remove,
    clear,
    most,
    sent: computed(() => list.value.flatMap((one) => (one.sent ? [one.sent] : []))),
    failed: computed(() => list.value.some((one) => one.problem)),
    busy: computed(() => list.value.some((one) => !one.sent && !one.problem)),
    /** Waits until all have gone out; whether they did. */
    async settled(): Promise<boolean> {
      await line
      return list.value.every((one) => one.sent)
    },
  }
}
export type PhotoUploadList<T> = ReturnType<typeof usePhotoUploads<T>>
