/** What the console costs to load, and what must not be in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { CONSOLE_DIRECTORY } from './console-page.ts'

const SCRIPT_MAX_OCTETS = 200_000
/** What the build puts behind a file's name. */
const HASH = '-12345678.js'

const assets = join(CONSOLE_DIRECTORY, 'assets')
const files = readdirSync(assets)
const scripts = files.filter((name) => name.endsWith('.js'))

test('what a view loads, the worker with the stack included, is at most 200 KB', () => {
  // Fetched when first needed: what plots lines, and what asks before an action.
  const later = ['heal-dialog', 'uPlot.esm']
  const views = { host: ['index', 'feed.worker'], lab: ['index', 'lab.worker'], capture: ['index', 'capture.worker'] }
  const weigh = (name: string): number => {
    const files = scripts.filter((file) => file.startsWith(`${name}-`))
    expect(files).toHaveLength(1)
    return gzipSync(readFileSync(join(assets, files[0] ?? ''))).length
  }
  const known = new Set([...Object.values(views).flat(), ...later])
  expect(scripts.map((file) => file.slice(0, -HASH.length)).sort()).toEqual([...known].sort())
  for (const names of Object.values(views)) {
    expect(names.map(weigh).reduce((a, b) => a + b)).toBeLessThanOrEqual(SCRIPT_MAX_OCTETS)
  }
})

test('the page brings everything along: nothing inline that the policy would refuse, nothing from elsewhere', () => {
  const html = readFileSync(join(CONSOLE_DIRECTORY, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son[a-z]+=|https?:/)
  const styles = files.filter((name) => name.endsWith('.css')).map((name) => readFileSync(join(assets, name), 'utf8'))
  expect(styles.length).toBeGreaterThan(0)
  for (const style of styles) expect(style).not.toMatch(/@import|url\((?:"|')?(?:data:|https?:|\/\/)/)
})
