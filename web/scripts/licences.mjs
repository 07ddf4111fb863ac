// Writes dist/assets/licences/licences.txt: the terms of every library that the pages bring along.
// Whoever passes the built pages on passes these on with them, as the terms ask.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(web, 'node_modules')
const dist = join(web, 'dist')

// What the build found in its own bundles: the pages, and the service worker of /field.
const bundles = ['licences.json', 'licences-field.json'].map((name) => join(dist, '.vite', name))
const folium = JSON.parse(readFileSync(join(web, 'folium-assets.json'), 'utf8'))
/** Packages whose files are copied as they are. */
const copied = ['swagger-ui-dist', ...Object.values(folium).map(packageOf)]

function packageOf(path) {
  const parts = path.split('/')
  return parts.slice(0, path.startsWith('@') ? 2 : 1).join('/')
}
/** A file of a package by what it is called: licence, copying, notice. */
function textOf(folder, called) {
  const name = existsSync(folder) && readdirSync(folder).find((one) => called.test(one))
  return name ? readFileSync(join(folder, name), 'utf8').trim() : null
}
function told(name) {
  const folder = join(modules, name)
  const { version, license, homepage } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  return {
    name,
    version,
    identifier: license,
    homepage,
    text: textOf(folder, /^(licen[cs]e|copying)/i),
  }
}

const found = new Map()
for (const path of bundles) {
  for (const one of JSON.parse(readFileSync(path, 'utf8'))) {
    found.set(`${one.name} ${one.version}`, one)
  }
}
for (const name of new Set(copied)) {
  const one = told(name)
  found.set(`${one.name} ${one.version}`, one)
}
const parts = [...found.keys()].sort().map((key) => {
  const { name, version, identifier, homepage, text } = found.get(key)
  if (!identifier && !text) throw new Error(`${key} says nothing of its terms`)
  const notice = textOf(join(modules, name), /^notice/i)
  const head = `${name} ${version}${identifier ? ` (${identifier})` : ''}`
  const terms = text ?? `Terms: ${identifier}${homepage ? `, ${homepage}` : ''}`
  return [head, '-'.repeat(head.length), terms, ...(notice ? [notice] : [])].join('\n\n')
})
const own = readFileSync(join(dirname(web), 'LICENSE'), 'utf8').trim()
const whole = ['Wangge (Apache-2.0)', '-------------------', own, ...parts].join('\n\n')
mkdirSync(join(dist, 'assets/licences'), { recursive: true })
writeFileSync(join(dist, 'assets/licences/licences.txt'), `${whole}\n`)
console.log(`wrote the terms of ${found.size} libraries`)
