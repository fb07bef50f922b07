import type { Page } from 'playwright-core'

const SCENARIO = 'bulk-with-loss'
const RUNS = 40

/** How fast the lab simulates in the page, and how often the page is drawn meanwhile. */
export interface LabPace {
  /** Packets that the worker simulated, in a second of simulating. */
  readonly simulated: number
  /** Packets of a run, in a second from the click to what is drawn of its end. */
  readonly seen: number
  readonly framesPerSecond: number
}

/** What the lab's worker notes of each run that it plays ahead. */
interface Simulated {
  readonly packets: number
  readonly ms: number
}

/** Plays one seed after the other, each from the click to what is drawn of its end; the worker counts what it simulates. */
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
  const runs = (await simulatedBy(page)).slice(-RUNS)
  const packets = runs.reduce((sum, run) => sum + run.packets, 0)
  const spent = runs.reduce((sum, run) => sum + run.ms, 0)
  return {
    simulated: (packets * 1000) / spent,
    seen: (packets * 1000) / ms,
    framesPerSecond: (frames * 1000) / ms,
  }
}

async function simulatedBy(page: Page): Promise<Simulated[]> {
  const worker = page.workers().find((one) => one.url().includes('/lab.worker-'))
  if (worker === undefined) throw new Error('the lab has no worker')
  return worker.evaluate(() =>
    performance.getEntriesByName('simulate').map((entry) => {
      const { packets } = (entry as PerformanceMeasure).detail as { packets: number }
      return { packets, ms: entry.duration }
    }),
  )
}
