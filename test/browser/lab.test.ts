/** The lab: the real stack, played in the page. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { expectAccessible } from './console-page.ts'
import { LabBench } from './lab-page.ts'

describeNeeding(['chromium'], 'the lab', () => {
  let bench: LabBench

  beforeAll(async () => {
    bench = await LabBench.start()
  })
  afterAll(() => bench?.close())

  test('plays the plain close to its verdict', async () => {
    const lab = await bench.open('plain-close?at=12')
    const { page, ladder } = lab
    await page.getByRole('radio', { name: '10', exact: true }).check({ force: true })
    await lab.button('Play').click()
    await lab.stamp('Pass').waitFor()
    expect(await ladder.locator('.flight[data-fate="arrived"]').count()).toBeGreaterThanOrEqual(6)
    expect(await ladder.getByText('TIME-WAIT').count()).toBeGreaterThan(0)
    expect(await page.getByRole('region', { name: 'Story' }).locator('.check[data-passed="false"]').count()).toBe(0)
    expect(await lab.step.isDisabled()).toBe(true)
    await lab.done()
  })

  test('steps: a segment under way arrives, states and socket tables follow; back gives the same again', async () => {
    const lab = await bench.open('plain-close')
    const { ladder } = lab
    await lab.stepUntil(lab.stateIs('client', 'SYN-SENT'))
    expect(await ladder.locator('.flight[data-fate="in-flight"]').count()).toBe(1)
    expect(await lab.host('client').getByRole('table').innerText()).toContain('SYN-SENT')
    expect(await lab.host('server').getByRole('table').innerText()).toContain('LISTEN')
    const before = await ladder.innerHTML()

    await lab.stepUntil(lab.stateIs('server', 'ESTABLISHED'))
    expect(await ladder.locator('.flight[data-fate="arrived"]').count()).toBeGreaterThanOrEqual(3)
    const back = lab.button('Step back')
    while ((await ladder.innerHTML()) !== before && (await back.isEnabled())) await lab.doAndSee(() => back.click())
    expect(await ladder.innerHTML()).toBe(before)
    await lab.done()
  })

  test('dropping the final ACK shows the FIN again', async () => {
    const lab = await bench.open('plain-close')
    const { page, ladder } = lab
    await lab.stepUntil(lab.stateIs('server', 'LAST-ACK'))
    await page.getByLabel('Drop the next packet of').selectOption('client')
    await lab.button('Drop the next packet').click()
    await lab.stepUntil(async () => (await ladder.locator('.flight[data-fate="lost"]').count()) === 1)
    expect(await ladder.locator('.flight[data-fate="lost"]').textContent()).toMatch(/^ACK seq/)
    await lab.playToTheEnd()
    expect(await ladder.locator('.flight[data-again="true"]').first().textContent()).toMatch(/^FIN,ACK ×2/)
    expect(await ladder.getByText('2MSL timer restarted').count()).toBe(1)
    await lab.done()
  })

  test('a claim is judged in the page, and breaking its mechanism turns it round', async () => {
    const lab = await bench.open('close-wait-is-peer')
    const { page } = lab
    await lab.stamp('False').waitFor()
    await page.getByRole('checkbox', { name: /What would turn it round/ }).check()
    await lab.stamp('True').waitFor()
    expect(new URL(page.url()).hash).toBe('#/lab/close-wait-is-peer?broken=yes')
    await lab.done()
  })

  test('an address opens its run: scenario, seed, system', async () => {
    const lab = await bench.open('plain-close?seed=7&personality=freebsd')
    const { page } = lab
    expect(await page.getByLabel('Seed').inputValue()).toBe('7')
    expect(await lab.host('server').innerText()).toContain('freebsd')
    await page.getByLabel('Seed').fill('-3')
    await page.getByLabel('Seed').press('Enter')
    expect(await page.getByLabel('Seed').inputValue()).toBe('7')
    expect(await page.getByRole('alert').count()).toBe(0)
    const heading = page.getByRole('heading', { level: 1, name: 'The final ACK is lost' })
    const runs = page.getByRole('navigation', { name: 'Scenarios and claims' })
    await runs.getByRole('link', { name: 'The final ACK is lost' }).click()
    await heading.waitFor()
    await page.goBack()
    await heading.waitFor({ state: 'detached' })
    expect(await page.getByLabel('Seed').inputValue()).toBe('7')
    await lab.done()
  })

  test('a link leads to its run, though a setting is changed in the same moment', async () => {
    const lab = await bench.open('plain-close')
    await lab.page
      .locator('.settings select')
      .first()
      .evaluate((system: HTMLSelectElement) => {
        location.hash = '#/lab/half-close'
        system.value = 'freebsd'
        system.dispatchEvent(new Event('change', { bubbles: true }))
      })
    await lab.page.getByRole('heading', { level: 1, name: /^Half-close/ }).waitFor()
    expect(new URL(lab.page.url()).hash).toBe('#/lab/half-close')
    await lab.done()
  })

  test('an address that names no run says so', async () => {
    const lab = await bench.openAddress(`${bench.url}/#/lab/final-countdown`)
    expect(await lab.page.getByRole('alert').innerText()).toContain("unknown scenario or claim 'final-countdown'")
    await lab.done()
  })

  test('an address that is wrong is told, and leaves the run as it was', async () => {
    const lab = await bench.open('plain-close')
    const { page, ladder } = lab
    await lab.button('Play to the end').click()
    const flights = ladder.locator('.flight')
    await expect.poll(() => flights.count()).toBeGreaterThan(5)
    const count = await flights.count()
    const wrongs = [
      ['#/lab/nonsense', "unknown scenario or claim 'nonsense'"],
      ['#/lab/plain-close?seed=x', 'seed “x” of the address: expected a whole number'],
      ['#/lab/plain-close?personality=beos', 'beos'],
    ]
    for (const [hash, words] of wrongs as [string, string][]) {
      await page.evaluate((to) => {
        location.hash = to
      }, hash)
      await page.getByRole('alert').filter({ hasText: words }).waitFor()
      expect(await flights.count()).toBe(count)
    }
    // It is still there to be played.
    await page.keyboard.press('r')
    await expect.poll(() => flights.count()).toBe(0)
    await lab.button('Play to the end').click()
    await expect.poll(() => flights.count()).toBe(count)
    await lab.done()
  })

  test('a sysctl changes the run, and one that does not exist is named', async () => {
    const lab = await bench.open('plain-close?personality=freebsd')
    const { page } = lab
    const sysctls = page.getByLabel('Sysctls')
    await sysctls.fill('net.inet.tcp.msl=5000')
    await sysctls.press('Enter')
    await expect.poll(() => new URL(page.url()).hash).toContain('set=net.inet.tcp.msl')
    await lab.button('Play to the end').click()
    await page.getByRole('region', { name: 'Story' }).getByText('TIME-WAIT lasted 10 s').waitFor()
    await sysctls.fill('net.inet.tcp.nonsense=1')
    await sysctls.press('Enter')
    expect(await page.getByRole('alert').innerText()).toContain('net.inet.tcp.nonsense')
    await lab.done()
  })

  test('every key does what its button does', async () => {
    const lab = await bench.open('plain-close')
    const { page, ladder } = lab
    await page.keyboard.press('ArrowRight')
    await ladder.waitFor()
    await expect.poll(() => lab.button('Step back').isDisabled()).toBe(false)
    await page.keyboard.press('d')
    await page.keyboard.press('e')
    await ladder.locator('.flight[data-fate="lost"]').waitFor()
    await page.keyboard.press('r')
    await expect.poll(() => ladder.locator('.flight').count()).toBe(0)
    await page.keyboard.press('p')
    await lab.button('Pause').waitFor()
    await page.keyboard.press('p')
    await lab.button('Play').waitFor()
    await lab.done()
  })

  test('the keyboard alone leads to a run and through it', async () => {
    const lab = await bench.open('plain-close')
    const { page, ladder } = lab
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
    const tabTo = async (text: string): Promise<void> => {
      for (let i = 0; i < 100 && (await focused()) !== text; i += 1) await page.keyboard.press('Tab')
      expect(await focused()).toBe(text)
    }
    await tabTo('A FIN is lost')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'A FIN is lost' }).waitFor()
    await expect.poll(() => lab.step.isDisabled()).toBe(false)
    await tabTo('Step')
    const stepAndCount = async (): Promise<number> => {
      await page.keyboard.press('Enter')
      return await ladder.locator('.flight').count()
    }
    await expect.poll(stepAndCount).toBeGreaterThan(0)
    await lab.done()
  })

  test('axe finds nothing in any look, of a scenario and of a claim, at their ends', async () => {
    for (const item of ['lost-final-ack', 'close-wait-times-out']) {
      const lab = await bench.open(item)
      await lab.playToTheEnd()
      await expectAccessible(lab.page)
      await lab.done()
    }
  })
})
