// Copies what Folium's pages and the offline API docs load in a browser from node_modules into
// dist/assets, so that nothing is fetched from a public network at run time.
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(web, 'node_modules')
const dist = join(web, 'dist')

// Files that the assets of folium-assets.json load by a relative address.
const companions = [
  'leaflet/dist/images',
  'leaflet.awesome-markers/dist/images',
  '@fortawesome/fontawesome-free/webfonts',
]
const swagger = [
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui.css',
  'favicon-16x16.png',
  'favicon-32x32.png',
]

function copy(from, to) {
  if (!existsSync(from)) throw new Error(`${from} is missing: run "npm ci" first`)
  // Source maps are named in comments only; developers who want them have node_modules.
  cpSync(from, to, { recursive: true })
}

const manifest = JSON.parse(readFileSync(join(web, 'folium-assets.json'), 'utf8'))
for (const path of new Set([...Object.values(manifest), ...companions])) {
  copy(join(modules, path), join(dist, 'assets/folium', path))
}
copy(join(web, 'folium-assets.json'), join(dist, 'folium-assets.json'))
for (const name of swagger) {
  copy(join(modules, 'swagger-ui-dist', name), join(dist, 'assets/swagger', name))
}
console.log(
  `copied ${new Set(Object.values(manifest)).size} Folium and ${swagger.length} Swagger files`,
)
