/** The console in Chromium, watched: what a test of it starts from. */
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'
import { programPath } from '../support/requirements.ts'

/** Where set-up puts the built console. */
export const CONSOLE_DIRECTORY: string = fileURLToPath(new URL('../../dist/console', import.meta.url))

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Chromium as Debian has it, with a user profile of its own that goes when it is closed. */
export function launchChromium(): Promise<Browser> {
  const executablePath = programPath('chromium')
  if (executablePath === undefined) throw new Error('no chromium: the suite should have been left out')
  return chromium.launch({ executablePath, args: FLAGS })
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
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  const page = await context.newPage()
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

interface AxeViolation {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[]
}

/** Has axe look at the page as it is, and expects it to find nothing. */
export async function expectAccessible(page: Page): Promise<void> {
  // Evaluated, not injected as an element: the page's policy would rightly refuse that.
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } }
    return (await axe.run()).violations
  })
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map((n) => `  ${n.target.join(' ')}: ${n.failureSummary ?? ''}`).join('\n')}`,
  )
  expect(found).toEqual([])
}
