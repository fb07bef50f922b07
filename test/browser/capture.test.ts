/** The capture view: what the lab saved, played back. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CaptureReplay } from '../../src/capture/index.ts'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { BOUNDED } from '../support/bounded.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, expectAccessible, launchChromium, openPage } from './console-page.ts'

const MAKE_CAPTURE = fileURLToPath(new URL('../../scripts/make-capture.mjs', import.meta.url))

describeNeeding(['chromium'], 'the capture view', () => {
  const file = join(tmpdir(), `lastack-capture-${process.pid}.pcapng`)
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer({ directory: CONSOLE_DIRECTORY, port: 0 })
    browser = await launchChromium()
    await saveFromLab()
  })
  afterAll(async () => {
    rmSync(file, { force: true })
    await browser?.close()
    await server?.close()
  })

  async function saveFromLab(): Promise<void> {
    const { page } = await openPage(browser, `${server.url}/#/lab/lost-final-ack`)
    await page.locator('.stage').waitFor()
    await page.getByText('Keep', { exact: true }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Capture (pcapng)' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('lost-final-ack.pcapng')
    await download.saveAs(file)
    await page.context().close()
  }

  const connection = (page: Page): Locator => page.getByRole('region', { name: 'Connection' })

  test('a run that was saved comes back: both ends’ states, and the ladder', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/capture`)
    await page.getByLabel('Capture file').setInputFiles(file)
    await connection(page).waitFor()
    const [client, server_] = await connection(page).locator('.capture-path').allInnerTexts()
    expect(
      client
        ?.split(/[\s→]+/)
        .filter(Boolean)
        .slice(0, 3),
    ).toEqual(['SYN-SENT', 'ESTABLISHED', 'FIN-WAIT-1'])
    expect(server_).toMatch(/SYN-RECEIVED.*ESTABLISHED.*CLOSE-WAIT.*LAST-ACK/s)
    const ladder = page.getByRole('img', { name: /^Sequence diagram/ })
    expect(await ladder.locator('.flight[data-again="true"]').first().textContent()).toMatch(/^FIN,ACK ×2/)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('a file that is dropped is played, and one that is no capture is named and changes nothing', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/capture`)
    // The view is fetched when one goes there.
    await page.getByLabel('Capture file').waitFor({ state: 'attached' })
    const octets = readFileSync(file).toString('base64')
    await page.evaluate((text) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], 'dropped.pcapng'))
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: data }))
    }, octets)
    await page.getByRole('heading', { level: 1, name: 'dropped.pcapng' }).waitFor()
    const text = join(tmpdir(), `lastack-no-capture-${process.pid}.pcap`)
    writeFileSync(text, 'This is no capture, but a sentence.')
    await page.getByLabel('Capture file').setInputFiles(text)
    rmSync(text)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(/^lastack-no-capture-\d+\.pcap: /)
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('dropped.pcapng')
    expect(await connection(page).count()).toBe(1)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('a compressed file is played, one that was cut up to there, and what was not played is said', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/capture`)
    const zipped = gzipSync(readFileSync(file))
    const input = page.getByLabel('Capture file')
    await input.setInputFiles({ name: 'whole.gz', mimeType: '', buffer: zipped })
    await page.getByRole('heading', { level: 1, name: 'whole.gz' }).waitFor()
    expect(await page.locator('.capture-heading .banner').count()).toBe(0)
    await input.setInputFiles({ name: 'cut.gz', mimeType: '', buffer: zipped.subarray(0, -9) })
    await page.getByRole('heading', { level: 1, name: 'cut.gz' }).waitFor()
    expect(await page.locator('.capture-heading .banner').innerText()).toMatch(/^after \d+ octets it cannot be read /)
    const strange = readFileSync(file)
    // The link type of the first interface, behind a section header without options that matter here.
    strange[strange.readUInt32LE(4) + 8] = 127
    await input.setInputFiles({ name: 'strange', mimeType: '', buffer: strange })
    await page.getByText(/^\d+ packets of link type 127 \(802\.11\), not read\.$/).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('a large capture that is dropped is read piece by piece, while the page goes on being drawn', async () => {
    const large = join(tmpdir(), `lastack-large-${process.pid}.pcapng`)
    execFileSync(process.execPath, [MAKE_CAPTURE, large, '1e7'], BOUNDED)
    const replay = new CaptureReplay()
    replay.feed(readFileSync(large))
    const { packets, connections } = replay.finish().counts
    const { page, complaints } = await openPage(browser, `${server.url}/#/capture`)
    // Kept from the page until it is dropped: so it comes from the disk, as a user's does.
    await page.evaluate(() => {
      document.addEventListener('change', (event) => event.stopPropagation(), { capture: true, once: true })
    })
    const input = page.getByLabel('Capture file')
    await input.setInputFiles(large)
    const framesMeanwhile = await input.evaluate(async (input) => {
      const data = new DataTransfer()
      for (const file of (input as HTMLInputElement).files ?? []) data.items.add(file)
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: data }))
      let frames = 0
      while (document.querySelector('.capture-path') === null) {
        await new Promise(requestAnimationFrame)
        if (document.querySelector('.capture-progress') !== null) frames++
      }
      return frames
    })
    rmSync(large)
    expect(framesMeanwhile).toBeGreaterThan(0)
    const count = (number: number): string => number.toLocaleString('en-US')
    expect(await page.locator('.capture-heading .facts').innerText()).toMatch(
      new RegExp(`^${count(packets)} packets\\s+${count(connections)} connections`),
    )
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('axe finds nothing, in any look', async () => {
    const { page } = await openPage(browser, `${server.url}/#/capture`)
    await page.getByLabel('Capture file').setInputFiles(file)
    await connection(page).waitFor()
    await expectAccessible(page)
    await page.context().close()
  })
})
