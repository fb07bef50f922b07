/** The lab on a page, and where its parts are: what the tests of the lab share. */
import type { Browser, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { type RunningServer, startServer } from '../../src/host/index.ts'
import { CONSOLE_DIRECTORY, launchChromium, openPage, type WatchedPage } from './console-page.ts'

/** A story is told in a few dozen steps; one that takes more than this many does not end. */
const STEPS_MAX = 400

async function becomes(look: () => Promise<unknown>, wanted: boolean): Promise<void> {
  await expect.poll(look, { interval: 5 }).toBe(wanted)
}

function expectNone(complaints: readonly string[]): void {
  expect(complaints).toEqual([])
}

/** A lab that is open. */
export class LabPage {
  readonly page: Page
  readonly complaints: readonly string[]
  /** The buttons that every story presses. */
  readonly step: Locator
  readonly ladder: Locator
  readonly verdict: Locator
  readonly slider: Locator
  /** What the user did to the run, as the page lists it. */
  readonly acts: Locator

  constructor({ page, complaints }: WatchedPage) {
    this.page = page
    this.complaints = complaints
    this.step = this.button('Step')
    this.ladder = page.getByRole('img', { name: /^Sequence diagram/ })
    this.verdict = page.getByRole('region', { name: 'Verdict' })
    this.slider = page.getByRole('slider', { name: 'Moment of the run' })
    this.acts = page.getByRole('region', { name: 'What you did' })
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** What the page shows of one host. */
  host(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }

  diagram(name: string): Locator {
    return this.host(name).getByRole('img', { name: `State diagram of ${name}` })
  }

  flights(text: RegExp): Locator {
    return this.ladder.locator('.flight').filter({ hasText: text })
  }

  /** A verdict as it is stamped on the page. */
  stamp(word: string): Locator {
    return this.verdict.locator('.outcome .stamp', { hasText: word })
  }

  stateIs(name: string, state: string): () => Promise<boolean> {
    return async () => ((await this.diagram(name).getAttribute('aria-label')) ?? '').includes(`1 in ${state}`)
  }

  /** Goes to another run in the page that is open, as a link would. */
  async goTo(item: string, title: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash
    }, `#/lab/${item}`)
    await this.page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
    await becomes(() => this.step.isDisabled(), false)
  }

  /** Does something and waits for what the stack in its worker makes of it. */
  async doAndSee(act: () => Promise<void>): Promise<void> {
    const told = this.page.locator('.lab-page [role="status"]')
    const before = await told.textContent()
    await act()
    await becomes(async () => (await told.textContent()) !== before, true)
  }

  /** Steps until the condition holds; fails when the run is over first. By the key: a click waits each time until nothing moves. */
  async stepUntil(condition: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < STEPS_MAX && !(await condition()); i += 1) {
      if (await this.step.isDisabled()) break
      await this.doAndSee(() => this.page.keyboard.press('ArrowRight'))
    }
    await becomes(condition, true)
  }

  async playToTheEnd(): Promise<void> {
    if (await this.step.isEnabled()) await this.page.keyboard.press('e')
    await becomes(() => this.step.isDisabled(), true)
  }

  /** Goes to a step of the run by the slider. */
  async seek(step: number): Promise<void> {
    await this.slider.fill(String(step))
    const told = `Step ${step} of`
    await becomes(async () => (await this.slider.getAttribute('aria-valuetext'))?.includes(told), true)
  }

  /** Ends the page, which shall have complained of nothing. */
  async done(): Promise<void> {
    expectNone(this.complaints)
    await this.page.context().close()
  }
}

/** A console's server and a browser: where labs are opened. */
export class LabBench {
  readonly url: string
  private readonly server: RunningServer
  private readonly browser: Browser

  private constructor(server: RunningServer, browser: Browser) {
    this.server = server
    this.browser = browser
    this.url = server.url
  }

  static async start(): Promise<LabBench> {
    const [server, browser] = await Promise.all([
      startServer({ directory: CONSOLE_DIRECTORY, port: 0 }),
      launchChromium(),
    ])
    return new LabBench(server, browser)
  }

  /** Opens a scenario or claim and waits until it can be played. */
  async open(item: string): Promise<LabPage> {
    const lab = await this.openAddress(`${this.url}/#/lab/${item}`)
    await lab.page.locator('.stage').waitFor()
    // Runs are played ahead in pieces.
    await lab.page.locator('.seek[aria-busy="false"]').waitFor()
    return lab
  }

  /** Opens any address. */
  async openAddress(url: string): Promise<LabPage> {
    return new LabPage(await openPage(this.browser, url))
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.server.close()
  }
}
