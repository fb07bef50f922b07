/** Starts Chromium once for all tests of this project, before the first of them; it ends after the last. */
import { type BrowserServer, chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { programPath } from '../support/programs.ts'

/** A start from a cold disk, on a machine that has other things to do, takes this long at most, ms. */
const START_MAX_MS = 180_000

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

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Chromium listens; empty where there is none, and the suites that need it are left out. */
    chromium: string
  }
}

let server: BrowserServer | undefined

/** Chromium as Debian has it, with a user profile of its own that goes when it is closed. */
export async function setup({ provide }: TestProject): Promise<void> {
  const executablePath = programPath('chromium')
  if (executablePath !== undefined) {
    server = await chromium.launchServer({ executablePath, args: FLAGS, timeout: START_MAX_MS })
  }
  provide('chromium', server?.wsEndpoint() ?? '')
}

/** Ends it. */
export async function teardown(): Promise<void> {
  await server?.close()
}
