/// <reference types="vite/client" />
declare module 'element-plus/es/locale/lang/*' {
  import type { Language } from 'element-plus/es/locale'
  const language: Language
  export default language
}

interface Window {
  /** For browser tests: the map of the open page, to wait for its `idle` event. */
  __wangge?: {
    map: import('maplibre-gl').Map | null
    /** The draft that is open for editing. */
    draft?: import('./plan/editor/draftState').DraftDesk
  }
}
