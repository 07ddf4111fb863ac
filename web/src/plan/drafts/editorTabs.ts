/** What the panel on the right of the editor can show. */
export const editorTabs = ['balance', 'problems', 'help', 'history', 'review'] as const
export type EditorTab = (typeof editorTabs)[number]
