/** The keys of the editor, wherever the reader is on the page, but not while typing. */
import { onMounted, onUnmounted, type Ref } from 'vue'
import { isTyping } from '@/dispatch/keys'
import { commands, gathers, purposes, tools, type Command, type Purpose, type Tool } from './tools'

export function useEditorKeys(of: {
  tool: Ref<Tool>
  purpose: Ref<Purpose>
  editable: Ref<boolean>
  command: (command: Command) => void
}): void {
  function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.altKey || event.isComposing || isTyping(event.target))
      return
    if (event.ctrlKey || event.metaKey) {
      const key = event.key.toLowerCase()
      if (key !== 'z' && key !== 'y') return
      event.preventDefault()
      return of.command(key === 'y' || event.shiftKey ? 'redo' : 'undo')
    }
    const command = commands.find((one) => one.key === event.key || (one.key === 'Delete' && event.key === 'Backspace')) // prettier-ignore
    const tool = tools.find((one) => one.key === event.key)
    const purpose = purposes.find((one) => one.key === event.key)
    if (command) of.command(command.command)
    else if (tool && (of.editable.value || tool.tool === 'select')) of.tool.value = tool.tool
    else if (purpose && of.editable.value) {
      of.purpose.value = purpose.purpose
      // A purpose without a shape is none: it begins with the brush.
      if (!gathers(of.tool.value)) of.tool.value = purpose.purpose === 'new' ? 'lasso' : 'brush'
    } else return
    event.preventDefault()
  }
  onMounted(() => addEventListener('keydown', pressed))
  onUnmounted(() => removeEventListener('keydown', pressed))
}
