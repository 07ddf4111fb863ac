/** What is typed goes into the phone's store with every keystroke, in order. */
import { ref, shallowRef, toRaw, watch } from 'vue'
import { openRound } from '../base/notes'
import { persist, told } from '../state'
import { getItem, putItem, updateItem } from '../store/drafts'
import { isEditable, type Item } from '../store/items'

/**
 * `part`: the words of an item that a form changes (reactive). Nothing is stored before something
 * is typed; what the sender or another tab did to the item meanwhile is left as it is.
 */
export function useDraft<T extends Item>(given: T, part: object, patch: (item: T) => T) {
  const item = shallowRef<T>(given)
  const stored = ref(given.changed_at !== given.made_at)
  let writing: Promise<void> = Promise.resolve()

  function queue(work: () => Promise<void>): Promise<void> {
    writing = writing.then(work).catch((error: unknown) => {
      if (!told(error)) throw error
    })
    return writing
  }
  async function begun(): Promise<void> {
    if (stored.value || (await getItem(given.id))) return
    await putItem(toRaw(item.value))
    stored.value = true
    persist()
  }
  const save = () =>
    queue(async () => {
      await begun()
      const changed_at = new Date().toISOString()
      const next = await updateItem(given.id, (now) =>
        isEditable(now) ? { ...patch(now as T), changed_at } : null,
      )
      if (next) item.value = next as T
    })

  watch(part, () => void save(), { deep: true })

  /** Puts it among what waits to be sent; answers whether it is there. */
  async function finish(): Promise<boolean> {
    await save()
    const now = new Date().toISOString()
    const patrol = given.kind === 'report' ? await openRound(given.account) : null
    const done = await updateItem(given.id, (one) =>
      isEditable(one)
        ? {
            ...one,
            state: 'waiting',
            finished_at: one.finished_at ?? now,
            ...(one.kind === 'report' ? { patrol: one.patrol ?? patrol } : {}),
            attempts: 0,
            next_at: 0,
            problem: null,
          }
        : null,
    )
    return done?.state === 'waiting'
  }
  return { item, begun: () => queue(begun), finish }
}
