/** The workers of the page, where their scripts cannot be had. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, launchChromium, openPage } from './console-page.ts'

describeNeeding(['chromium'], 'a worker that cannot be fetched', () => {
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

  test.each([
    ['host', 'What reads the sockets'],
    ['lab', 'The stack'],
    ['claims', 'The stack that plays the claims'],
    ['capture', 'What reads captures'],
  ])('is told at the %s view', async (view, what) => {
    const { page } = await openPage(browser, 'about:blank')
    await page.context().route(/\.worker-[^/]*\.js$/, (route) => route.abort())
    await page.goto(`${server.url}/#/${view}`)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(new RegExp(`^${what} could not be fetched from the console’s server`))
    await page.context().close()
  })
})
