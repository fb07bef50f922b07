import type { Page } from 'playwright-core'

const LONG = 'bulk?times=300'
const LONG_MS = 8000
const SHORT = 'bulk-with-loss'
const RUNS = 40

/** What the page does while it plays as fast as it goes. */
export interface LabPace {
  /** Packets that crossed the wire on the page, in a second of the clock, from the click on Play on. */
  readonly packetsPerSecond: number
  /** The same in the fastest and in the slowest half second. */
  readonly best: number
  readonly worst: number
  readonly framesPerSecond: number
  readonly longestGapMs: number
  readonly packets: number
}

/**
 * One long transfer, played by the page's own button at the speed "all": the worker simulates each packet once, tells the page of
 * all its events, and the page shows the moment it has come to with each frame. Packets are counted as the page shows them.
 */
export async function labPace(page: Page, url: string): Promise<LabPace> {
  await page.goto(`${url}/#/lab/${LONG}`)
  await page.locator('.stage').waitFor()
  await page.getByRole('radio', { name: 'all', exact: true }).check({ force: true })
  return page.evaluate(async (forMs) => {
    const packetsShown = (): number => Number(document.querySelector('.wire-count')?.textContent?.replace(/\D/g, ''))
    document.querySelector<HTMLElement>('button[aria-label="Play"]')?.click()
    const [began, before] = [performance.now(), packetsShown()]
    let [frames, longestGapMs, last] = [0, 0, began]
    let [mark, counted] = [began, before]
    const paces: number[] = []
    const isPlaying = (): boolean => document.querySelector('button[aria-label="Pause"]') !== null
    // The page answers a click with its next frame.
    while (last - began < forMs && (isPlaying() || packetsShown() === before)) {
      const now = await new Promise<number>(requestAnimationFrame)
      frames++
      longestGapMs = Math.max(longestGapMs, now - last)
      last = now
      if (now - mark < 500) continue
      const packets = packetsShown()
      paces.push(((packets - counted) * 1000) / (now - mark))
      ;[mark, counted] = [now, packets]
    }
    const [ms, packets] = [last - began, packetsShown() - before]
    return {
      packetsPerSecond: (packets * 1000) / ms,
      best: Math.max(...paces),
      worst: Math.min(...paces),
      framesPerSecond: (frames * 1000) / ms,
      longestGapMs,
      packets,
    }
  }, LONG_MS)
}

/** ms that a short run takes, from the click to the drawing of its end: mean of many, each with another seed and begun anew. */
export async function shortRuns(page: Page, url: string): Promise<number> {
  await page.goto(`${url}/#/lab/${SHORT}?at=100000`)
  await page.locator('.stage').waitFor()
  const seeds = Array.from({ length: RUNS }, (_, i) => i + 2)
  return page.evaluate(
    async ({ scenario, seeds }) => {
      const shown = (): string => document.querySelector('.seek')?.textContent ?? ''
      const began = performance.now()
      for (const seed of seeds) {
        const before = shown()
        location.hash = `#/lab/${scenario}?seed=${seed}&at=100000`
        const asked = performance.now()
        // Two seeds may have equally many steps: then nothing changes to wait for.
        while (shown() === before && performance.now() - asked < 2000) await new Promise(requestAnimationFrame)
      }
      return (performance.now() - began) / seeds.length
    },
    { scenario: SHORT, seeds },
  )
}
