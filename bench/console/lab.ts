import { startScenario } from 'lastack/sim'
import type { Page } from 'playwright-core'

const SCENARIO = 'bulk-with-loss'
const RUNS = 20

/** How fast the lab simulates in the page, and how often the page is drawn meanwhile. */
export interface LabPace {
  readonly packetsPerSecond: number
  readonly framesPerSecond: number
}

/** The packets of a run: equal seeds play equally, here and in the page. */
function packetsOf(seed: number): number {
  const run = startScenario(SCENARIO, { seed })
  const { events } = run.finish()
  return events.filter((event) => event.kind === 'segment' && event.direction === 'out').length
}

/** Plays one seed after the other, each from the click to what is drawn of its end. */
export async function labPace(page: Page, url: string): Promise<LabPace> {
  await page.goto(`${url}/#/lab/${SCENARIO}?at=100000`)
  await page.locator('.stage').waitFor()
  const seeds = Array.from({ length: RUNS }, (_, i) => i + 2)
  const { ms, frames } = await page.evaluate(
    async ({ scenario, seeds }) => {
      let frames = 0
      let counting = true
      const count = (): void => {
        frames++
        if (counting) requestAnimationFrame(count)
      }
      const clock = (): string => document.querySelector('.seek')?.textContent ?? ''
      const began = performance.now()
      requestAnimationFrame(count)
      for (const seed of seeds) {
        const before = clock()
        location.hash = `#/lab/${scenario}?seed=${seed}&at=100000`
        const asked = performance.now()
        // Two seeds may have equally many steps: then nothing changes to wait for.
        while (clock() === before && performance.now() - asked < 2000) await new Promise(requestAnimationFrame)
      }
      counting = false
      return { ms: performance.now() - began, frames }
    },
    { scenario: SCENARIO, seeds },
  )
  const packets = seeds.reduce((sum, seed) => sum + packetsOf(seed), 0)
  return { packetsPerSecond: (packets * 1000) / ms, framesPerSecond: (frames * 1000) / ms }
}
