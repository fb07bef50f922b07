/** The lab: the real stack, played in the page. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { listScenarios, runClaim } from '../../src/sim/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, expectAccessible, launchChromium, openPage, type WatchedPage } from './console-page.ts'

const SOON_MS = 10_000
/** For what goes through everything there is. */
const ALL_MS = 180_000
/** A story is told in a few dozen steps; one that takes more than this many does not end. */
const STEPS_MAX = 400

describeNeeding(['chromium'], 'the lab', () => {
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

  /** Opens a scenario or claim and waits until it can be played. */
  async function openLab(item: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
    const watched = await openPage(browser, `${server.url}/#/lab/${item}`, options)
    await watched.page.locator('.stage').waitFor({ timeout: SOON_MS })
    return watched
  }

  const verdict = (page: Page): Locator => page.getByRole('region', { name: 'Verdict' })
  const ladder = (page: Page): Locator => page.getByRole('img', { name: /^Sequence diagram/ })
  const host = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })
  const diagram = (page: Page, name: string): Locator =>
    host(page, name).getByRole('img', { name: `State diagram of ${name}` })
  const step = (page: Page): Locator => page.getByRole('button', { name: 'Step', exact: true })

  /** A verdict as it is stamped on the page. */
  const stamp = (page: Page, word: string): Locator => verdict(page).locator('.outcome .stamp', { hasText: word })

  /** Presses a button and waits for what the stack in its worker makes of it. */
  async function pressAndSee(page: Page, button: Locator): Promise<void> {
    const told = page.locator('.lab-page [role="status"]')
    const before = await told.textContent()
    await button.click()
    await expect.poll(() => told.textContent(), { timeout: SOON_MS, interval: 5 }).not.toBe(before)
  }

  /** Steps until the condition holds; fails when the run is over first. */
  async function stepUntil(page: Page, condition: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < STEPS_MAX && !(await condition()); i += 1) {
      if (await step(page).isDisabled()) break
      await pressAndSee(page, step(page))
    }
    expect(await condition()).toBe(true)
  }

  const stateIs = (page: Page, name: string, state: string) => async (): Promise<boolean> =>
    ((await diagram(page, name).getAttribute('aria-label')) ?? '').includes(`1 in ${state}`)

  test('plays the plain close to its verdict', async () => {
    const { page, complaints } = await openLab('plain-close')
    await page.getByRole('radio', { name: '10', exact: true }).check({ force: true })
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await stamp(page, 'Pass').waitFor({ timeout: 2 * SOON_MS })
    expect(await ladder(page).locator('.flight[data-fate="arrived"]').count()).toBeGreaterThanOrEqual(6)
    expect(await ladder(page).getByText('TIME-WAIT').count()).toBeGreaterThan(0)
    expect(await page.getByRole('region', { name: 'Story' }).locator('.check[data-passed="false"]').count()).toBe(0)
    expect(await step(page).isDisabled()).toBe(true)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('steps: a segment under way arrives, states and socket tables follow; back gives the same again', async () => {
    const { page, complaints } = await openLab('plain-close')
    await stepUntil(page, stateIs(page, 'client', 'SYN-SENT'))
    expect(await ladder(page).locator('.flight[data-fate="in-flight"]').count()).toBe(1)
    expect(await host(page, 'client').getByRole('table').innerText()).toContain('SYN-SENT')
    expect(await host(page, 'server').getByRole('table').innerText()).toContain('LISTEN')
    const before = await ladder(page).innerHTML()

    await stepUntil(page, stateIs(page, 'server', 'ESTABLISHED'))
    expect(await ladder(page).locator('.flight[data-fate="arrived"]').count()).toBeGreaterThanOrEqual(3)
    for (let i = 0; i < STEPS_MAX && (await ladder(page).innerHTML()) !== before; i += 1) {
      const back = page.getByRole('button', { name: 'Step back' })
      if (await back.isDisabled()) break
      await pressAndSee(page, back)
    }
    expect(await ladder(page).innerHTML()).toBe(before)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('dropping the final ACK shows the FIN again', async () => {
    const { page, complaints } = await openLab('plain-close')
    await stepUntil(page, stateIs(page, 'server', 'LAST-ACK'))
    await page.getByLabel('Drop the next packet of').selectOption('client')
    await page.getByRole('button', { name: 'Drop the next packet' }).click()
    await stepUntil(page, async () => (await ladder(page).locator('.flight[data-fate="lost"]').count()) === 1)
    expect(await ladder(page).locator('.flight[data-fate="lost"]').textContent()).toMatch(/^ACK seq/)
    await page.getByRole('button', { name: 'Play to the end' }).click()
    const again = ladder(page).locator('.flight[data-again="true"]')
    await again.first().waitFor({ timeout: SOON_MS })
    expect(await again.first().textContent()).toMatch(/^FIN,ACK ×2/)
    expect(await ladder(page).getByText('2MSL timer restarted').count()).toBe(1)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('a claim is judged in the page, and breaking its mechanism turns it round', async () => {
    const { page, complaints } = await openLab('close-wait-is-peer')
    await stamp(page, 'False').waitFor({ timeout: SOON_MS })
    await page.getByRole('checkbox', { name: /What would turn it round/ }).check()
    await stamp(page, 'True').waitFor({ timeout: SOON_MS })
    expect(new URL(page.url()).hash).toBe('#/lab/close-wait-is-peer?broken=yes')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('an address opens its run: scenario, seed, system', async () => {
    const { page } = await openLab('plain-close?seed=7&personality=freebsd')
    expect(await page.getByLabel('Seed').inputValue()).toBe('7')
    expect(await host(page, 'server').innerText()).toContain('freebsd')
    await page
      .getByRole('navigation', { name: 'Scenarios and claims' })
      .getByRole('link', { name: 'The final ACK is lost' })
      .click()
    await page.getByRole('heading', { level: 1, name: 'The final ACK is lost' }).waitFor({ timeout: SOON_MS })
    await page.goBack()
    await page
      .getByRole('heading', { level: 1, name: 'The final ACK is lost' })
      .waitFor({ state: 'detached', timeout: SOON_MS })
    expect(await page.getByLabel('Seed').inputValue()).toBe('7')
    await page.context().close()
  })

  test('an address that names no run says so', async () => {
    const { page } = await openPage(browser, `${server.url}/#/lab/final-countdown`)
    const alert = page.getByRole('alert')
    await alert.waitFor({ timeout: SOON_MS })
    expect(await alert.innerText()).toContain("unknown scenario or claim 'final-countdown'")
    await page.context().close()
  })

  test('a sysctl changes the run, and one that does not exist is named', async () => {
    const { page } = await openLab('plain-close?personality=freebsd')
    await page.getByLabel('Sysctls').fill('net.inet.tcp.msl=5000')
    await page.getByLabel('Sysctls').press('Enter')
    await expect.poll(() => new URL(page.url()).hash).toContain('set=net.inet.tcp.msl')
    await page.getByRole('button', { name: 'Play to the end' }).click()
    await page.getByRole('region', { name: 'Story' }).getByText('TIME-WAIT lasted 10 s').waitFor({ timeout: SOON_MS })
    await page.getByLabel('Sysctls').fill('net.inet.tcp.nonsense=1')
    await page.getByLabel('Sysctls').press('Enter')
    const alert = page.getByRole('alert')
    await alert.waitFor({ timeout: SOON_MS })
    expect(await alert.innerText()).toContain('net.inet.tcp.nonsense')
    await page.context().close()
  })

  test('every key does what its button does', async () => {
    const { page, complaints } = await openLab('plain-close')
    await page.keyboard.press('ArrowRight')
    await ladder(page).waitFor({ timeout: SOON_MS })
    await expect.poll(() => page.getByRole('button', { name: 'Step back' }).isDisabled()).toBe(false)
    await page.keyboard.press('d')
    await page.keyboard.press('e')
    await ladder(page).locator('.flight[data-fate="lost"]').waitFor({ timeout: SOON_MS })
    await page.keyboard.press('r')
    await expect.poll(() => ladder(page).locator('.flight').count()).toBe(0)
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test(
    'every scenario passes in the page, and every claim comes out as it does in Node',
    async () => {
      const { page, complaints } = await openLab('')
      const words = { true: 'True', false: 'False', depends: 'It depends' } as const
      for (const { id, kind, title } of listScenarios()) {
        const word = kind === 'claim' ? words[runClaim(id).verdict] : 'Pass'
        await page.evaluate((hash) => {
          location.hash = hash
        }, `#/lab/${id}`)
        await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor({ timeout: SOON_MS })
        await expect.poll(() => step(page).isDisabled()).toBe(false)
        await page.getByRole('button', { name: 'Play to the end' }).click()
        await expect.poll(() => step(page).isDisabled(), { timeout: SOON_MS }).toBe(true)
        await stamp(page, word).waitFor({ timeout: SOON_MS })
      }
      expect(complaints).toEqual([])
      await page.context().close()
    },
    ALL_MS,
  )

  test('the keyboard alone leads to a run and through it', async () => {
    const { page, complaints } = await openLab('plain-close')
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
    const tabTo = async (text: string): Promise<void> => {
      for (let i = 0; i < 100 && (await focused()) !== text; i += 1) await page.keyboard.press('Tab')
      expect(await focused()).toBe(text)
    }
    await tabTo('A FIN is lost')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'A FIN is lost' }).waitFor({ timeout: SOON_MS })
    await tabTo('Step')
    const stepAndCount = async (): Promise<number> => {
      await page.keyboard.press('Enter')
      return await ladder(page).locator('.flight').count()
    }
    await expect.poll(stepAndCount, { timeout: SOON_MS }).toBeGreaterThan(0)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test(
    'axe finds nothing: light and dark, wide and narrow, a scenario and a claim at their ends',
    async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [1440, 1024, 390]) {
          for (const item of ['lost-final-ack', 'close-wait-times-out']) {
            const { page, complaints } = await openLab(item, { colorScheme, viewport: { width, height: 844 } })
            await page.getByRole('button', { name: 'Play to the end' }).click()
            await expect.poll(() => step(page).isDisabled(), { timeout: SOON_MS }).toBe(true)
            await expectAccessible(page)
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
            expect(overflow).toBeLessThanOrEqual(0)
            expect(complaints).toEqual([])
            await page.context().close()
          }
        }
      }
    },
    ALL_MS,
  )
})
