/** The lab's drawings as files. */
import { text } from 'node:stream/consumers'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildLadder } from '../../src/inspect/index.ts'
import { startScenario } from '../../src/sim/index.ts'
import { TRANSITIONS } from '../../src/tcp/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { LabBench } from './lab-page.ts'

describeNeeding(['chromium'], 'drawings that are kept', () => {
  let bench: LabBench

  beforeAll(async () => {
    bench = await LabBench.start()
  })
  afterAll(() => bench?.close())

  /** What a button of the menu saves. */
  async function saved(page: Page, button: string): Promise<string> {
    await page.getByText('Keep', { exact: true }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button, exact: true }).click(),
    ])
    await page.getByText('Keep', { exact: true }).click()
    return text(await download.createReadStream())
  }

  /** Reads a file as a browser would, and says what is in it. */
  const inside = (page: Page, file: string, selector: string): Promise<{ texts: string[]; packets: string[] }> =>
    page.evaluate(
      ([file, selector]) => {
        const drawing = new DOMParser().parseFromString(file, 'image/svg+xml')
        const wrong = drawing.querySelector('parsererror')
        if (wrong !== null) throw new Error(wrong.textContent ?? 'no SVG')
        const found = [...drawing.querySelectorAll<SVGElement>(selector)]
        return {
          texts: found.map((one) => one.textContent ?? ''),
          packets: found.map((one) => one.dataset.packet ?? ''),
        }
      },
      [file, selector] as const,
    )

  test('the ladder holds every segment of a run that is far longer than the window', async () => {
    const lab = await bench.open('bulk-with-loss')
    await lab.playToTheEnd()
    const inSight = await lab.ladder.locator('.flight').count()
    const file = await saved(lab.page, 'Ladder (SVG)')

    const run = startScenario('bulk-with-loss', { seed: 1 })
    run.finish()
    const ends = run.hosts.filter(({ kind }) => kind === 'host').map(({ index }) => index)
    const lanes = [ends[0] ?? 0, ends.at(-1) ?? 1] as const
    const { flights } = buildLadder(run.events(), { hosts: run.hosts.map(({ name }) => name), lanes })
    const { packets, texts } = await inside(lab.page, file, '.flight')
    expect(packets).toEqual(flights.map(({ segment }) => String(segment.packet)))
    expect(texts.every((words) => words !== '')).toBe(true)
    expect(packets.length).toBeGreaterThan(2 * inSight)
    expect((await inside(lab.page, file, '.flight line[stroke^="rgb"]')).texts).toHaveLength(packets.length)
    await lab.done()
  })

  test('both ladders of two systems are in one drawing, and a state diagram holds its states and ways', async () => {
    const lab = await bench.open('lost-final-ack?beside=freebsd')
    await lab.page.getByRole('heading', { name: 'freebsd' }).waitFor()
    await lab.playToTheEnd()
    const both = await saved(lab.page, 'Ladder (SVG)')
    const { texts } = await inside(lab.page, both, '.flight[data-again="true"]')
    expect(texts).toEqual([expect.stringMatching(/^FIN,ACK ×2/), expect.stringMatching(/^FIN,ACK ×2/)])
    expect((await inside(lab.page, both, 'text')).texts).toEqual(expect.arrayContaining(['linux', 'freebsd']))

    const states = await saved(lab.page, 'State diagram of client (SVG)')
    const { texts: names } = await inside(lab.page, states, '.node text')
    expect(names).toEqual(expect.arrayContaining(['LISTEN', 'TIME-WAIT', 'LAST-ACK', 'CLOSING']))
    const { texts: ways } = await inside(lab.page, states, '.edge')
    expect(ways.length).toBeGreaterThan(10)
    expect(ways.length).toBeLessThanOrEqual(TRANSITIONS.length)
    await lab.done()
  })
})
