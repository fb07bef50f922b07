/** The lab, touched: packets, hosts and sockets that one does something to, moments that one goes to. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { expectAccessible } from './console-page.ts'
import { LabBench } from './lab-page.ts'

describeNeeding(['chromium'], 'the lab, touched', () => {
  let bench: LabBench

  beforeAll(async () => {
    bench = await LabBench.start()
  })
  afterAll(() => bench?.close())

  test('a click on the final ACK, and dropping it, shows the FIN again and TIME-WAIT anew', async () => {
    const lab = await bench.open('plain-close')
    const { page, ladder } = lab
    const again = ladder.locator('.flight[data-again="true"]')
    await lab.playToTheEnd()
    expect(await again.count()).toBe(0)
    await lab.flights(/^ACK/).last().locator('.flight-reach').click({ force: true })
    await page.getByRole('region', { name: 'Packet' }).getByText('Control bits').waitFor()
    await lab.button('Drop').click()
    await lab.acts.getByText(/^drop packet \d+$/).waitFor()
    await ladder.locator('.flight[data-fate="lost"]').waitFor()
    await lab.playToTheEnd()
    expect(await again.first().textContent()).toMatch(/^FIN,ACK ×2/)
    expect(await ladder.getByText('2MSL timer restarted').count()).toBe(1)

    await lab.button('Undo').click()
    await lab.acts.waitFor({ state: 'detached' })
    await ladder.locator('.flight[data-fate="lost"]').waitFor({ state: 'detached' })
    await lab.playToTheEnd()
    expect(await again.count()).toBe(0)
    await lab.done()
  })

  test('any moment looks the same, from whichever side one comes to it', async () => {
    const lab = await bench.open('lost-final-ack')
    const last = Number(await lab.slider.getAttribute('max'))
    const seen = new Map<number, string>()
    for (const step of [3, 9, last]) {
      await lab.seek(step)
      seen.set(step, (await lab.ladder.innerHTML()) + (await lab.host('server').innerText()))
    }
    for (const step of [9, 3, last]) {
      await lab.seek(step)
      expect((await lab.ladder.innerHTML()) + (await lab.host('server').innerText())).toBe(seen.get(step))
    }
    await lab.done()
  })

  test('a sysctl of a host is set as its field suggests, which shows the whole of it', async () => {
    const lab = await bench.open('plain-close')
    await lab.host('client').getByText('Break something on client').click()
    const field = lab.page.getByLabel('Sysctl of client')
    const suggested = (await field.getAttribute('placeholder')) ?? ''
    await field.fill(suggested)
    expect(await field.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)).toBe(true)
    await lab.host('client').getByRole('button', { name: 'Set', exact: true }).click()
    await lab.acts.getByText(/^sysctl client tcp_fin_timeout 5$/).waitFor()
    await lab.done()
  })

  test('steps by packet, by timer and by call', async () => {
    const lab = await bench.open('lost-final-ack')
    await lab.button('Step to the next packet').click()
    await expect.poll(() => lab.ladder.locator('.flight').count()).toBe(1)
    const expired = lab.ladder.locator('text.words').filter({ hasText: 'expires' })
    for (let i = 0; i < 5 && (await expired.count()) === 0; i += 1) {
      const before = await lab.slider.inputValue()
      await lab.button('Step to the next timer').click()
      await expect.poll(() => lab.slider.inputValue()).not.toBe(before)
    }
    expect(await expired.count()).toBeGreaterThan(0)
    await lab.seek(0)
    await lab.button('Step to the next call').click()
    await lab.ladder.getByText('listen(').waitFor()
    await lab.done()
  })

  test('the address holds the whole session: run, settings, acts and moment', async () => {
    const lab = await bench.open('half-close?seed=7')
    await lab.seek(4)
    await lab.host('server').getByText('Break something on server').click()
    await lab.button('Cut the wire').first().click()
    await lab.acts.getByText('cut').waitFor()
    await lab.seek(9)
    await expect.poll(() => new URL(lab.page.url()).hash).toContain('at=9')
    expect(new URL(lab.page.url()).hash).toMatch(/^#\/lab\/half-close\?seed=7&/)
    const drawn = await lab.ladder.innerHTML()
    const again = await bench.openAddress(lab.page.url())
    await expect.poll(() => again.ladder.innerHTML()).toBe(drawn)
    expect(await again.acts.innerText()).toBe(await lab.acts.innerText())
    await again.done()
    await lab.done()
  })

  test('a call made for a leaking server ends its CLOSE-WAIT', async () => {
    const lab = await bench.open('close-wait-30-days')
    const leak = lab.host('server').getByRole('row').filter({ hasText: 'CLOSE-WAIT' })
    for (let step = 1; (await leak.filter({ hasText: 'Call on fd' }).count()) === 0; step += 1) await lab.seek(step)
    await leak.getByText('Call on fd').click()
    await leak.getByRole('button', { name: 'close()' }).click()
    await leak.waitFor({ state: 'detached' })
    await lab.playToTheEnd()
    expect(await lab.ladder.getByText('LAST-ACK').count()).toBeGreaterThan(0)
    await lab.done()
  })

  test('what cannot be done is said, and the run goes on', async () => {
    const lab = await bench.open('plain-close?do=crash nobody;drop 2&at=5')
    const expected = "Not done: no host 'nobody' in this run; expected client, server"
    expect(await lab.page.getByRole('alert').innerText()).toBe(expected)
    await lab.playToTheEnd()
    expect(await lab.ladder.locator('.flight[data-fate="lost"]').count()).toBe(1)
    await lab.done()
  })

  test('what changes nothing leaves the next run at its beginning', async () => {
    const lab = await bench.open('plain-close?at=8')
    const { page } = lab
    const next = async (item: string, title: string): Promise<string | null> => {
      await lab.goTo(item, title)
      await page.locator('.seek[aria-busy="false"]').waitFor()
      return lab.slider.getAttribute('aria-valuetext')
    }
    // There is nothing to take back.
    await page.keyboard.press('u')
    expect(await next('lost-final-ack', 'The final ACK is lost')).toMatch(/^Step 0 of/)

    // It is dropped already.
    await lab.goTo('plain-close?at=8&do=drop+2', 'The closing sequence, step by step')
    await page.getByLabel('Look into').selectOption('2')
    await lab.button('Drop').click()
    expect(await next('lost-final-ack', 'The final ACK is lost')).toMatch(/^Step 0 of/)
    await lab.done()
  })

  test('a run that is over takes no more acts, by key, by call or by field', async () => {
    const lab = await bench.open('close-wait-30-days')
    const { page } = lab
    await lab.playToTheEnd()
    await page.keyboard.press('d')
    const leak = lab.host('server').getByRole('row').filter({ hasText: 'Call on fd' }).first()
    await leak.getByText('Call on fd').click()
    expect(await leak.getByRole('button', { name: 'close()' }).isDisabled()).toBe(true)
    await lab.host('server').getByText('Break something on server').click()
    expect(await page.getByLabel('Sysctl of server').isDisabled()).toBe(true)
    expect(await lab.acts.count()).toBe(0)
    expect(new URL(page.url()).hash).not.toContain('do=')
    await lab.done()
  })

  test('the packet that is looked into is that of the run on the page, and is put away where it was chosen', async () => {
    const lab = await bench.open('plain-close?at=8')
    const { page } = lab
    const packet = page.getByRole('region', { name: 'Packet' })
    const number = packet.getByRole('button', { name: 'Sequence number' })
    await page.getByLabel('Look into').selectOption({ index: 1 })
    const before = await number.innerText()
    await page.getByLabel('Seed').fill('7')
    await page.getByLabel('Seed').press('Enter')
    await expect.poll(() => number.innerText()).not.toBe(before)
    await page.getByLabel('Look into').selectOption('a packet')
    await packet.waitFor({ state: 'detached' })
    await lab.done()
  })

  test('a packet opens by the keyboard and shows its octets, and axe finds nothing then, in any look', async () => {
    const lab = await bench.open('plain-close?at=8')
    const { page } = lab
    await page.getByLabel('Look into').selectOption({ index: 1 })
    const packet = page.getByRole('region', { name: 'Packet' })
    await packet.getByRole('button', { name: 'Sequence number' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => packet.locator('.octets [data-marked="true"]').count()).toBe(4)
    const widths = await packet.evaluate((panel) => [panel.scrollWidth, panel.clientWidth] as const)
    expect(widths[0]).toBeLessThanOrEqual(widths[1])
    await lab.host('server').getByText('Break something on server').click()
    await page.getByRole('radio', { name: 'Raw' }).check({ force: true })
    await expectAccessible(page)
    await lab.done()
  })
})
