/** What the console costs to load, and what must not be in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { CONSOLE_DIRECTORY } from './console-page.ts'

const SCRIPT_MAX_OCTETS = 200_000
const assets = join(CONSOLE_DIRECTORY, 'assets')
const files = readdirSync(assets)
const scripts = files.filter((name) => name.endsWith('.js'))

interface Chunk {
  readonly file: string
  /** Keys of chunks that it cannot do without. */
  readonly imports?: readonly string[]
}

const manifest = JSON.parse(readFileSync(join(CONSOLE_DIRECTORY, '.vite', 'manifest.json'), 'utf8')) as Record<
  string,
  Chunk
>

/** The scripts that entries of the page need before they can begin. */
function scriptsOf(...entries: string[]): Set<string> {
  const files = new Set<string>()
  const add = (key: string): void => {
    const chunk = manifest[key]
    if (chunk === undefined) throw new Error(`the build has no ${key}, but ${Object.keys(manifest).join(', ')}`)
    files.add(basename(chunk.file))
    for (const other of chunk.imports ?? []) add(other)
  }
  for (const entry of entries) add(entry)
  return files
}

test.each([
  ['host', 'feed'],
  ['lab', 'lab'],
  ['claims', 'lab'],
  ['capture', 'capture'],
])('what the %s view loads, the worker with what it does included, is at most 200 KB', (view, worker) => {
  const workers = scripts.filter((name) => name.startsWith(`${worker}.worker-`))
  expect(workers).toHaveLength(1)
  const loaded = [...scriptsOf('index.html', `src/${view}/${view}-view.tsx`), ...workers]
  const weights = loaded.map((name) => gzipSync(readFileSync(join(assets, name))).length)
  expect(weights.reduce((a, b) => a + b)).toBeLessThanOrEqual(SCRIPT_MAX_OCTETS)
})

test('the page brings everything along: nothing inline that the policy would refuse, nothing from elsewhere', () => {
  const html = readFileSync(join(CONSOLE_DIRECTORY, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son[a-z]+=|https?:/)
  const styles = files.filter((name) => name.endsWith('.css')).map((name) => readFileSync(join(assets, name), 'utf8'))
  expect(styles.length).toBeGreaterThan(0)
  for (const style of styles) expect(style).not.toMatch(/@import|url\((?:"|')?(?:data:|https?:|\/\/)/)
})
