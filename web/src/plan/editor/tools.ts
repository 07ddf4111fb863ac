/** The tools of the editor and their keys, in one table: what the strip shows is what keys do. */

/** How units are meant: by the shape that is drawn. */
export type Tool = 'select' | 'unit' | 'brush' | 'rectangle' | 'lasso' | 'pull' | 'cut' | 'merge'
/** What becomes of the units that a shape means. */
export type Purpose = 'assign' | 'new' | 'pin' | 'unpin' | 'together' | 'apart' | 'none'
/** What is done at once. */
export type Command =
  | 'lock'
  | 'delete'
  | 'repair'
  | 'undo'
  | 'redo'
  | 'help'
  | 'close'
  | 'smaller'
  | 'larger'
  | 'colours'

type Icon =
  | 'pointer' | 'unit' | 'brush' | 'rectangle' | 'lasso' | 'pull' | 'cut' | 'merge'
  | 'lock' | 'trash' | 'repair' | 'undo' | 'redo' // prettier-ignore

export const tools: { tool: Tool; key: string; icon: Icon }[] = [
  { tool: 'select', key: 's', icon: 'pointer' },
  { tool: 'brush', key: 'b', icon: 'brush' },
  { tool: 'unit', key: 'u', icon: 'unit' },
  { tool: 'rectangle', key: 'r', icon: 'rectangle' },
  { tool: 'lasso', key: 'l', icon: 'lasso' },
  { tool: 'pull', key: 'd', icon: 'pull' },
  { tool: 'cut', key: 'c', icon: 'cut' },
  { tool: 'merge', key: 'm', icon: 'merge' },
]

export const purposes: { purpose: Purpose; key: string }[] = [
  { purpose: 'assign', key: 'a' },
  { purpose: 'new', key: 'n' },
  { purpose: 'none', key: 'o' },
  { purpose: 'pin', key: 'p' },
  { purpose: 'unpin', key: 'P' },
  { purpose: 'together', key: 'g' },
  { purpose: 'apart', key: 'G' },
]

export const commands: { command: Command; key: string; icon?: Icon }[] = [
  { command: 'lock', key: 'k', icon: 'lock' },
  { command: 'delete', key: 'Delete', icon: 'trash' },
  { command: 'repair', key: 'f', icon: 'repair' },
  { command: 'undo', key: 'z', icon: 'undo' },
  { command: 'redo', key: 'y', icon: 'redo' },
  { command: 'smaller', key: '[' },
  { command: 'larger', key: ']' },
  { command: 'colours', key: 'h' },
  { command: 'help', key: '?' },
  { command: 'close', key: 'Escape' },
]

/** Tools whose shape means units, for whatever purpose. */
export const gathers = (tool: Tool): boolean =>
  tool === 'unit' || tool === 'brush' || tool === 'rectangle' || tool === 'lasso'

export const brushSizes = { least: 6, most: 120, first: 26 }

/** Keys as they are written on a keyboard. */
export const keyName = (key: string): string =>
  key === 'Escape' ? 'Esc' : key === 'Delete' ? 'Del' : key.length === 1 && key !== key.toLowerCase() ? `⇧${key}` : key.toUpperCase() // prettier-ignore
