/** Both languages say everything that the pages ask for, and nothing that nobody asks for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import en from '../src/i18n/en.json'
import zh from '../src/i18n/zh-CN.json'
import { sources } from '../src/dispatch/sources'

type Tree = { [key: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') flat.set(prefix + key, value)
    else flatten(value, `${prefix}${key}.`).forEach((text, name) => flat.set(name, text))
  }
  return flat
}

function sourcesBelow(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return sourcesBelow(path)
      return /\.(vue|ts)$/.test(entry.name) ? readFileSync(path, 'utf8') : ''
    })
    .join('\n')
}

const chinese = flatten(zh)
const english = flatten(en)
const code = sourcesBelow(join(import.meta.dirname, '../src'))
// `word('role', …)` and t(`level.${…}`) choose a key of a group at run time.
const groups = new Set([
  ...[...code.matchAll(/word\(\s*'(\w+)'/g)].map((match) => match[1]!),
  ...[...code.matchAll(/\bt\(\s*`(\w+)\.\$\{/g)].map((match) => match[1]!),
])
const literal = new Set([...code.matchAll(/['"`](\w+\.\w+)['"`]/g)].map((match) => match[1]!))
const asked = new Set([...code.matchAll(/\bt\(\s*['"`](\w+\.\w+)['"`]/g)].map((m) => m[1]!))

describe('catalogues', () => {
  it('have the same keys in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  })

  it('have every key that the pages ask for', () => {
    expect(asked.size).toBeGreaterThan(100)
    expect([...asked].filter((key) => !chinese.has(key))).toEqual([])
    expect([...groups].filter((group) => !(group in zh))).toEqual([])
  })

  it('have no key that nothing asks for', () => {
    const unused = [...chinese.keys()].filter(
      (key) => !literal.has(key) && !groups.has(key.split('.')[0]!),
    )
    expect(unused).toEqual([])
  })

  it('take the same parameters in both languages', () => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
    for (const [key, text] of chinese)
      expect([key, names(english.get(key)!)]).toEqual([key, names(text)])
  })

  it('leave no sentence untranslated', () => {
    const same = [...chinese].filter(([key, text]) => english.get(key) === text).map(([key]) => key)
    // Formats of files are called the same everywhere.
    const named = ['gpkg', 'shp', 'geojson', 'kml', 'dxf'].map((format) => `planFormat.${format}`)
    expect(same).toEqual(['app.title', 'grid.areaShort', ...named])
  })

  it('name every source that the form offers', () => {
    for (const source of sources) expect(chinese.has(`source.${source}`)).toBe(true)
  })
})
