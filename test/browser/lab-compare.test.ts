/** One run on two systems, side by side. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { expectAccessible } from './console-page.ts'
import { LabBench, type LabPage } from './lab-page.ts'

describeNeeding(['chromium'], 'two systems side by side', () => {
  let bench: LabBench

  beforeAll(async () => {
    bench = await LabBench.start()
  })
  afterAll(() => bench?.close())

  /** A line of the table: what it is of, and how it is in each. */
  const difference = (lab: LabPage, what: string): Promise<string[]> =>
    lab.page.getByRole('row').filter({ hasText: what }).getByRole('cell').allInnerTexts()

  test('chosen by the keyboard, kept in the address, on one axis of time, with what differs told', async () => {
    const lab = await bench.open('lost-final-ack')
    const { page } = lab
    await page.getByLabel('Beside it').focus()
    await page.keyboard.type('freebsd')
    await expect.poll(() => new URL(page.url()).hash).toBe('#/lab/lost-final-ack?beside=freebsd')
    const both = page.getByRole('region', { name: 'Side by side' })
    await both.getByRole('heading', { name: 'freebsd' }).waitFor()
    await page.getByRole('heading', { level: 1 }).click()
    await lab.playToTheEnd()
    await expect.poll(() => lab.ladder.count()).toBe(2)

    const heights = await both.locator('.ladder-drawing').evaluateAll((drawings) =>
      drawings.map((drawing) => {
        const first = [...drawing.querySelectorAll('.flight')].find((one) => one.textContent?.startsWith('SYN'))
        return [drawing.getAttribute('height'), first?.querySelector('line')?.getAttribute('y1')]
      }),
    )
    expect(heights[0]).toEqual(heights[1])
    const again = lab.ladder.locator('.flight[data-again="true"]')
    expect(await again.evaluateAll((found) => found.map((one) => (one as SVGElement).dataset.differs))).toEqual([
      'true',
      'true',
    ])
    expect(await difference(lab, 'Sent again by server')).toEqual(['1: at 1.25 s', '1: at 1.293 s'])
    expect(await difference(lab, 'client in TIME-WAIT')).toEqual([
      'from 1.04 s to 61.26 s: 60.22 s',
      'from 1.04 s to 61.303 s: 60.263 s',
    ])
    await expectAccessible(page)
    await lab.done()
  })

  test('the same system beside itself differs in nothing; a sysctl that the other has not is named', async () => {
    const lab = await bench.open('plain-close?beside=linux')
    await lab.page.getByText('Nothing differs that is compared').waitFor()
    await lab.page.getByLabel('Beside it').selectOption('freebsd')
    await lab.page.getByRole('table').filter({ hasText: 'freebsd' }).waitFor()
    await lab.page.getByLabel('Sysctls').fill('net.ipv4.tcp_fin_timeout=5')
    await lab.page.getByLabel('Sysctls').press('Enter')
    expect(await lab.page.getByRole('alert').innerText()).toMatch(/^Not beside it: .*net\.ipv4\.tcp_fin_timeout/)
    expect(await lab.host('server').innerText()).toContain('linux')
    await lab.done()
  })
})
