/**
 * `npm run bench:console`: what the page weighs, how soon it can be used, what a frame costs it while a hundred thousand rows change
 * each second, and how fast the lab plays while it draws. In Chromium, headless.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { startServer } from 'lastack/host'
import { type Browser, chromium, type Page } from 'playwright-core'
import { captureCost } from './capture.ts'
import { Crowd } from './crowd.ts'
import { frameCosts } from './frames.ts'
import { labPace, shortRuns } from './lab.ts'

const CONSOLE = fileURLToPath(new URL('../../../dist/console', import.meta.url))
const ROWS = 100_000
const FEW = 1000
const LOADS = 5
const WATCHED_MS = 15_000

function say(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(58)}${value}\n`)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

const ms = (value: number): string => `${value.toFixed(1)} ms`
const mb = (octets: number): string => `${Math.round(octets / 1e6)} MB`

/** The scripts that the page fetches by itself, and all there are. */
function weigh(fetched: ReadonlySet<string>): void {
  const scripts = readdirSync(join(CONSOLE, 'assets')).filter((name) => name.endsWith('.js'))
  const octets = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(CONSOLE, 'assets', name))).length, 0)
  const first = scripts.filter((name) => [...fetched].some((url) => url.endsWith(name)))
  say('script at first load, gzip', `${(octets(first) / 1000).toFixed(0)} KB`)
  say('all script there is, gzip', `${(octets(scripts) / 1000).toFixed(0)} KB`)
}

/** ms from the click to the first row, or the lab's first frame; the median of some loads. */
async function interactive(browser: Browser, url: string, ready: string): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < LOADS; i++) {
    const page = await (await browser.newContext()).newPage()
    const start = performance.now()
    await page.goto(url, { waitUntil: 'commit' })
    await page.locator(ready).first().waitFor()
    times.push(performance.now() - start)
    await page.context().close()
  }
  return quantile(times, 0.5)
}

async function hostFrames(browser: Browser): Promise<void> {
  const server = await startServer({ directory: CONSOLE, port: 0, read: new Crowd(ROWS).read })
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  const fetched = new Set<string>()
  page.on('response', (response) => fetched.add(response.url()))
  await page.goto(`${server.url}/#/host`)
  await page.locator('.grid-row[data-kind="row"]').first().waitFor({ timeout: 60_000 })
  weigh(fetched)
  await page.waitForTimeout(3000)
  // What a user sees is what is measured: the state diagram and the findings beside it included.
  await page.locator('.state-map .edge[data-last="true"]').first().waitFor()
  await page.locator('.finding-card .sparkline canvas').waitFor()
  const still = await frameCosts(browser, page, () => page.waitForTimeout(WATCHED_MS))
  const busy = still.filter((cost) => cost > 0.5)
  say(
    `${ROWS} rows changing each second: frames with work`,
    `p95 ${ms(quantile(busy, 0.95))}, worst ${ms(quantile(busy, 1))} of ${busy.length}`,
  )
  const scrolled = await frameCosts(browser, page, () => scroll(page, WATCHED_MS))
  say(
    'the same, scrolling all the time',
    `p95 ${ms(quantile(scrolled, 0.95))}, worst ${ms(quantile(scrolled, 1))} of ${scrolled.length}`,
  )
  await page.context().close()
  await server.close()
}

function scroll(page: Page, forMs: number): Promise<void> {
  return page.evaluate(async (forMs) => {
    const grid = document.querySelector('.grid')
    const end = performance.now() + forMs
    while (grid !== null && performance.now() < end) {
      grid.scrollTop += 40
      await new Promise(requestAnimationFrame)
    }
  }, forMs)
}

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
const server = await startServer({ directory: CONSOLE, port: 0, read: new Crowd(FEW).read })
say(
  'the host view can be used after',
  ms(await interactive(browser, `${server.url}/#/host`, '.grid-row[data-kind="row"]')),
)
say('the lab can be used after', ms(await interactive(browser, `${server.url}/#/lab/plain-close`, '.stage')))
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
const pace = await labPace(page, server.url)
const perSecond = (packets: number): string => `${Math.round(packets).toLocaleString('en-US')} packets/s`
say(
  `the lab plays ${pace.packets.toLocaleString('en-US')} packets of one transfer at`,
  perSecond(pace.packetsPerSecond),
)
say('in its slowest and its fastest half second', `${perSecond(pace.worst)}, ${perSecond(pace.best)}`)
say('the page meanwhile', `${pace.framesPerSecond.toFixed(0)} frames/s, longest without one ${ms(pace.longestGapMs)}`)
say('a run of 400 packets begun anew, to the drawing of its end', ms(await shortRuns(page, server.url)))
await page.close()
const dropping = await browser.newPage({ viewport: { width: 1440, height: 900 } })
const cost = await captureCost(dropping, server.url)
say(`a capture of ${mb(cost.octets)}, from the drop to its ladder`, `${(cost.ms / 1000).toFixed(1)} s`)
say(
  'the page meanwhile',
  `${cost.framesPerSecond.toFixed(0)} frames/s, longest without one ${ms(cost.longestGapMs)}; ` +
    `memory ${mb(cost.memoryBefore)}, at most ${mb(cost.memoryMost)}`,
)
await dropping.close()
await server.close()
await hostFrames(browser)
await browser.close()
