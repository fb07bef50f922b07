/** The console in Chromium, watched: what a test of it starts from. */
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect, inject } from 'vitest'

/** Where set-up puts the built console. */
export const CONSOLE_DIRECTORY: string = fileURLToPath(new URL('../../dist/console', import.meta.url))

/** Whatever a test waits for ends the wait by happening; on a machine that is slow and busy it may take this long, ms. */
export const PATIENCE_MS = 60_000

/** A test's own session with the Chromium that all of them share; to close it closes its pages and nobody else's. */
export function launchChromium(): Promise<Browser> {
  const endpoint = inject('chromium')
  if (endpoint === '') throw new Error('no chromium: the suite should have been left out')
  return chromium.connect(endpoint, { timeout: PATIENCE_MS })
}

/**
 * What Chromium answers when asked, for which Playwright waits without end; an Error that says what was asked when no answer
 * comes. Of such a failure, and of no other, a test has one more go (vitest.config.ts).
 */
async function answered<T>(what: string, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Chromium did not answer in ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, silence])
  } finally {
    clearTimeout(timer)
  }
}

/** A page and everything it complained about: errors, refusals of the Content-Security-Policy, failed requests. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: readonly string[]
}

/** Opens an address in a fresh context. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await answered(
    'a new context',
    browser.newContext({ viewport: { width: 1440, height: 900 }, ...options }),
  )
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await answered('a new page', context.newPage())
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('requestfailed', (request) =>
    complaints.push(`request: ${request.url()} ${request.failure()?.errorText ?? ''}`),
  )
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`response: ${response.status()} ${response.url()}`)
  })
  await page.goto(url)
  return { page, complaints }
}

/** Colours and widths in which a view is looked at: both colour schemes, each layout. */
const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 1024 },
  { colorScheme: 'light', width: 390 },
] as const

interface AxeViolation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[]
}

/** What axe finds wrong with the page as it is, one line each. */
async function violationsOn(page: Page): Promise<string[]> {
  const found = await page.evaluate(async () => {
    // A page that is not in sight may be given no frame: then its style is settled as well.
    const drawn = (): Promise<unknown> =>
      Promise.race([
        new Promise((resolve) => requestAnimationFrame(resolve)),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ])
    for (let frame = 0; frame < 3; frame++) await drawn()
    const { axe } = window as unknown as {
      axe: { run(context: Document, options: object): Promise<{ violations: AxeViolation[] }> }
    }
    // What passes is not asked for, and takes half of the time.
    return (await axe.run(document, { resultTypes: ['violations'] })).violations
  })
  return found.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((n) => `  ${n.target.join(' ')}: ${n.failureSummary ?? ''}`).join('\n')}`,
  )
}

/**
 * Shows the page in every look, in which axe shall find nothing and nothing shall be wider than the window. Then it is as it was.
 */
export async function expectAccessible(page: Page): Promise<void> {
  // Evaluated, not injected as an element: the page's policy would rightly refuse that.
  await answered('to take axe', page.evaluate(axe.source))
  const before = page.viewportSize()
  for (const { colorScheme, width } of LOOKS) {
    const look = `${colorScheme}, ${width} px`
    // Without motion, or a colour may be met with on its way to another.
    await answered(`media of ${look}`, page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }))
    await answered(`size of ${look}`, page.setViewportSize({ width, height: 844 }))
    const violations = await answered(`axe, ${look}`, violationsOn(page))
    expect(violations, `in ${look}`).toEqual([])
    const overflow = await answered(
      `width, ${look}`,
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    )
    expect(overflow, `wider than ${width} px`).toBeLessThanOrEqual(0)
  }
  await answered('media as before', page.emulateMedia({ colorScheme: null, reducedMotion: null }))
  if (before !== null) await answered('size as before', page.setViewportSize(before))
}
