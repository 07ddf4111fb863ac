/** Every key of the desk, in one table: what the list of keys shows is what the desk obeys. */
export type DeskKey =
  'next' | 'previous' | 'open' | 'mark' | 'markTo' | 'create' | 'search' | 'close' | 'help'

export const deskKeys: { key: string; also?: string; does: DeskKey }[] = [
  { key: 'j', also: 'ArrowDown', does: 'next' },
  { key: 'k', also: 'ArrowUp', does: 'previous' },
  { key: 'Enter', does: 'open' },
  { key: 'x', does: 'mark' },
  { key: 'X', does: 'markTo' },
  { key: 'n', does: 'create' },
  { key: '/', does: 'search' },
  { key: 'Escape', does: 'close' },
  { key: '?', does: 'help' },
]

/** Actions that are never allowed together may share a key. */
export const actionKeys: Readonly<Record<string, string>> = {
  verify_report: 'v',
  recheck: 'q',
  register: 'r',
  reject: 'z',
  dispatch: 'd',
  accept: 'a',
  return: 'b',
  redispatch: 'w',
  split: 's',
  finish_part: 'h',
  return_part: 'r',
  handle: 'h',
  feed_back: 'f',
  verify_result: 'v',
  close: 'c',
  evaluate: 'e',
  reopen: 'o',
  extend: 't',
  approve_extension: 'y',
  refuse_extension: 'q',
  park: 'p',
  approve_parking: 'y',
  refuse_parking: 'q',
  resume: 'u',
  merge: 'm',
  supervise: 'g',
  escalate: 'l',
  note: 'i',
}

/** The first of the allowed actions that a key stands for. */
export function actionOf(key: string, allowed: readonly string[]): string | null {
  return allowed.find((action) => actionKeys[action] === key) ?? null
}

/** Letters belong to whoever types: fields, lists of choices and dialogs keep their keys. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName)) return true
  if (target instanceof HTMLInputElement) {
    return !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
  }
  return target.closest('[role="dialog"], [role="listbox"], [role="menu"]') !== null
}
