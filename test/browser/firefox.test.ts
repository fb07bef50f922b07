/** The same page in Firefox: that it loads, shows this machine's sockets, and plays the stack in its worker. */
import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { programPath } from '../support/programs.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, PATIENCE_MS } from './console-page.ts'

/** It starts from a cold disk as a rule, with a profile of its own that has never been used, ms. */
const START_MAX_MS = 180_000

describeNeeding(['linux', 'firefox-esr'], 'the console in Firefox', () => {
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer({ directory: CONSOLE_DIRECTORY, port: 0 })
    browser = await launch({
      browser: 'firefox',
      executablePath: programPath('firefox-esr') ?? '',
      headless: true,
      // The window's size: not every Firefox lets a page be told of another.
      args: ['--window-size=1440,900'],
      defaultViewport: null,
      timeout: START_MAX_MS,
      protocolTimeout: START_MAX_MS,
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  async function open(hash: string): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await browser.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${server.url}/${hash}`)
    return { page, complaints }
  }

  test('the host view shows sockets, and the filter finds the server of the page', async () => {
    const { page, complaints } = await open('#/host')
    await page.waitForSelector('.grid-row[data-kind="row"]')
    await page.type('.filter-box input', `:${server.port} LISTEN`)
    const rows = (): Promise<number> => page.$$eval('.grid-row[data-kind="row"]', (found) => found.length)
    await expect.poll(rows, { timeout: PATIENCE_MS }).toBe(1)
    expect(complaints).toEqual([])
    await page.close()
  })

  test('the lab plays a scenario to its verdict, and a packet opens to its octets', async () => {
    const { page, complaints } = await open('#/lab/lost-final-ack')
    await page.waitForSelector('.stage')
    await page.keyboard.press('e')
    await page.waitForSelector('.stamp[data-verdict="pass"]')
    await page.select('.lane-picker select', '1')
    await page.waitForSelector('.octets')
    expect(await page.$$eval('.flight[data-fate="lost"]', (lost) => lost.length)).toBe(1)
    expect(complaints).toEqual([])
    await page.close()
  })
})
