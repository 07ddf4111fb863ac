import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { fieldShell } from './scripts/field-shell.ts'

// `npm run dev` proxies to a running `wangge serve`; the built pages are served by it themselves.
const api = process.env.WANGGE_API ?? 'http://127.0.0.1:8000'
const served = ['/api', '/tiles', '/heatmaps', '/metrics', '/assets/folium', '/assets/swagger']

export default defineConfig({
  base: '/',
  plugins: [vue(), fieldShell()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'true', // Element Plus needs it
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1300,
    assetsInlineLimit: 0,
    license: { fileName: '.vite/licences.json' },
  },
  server: { proxy: Object.fromEntries(served.map((path) => [path, { target: api }])) },
  test: { include: ['tests/**/*.test.ts'] },
})
