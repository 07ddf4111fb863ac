/** Listens for the keys of the desk, wherever the reader is on the page, but not while typing. */
import { onMounted, onUnmounted } from 'vue'
import { deskKeys, isTyping, type DeskKey } from './keys'

/** `act` is asked about every other letter: does it stand for something here? */
export function useKeys(does: Partial<Record<DeskKey, () => void>>, act: (key: string) => boolean) {
  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.isComposing || isTyping(event.target)) return
    // The map moves by its own arrow keys, and radio buttons choose by them.
    const target = event.target as HTMLElement
    const own = target instanceof HTMLInputElement || target.closest('.maplibregl-map') !== null
    if (own && event.key.startsWith('Arrow')) return
    const row = deskKeys.find((one) => one.key === event.key || one.also === event.key)
    const run = row && does[row.does]
    if (run) {
      event.preventDefault()
      run()
    } else if (!row && act(event.key)) event.preventDefault()
  }
  onMounted(() => addEventListener('keydown', pressed))
  onUnmounted(() => removeEventListener('keydown', pressed))
}
