/** The claims, each judged by the stack in the page, and addresses that mean nothing. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { listClaims, runClaim } from '../../src/sim/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, expectAccessible, launchChromium, openPage } from './console-page.ts'

describeNeeding(['chromium'], 'the claims', () => {
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer({
      directory: CONSOLE_DIRECTORY,
      port: 0,
      read: () => Promise.reject(new Error('no host')),
    })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test('each has the verdict that the stack here computes, why, and a way to its run; the address names one', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/claims/close-wait-times-out`)
    const ids = listClaims()
    await page.getByText(`${ids.length} claims judged by playing`).waitFor()
    const articles = page.locator('.claim-article')
    const shown = await articles.evaluateAll((all) =>
      all.map((one) => [one.getAttribute('data-claim'), one.querySelector('.stamp')?.getAttribute('data-verdict')]),
    )
    expect(shown).toEqual(ids.map((id) => [id, runClaim(id).verdict]))
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('the system times CLOSE-WAIT out')
    await expectAccessible(page)

    await page.getByLabel(/^True \d/).check()
    await expect.poll(() => articles.count()).toBeLessThan(ids.length)
    expect(new URL(page.url()).hash).toBe('#/claims/close-wait-times-out?verdict=true')
    await articles
      .filter({ hasText: 'no sysctl ends an idle CLOSE-WAIT' })
      .getByRole('link', { name: /^Play it/ })
      .click()
    await page.getByRole('heading', { level: 1, name: 'no sysctl ends an idle CLOSE-WAIT' }).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('a view, a claim, a filter that there is not is said in one line', async () => {
    const { page } = await openPage(browser, `${server.url}/#/clams`)
    await page.getByText('There is no view “clams” here, only Host, Lab, Claims, Capture. This is Host.').waitFor()
    await page.goto(`${server.url}/#/claims/nonsense`)
    await page.getByText('There is no claim “nonsense”.').waitFor()
    expect(await page.getByText('There is no view').count()).toBe(0)
    await page.goto(`${server.url}/#/host?state=FOO`)
    await page.getByText('state “FOO” means nothing here: expected LISTEN').waitFor()
    await page.context().close()
  })
})
