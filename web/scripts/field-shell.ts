/**
 * Makes /field installable: icons from the mark, a manifest in each language, and its service
 * worker with the list of exactly those files of the build that this page needs.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import { build, type Plugin, type Rollup } from 'vite'
import { COLOUR, manifest } from '../src/field/worker/manifest.ts'

const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const PAGE = 'src/field/pages.ts'
const SIZES = [180, 192, 512]
const languages = ['zh-CN', 'en']

export function fieldShell(): Plugin {
  let outDir = 'dist'
  let shell: { url: string; revision: string | null }[] = []
  return {
    name: 'wangge-field-shell',
    apply: 'build',
    configResolved(config) {
      outDir = config.build.outDir
    },
    generateBundle: {
      order: 'post',
      async handler(_, bundle) {
        for (const [fileName, source] of await icons()) {
          this.emitFile({ type: 'asset', fileName, source })
        }
        for (const language of languages) {
          const source = JSON.stringify(manifest(language, wordsOf(language)))
          this.emitFile({ type: 'asset', fileName: `field.${language}.webmanifest`, source })
        }
        shell = shellOf(bundle)
      },
    },
    async writeBundle() {
      await build({
        configFile: false,
        root: here(''),
        logLevel: 'warn',
        publicDir: false,
        define: {
          __FIELD_SHELL__: JSON.stringify(shell),
          'process.env.NODE_ENV': '"production"',
        },
        build: {
          outDir,
          emptyOutDir: false,
          license: { fileName: '.vite/licences-field.json' },
          target: 'es2022',
          lib: {
            entry: here('src/field/worker/worker.ts'),
            formats: ['iife'],
            name: 'fieldWorker',
            fileName: () => 'field-worker.js',
          },
        },
      })
    },
  }
}

function wordsOf(language: string): (key: string) => string {
  const words = JSON.parse(readFileSync(here(`src/i18n/${language}.json`), 'utf8'))
  return (key) => {
    const [group, name] = key.split('.') as [string, string]
    return words[group][name]
  }
}

/** The page and all that it may ask for later; of the rest of the application nothing. */
function shellOf(bundle: Rollup.OutputBundle): { url: string; revision: string | null }[] {
  const files = new Set<string>()
  const chunkOf = (name: string) => {
    const found = bundle[name]
    return found?.type === 'chunk' ? found : null
  }
  const take = (name: string): void => {
    const chunk = chunkOf(name)
    if (!chunk || files.has(name)) return
    files.add(name)
    chunk.viteMetadata?.importedCss.forEach((css) => files.add(css))
    chunk.viteMetadata?.importedAssets.forEach((asset) => files.add(asset))
    // The application's first chunk leads to every desk; the page itself only to its own parts.
    const later = chunk.isEntry ? [] : chunk.dynamicImports
    for (const next of [...chunk.imports, ...later]) take(next)
  }
  const chunks = Object.values(bundle).filter((one) => one.type === 'chunk')
  const page = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(PAGE))
  if (!page) throw new Error(`${PAGE} is not in the build`)
  for (const chunk of [...chunks.filter((one) => one.isEntry), page]) take(chunk.fileName)
  const index = bundle['index.html']
  if (index?.type !== 'asset') throw new Error('index.html is not in the build')
  const revision = createHash('sha256').update(index.source).digest('hex').slice(0, 16)
  const hashed = [...files].sort().map((name) => ({ url: `/${name}`, revision: null }))
  return [{ url: '/field', revision }, ...hashed]
}

async function icons(): Promise<[name: string, png: Uint8Array][]> {
  const wasm = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')
  await ready(readFileSync(wasm))
  const mark = readFileSync(here('src/assets/mark.svg'), 'utf8')
  const draw = (svg: string, width: number) =>
    new Resvg(svg, { fitTo: { mode: 'width', value: width } }).render().asPng()
  // Phones cut a maskable icon into any shape: the mark keeps to the middle.
  const inner = mark.replace('<svg ', '<svg x="5" y="5" width="22" height="22" ')
  const maskable =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">` +
    `<rect width="32" height="32" fill="${COLOUR}"/>${inner}</svg>`
  return [
    ...SIZES.map((size): [string, Uint8Array] => [
      `assets/field/icon-${size}.png`,
      draw(size === 180 ? mark.replace('rx="6"', '') : mark, size),
    ]),
    ['assets/field/maskable-512.png', draw(maskable, 512)],
  ]
}

let started: Promise<void> | null = null
/** The renderer starts once in a process, whoever builds again. */
function ready(wasm: Uint8Array): Promise<void> {
  started ??= initWasm(wasm)
  return started
}
