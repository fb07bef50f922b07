/** What the console costs to load, and what must not be in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { runScenario, startScenario } from '../../src/sim/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, launchChromium, openPage } from './console-page.ts'

const SCRIPT_MAX_OCTETS = 200_000
/** Claims are played on every system, each of which is a file of its own. */
const CLAIMS_MAX_OCTETS = 210_000
const assets = join(CONSOLE_DIRECTORY, 'assets')
const files = readdirSync(assets)

describeNeeding(['chromium'], 'a first look', () => {
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer({ directory: CONSOLE_DIRECTORY, port: 0 })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const steps = runScenario('plain-close').steps.length
  const run = startScenario('plain-close')
  run.finish()
  const capture = { name: 'plain-close.pcapng', mimeType: '', buffer: Buffer.from(run.pcapng()) }

  // Which scripts the page and its workers ask for is seen on the way: none can be forgotten, wherever it is asked from.
  test.each<[view: string, worker: RegExp, look: (page: Page) => Promise<unknown>]>([
    ['host', /^feed\.worker-/, (page) => page.locator('.grid-row').first().waitFor()],
    [
      'lab',
      /^lab\.worker-/,
      async (page) => {
        await page.locator('.stage').waitFor()
        await page.getByRole('button', { name: 'Play to the end' }).click()
        await expect.poll(() => page.locator('.story li').count()).toBe(steps)
      },
    ],
    ['claims', /^lab\.worker-/, (page) => page.getByText('claims judged by playing').waitFor()],
    [
      'capture',
      /^capture\.worker-/,
      async (page) => {
        await page.getByLabel('Capture file').setInputFiles(capture)
        await page.getByRole('region', { name: 'Connection' }).waitFor()
      },
    ],
  ])('at the %s view loads little, the scripts of its worker included', async (view, worker, look) => {
    const { page, complaints } = await openPage(browser, 'about:blank')
    const loaded = new Set<string>()
    page.context().on('request', (request) => {
      const name = basename(new URL(request.url()).pathname)
      if (name.endsWith('.js')) loaded.add(name)
    })
    await page.goto(`${server.url}/#/${view}`)
    await look(page)
    await page.context().close()
    expect(complaints).toEqual([])
    expect([...loaded]).toContainEqual(expect.stringMatching(worker))
    const weights = [...loaded].map((name) => gzipSync(readFileSync(join(assets, name))).length)
    expect(weights.reduce((a, b) => a + b)).toBeLessThanOrEqual(
      view === 'claims' ? CLAIMS_MAX_OCTETS : SCRIPT_MAX_OCTETS,
    )
  })
})

test('the page brings everything along: nothing inline that the policy would refuse, nothing from elsewhere', () => {
  const html = readFileSync(join(CONSOLE_DIRECTORY, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son[a-z]+=|https?:/)
  const styles = files.filter((name) => name.endsWith('.css')).map((name) => readFileSync(join(assets, name), 'utf8'))
  expect(styles.length).toBeGreaterThan(0)
  for (const style of styles) expect(style).not.toMatch(/@import|url\((?:"|')?(?:data:|https?:|\/\/)/)
})
