/** The lab, touched: packets, hosts and sockets that one does something to, moments that one goes to. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, expectAccessible, launchChromium, openPage, type WatchedPage } from './console-page.ts'

const SOON_MS = 10_000

describeNeeding(['chromium'], 'the lab, touched', () => {
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

  async function openLab(item: string, width = 1440): Promise<WatchedPage> {
    const watched = await openPage(browser, `${server.url}/#/lab/${item}`, { viewport: { width, height: 900 } })
    await watched.page.locator('.stage').waitFor({ timeout: SOON_MS })
    return watched
  }

  const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
  const ladder = (page: Page): Locator => page.getByRole('img', { name: /^Sequence diagram/ })
  const flights = (page: Page, text: RegExp): Locator => ladder(page).locator('.flight').filter({ hasText: text })
  const slider = (page: Page): Locator => page.getByRole('slider', { name: 'Moment of the run' })
  const host = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })
  const acts = (page: Page): Locator => page.getByRole('region', { name: 'What you did' })

  async function playToTheEnd(page: Page): Promise<void> {
    if (await button(page, 'Step').isEnabled()) await button(page, 'Play to the end').click()
    await expect.poll(() => button(page, 'Step').isDisabled(), { timeout: SOON_MS }).toBe(true)
  }

  async function goTo(page: Page, step: number): Promise<void> {
    await slider(page).fill(String(step))
    await expect.poll(() => slider(page).getAttribute('aria-valuetext')).toContain(`Step ${step} of`)
  }

  test('a click on the final ACK, and dropping it, shows the FIN again and TIME-WAIT anew', async () => {
    const { page, complaints } = await openLab('plain-close')
    await playToTheEnd(page)
    expect(await ladder(page).locator('.flight[data-again="true"]').count()).toBe(0)
    await flights(page, /^ACK/).last().locator('.flight-reach').click({ force: true })
    await page.getByRole('region', { name: 'Packet' }).getByText('Control bits').waitFor()
    await button(page, 'Drop').click()
    await acts(page)
      .getByText(/^drop packet \d+$/)
      .waitFor({ timeout: SOON_MS })
    await ladder(page).locator('.flight[data-fate="lost"]').waitFor({ timeout: SOON_MS })
    await playToTheEnd(page)
    expect(await ladder(page).locator('.flight[data-again="true"]').first().textContent()).toMatch(/^FIN,ACK ×2/)
    expect(await ladder(page).getByText('2MSL timer restarted').count()).toBe(1)

    await button(page, 'Undo').click()
    await acts(page).waitFor({ state: 'detached', timeout: SOON_MS })
    await playToTheEnd(page)
    expect(await ladder(page).locator('.flight[data-again="true"]').count()).toBe(0)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('any moment looks the same, from whichever side one comes to it', async () => {
    const { page, complaints } = await openLab('lost-final-ack')
    const last = Number(await slider(page).getAttribute('max'))
    const seen = new Map<number, string>()
    for (const step of [3, 9, last]) {
      await goTo(page, step)
      seen.set(step, (await ladder(page).innerHTML()) + (await host(page, 'server').innerText()))
    }
    for (const step of [9, 3, last]) {
      await goTo(page, step)
      expect((await ladder(page).innerHTML()) + (await host(page, 'server').innerText())).toBe(seen.get(step))
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('steps by packet, by timer and by call', async () => {
    const { page } = await openLab('lost-final-ack')
    await button(page, 'Step to the next packet').click()
    await expect.poll(() => ladder(page).locator('.flight').count()).toBe(1)
    const expired = ladder(page).locator('text.words').filter({ hasText: 'expires' })
    for (let i = 0; i < 5 && (await expired.count()) === 0; i += 1) {
      const before = await slider(page).inputValue()
      await button(page, 'Step to the next timer').click()
      await expect.poll(() => slider(page).inputValue()).not.toBe(before)
    }
    expect(await expired.count()).toBeGreaterThan(0)
    await goTo(page, 0)
    await button(page, 'Step to the next call').click()
    await ladder(page).getByText('listen(').waitFor({ timeout: SOON_MS })
    await page.context().close()
  })

  test('the address holds the whole session: run, settings, acts and moment', async () => {
    const { page } = await openLab('half-close?seed=7')
    await goTo(page, 4)
    await host(page, 'server').getByText('Break something on server').click()
    await button(page, 'Cut the wire').first().click()
    await acts(page).getByText('cut').waitFor({ timeout: SOON_MS })
    await goTo(page, 9)
    await expect.poll(() => new URL(page.url()).hash).toContain('at=9')
    expect(new URL(page.url()).hash).toMatch(/^#\/lab\/half-close\?seed=7&/)
    const drawn = await ladder(page).innerHTML()
    const again = await openPage(browser, page.url())
    await expect.poll(() => ladder(again.page).innerHTML(), { timeout: SOON_MS }).toBe(drawn)
    expect(await acts(again.page).innerText()).toBe(await acts(page).innerText())
    expect(again.complaints).toEqual([])
    await again.page.context().close()
    await page.context().close()
  })

  test('a call made for a leaking server ends its CLOSE-WAIT', async () => {
    const { page, complaints } = await openLab('close-wait-30-days')
    const leak = host(page, 'server').getByRole('row').filter({ hasText: 'CLOSE-WAIT' })
    for (let step = 1; (await leak.filter({ hasText: 'Call on fd' }).count()) === 0; step += 1) await goTo(page, step)
    await leak.getByText('Call on fd').click()
    await leak.getByRole('button', { name: 'close()' }).click()
    await leak.waitFor({ state: 'detached', timeout: SOON_MS })
    await playToTheEnd(page)
    expect(await ladder(page).getByText('LAST-ACK').count()).toBeGreaterThan(0)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('what cannot be done is said, and the run goes on', async () => {
    const { page } = await openLab('plain-close?do=crash nobody;drop 2&at=5')
    const trouble = page.getByRole('alert')
    await trouble.waitFor({ timeout: SOON_MS })
    expect(await trouble.innerText()).toBe("Not done: no host 'nobody' in this run; expected client, server")
    await playToTheEnd(page)
    expect(await ladder(page).locator('.flight[data-fate="lost"]').count()).toBe(1)
    await page.context().close()
  })

  test('a packet opens by the keyboard, shows its octets, and axe finds nothing, wide and narrow', async () => {
    for (const width of [1440, 390]) {
      const { page, complaints } = await openLab('plain-close?at=8', width)
      await page.getByLabel('Look into').selectOption({ index: 1 })
      const packet = page.getByRole('region', { name: 'Packet' })
      await packet.getByRole('button', { name: 'Sequence number' }).focus()
      await page.keyboard.press('Enter')
      expect(await packet.locator('.octets [data-marked="true"]').count()).toBe(4)
      await host(page, 'server').getByText('Break something on server').click()
      await page.getByRole('radio', { name: 'Raw' }).check({ force: true })
      await expectAccessible(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
      expect(complaints).toEqual([])
      await page.context().close()
    }
  })
})
