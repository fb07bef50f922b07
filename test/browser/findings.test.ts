/** The doctor's findings in the host view, made by a real leak in a network namespace. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_THRESHOLDS } from '../../src/doctor/index.ts'
import { findNamespaces, type RunningServer, startServer } from '../../src/host/index.ts'
import { firstLine, NetworkNamespace } from '../kernel/support/namespace.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, expectAccessible, launchChromium, openPage } from './console-page.ts'

const FAULTS = fileURLToPath(new URL('../kernel/support/doctor-faults.py', import.meta.url))
/** A leak in a test is a moment old, not a minute. */
const THRESHOLDS = { ...DEFAULT_THRESHOLDS, closeWaitAge: 0.2 }
const LEAKED = 15

interface Leak {
  readonly pid: string
  readonly program: ChildProcessWithoutNullStreams
}

describeNeeding(['linux', 'root', 'netns', 'ip', 'python3', 'koffi', 'chromium'], 'findings in the host view', () => {
  let namespace: NetworkNamespace
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    namespace = new NetworkNamespace('findings')
    const namespaces = findNamespaces(namespace.name)
    server = await startServer({
      directory: CONSOLE_DIRECTORY,
      port: 0,
      namespaces,
      thresholds: THRESHOLDS,
      allowHeal: true,
    })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await namespace?.remove()
  })

  async function leak(): Promise<Leak> {
    const program = namespace.start('python3', [FAULTS, 'never-closes'])
    return { pid: await firstLine(program), program }
  }

  async function end({ program }: Leak): Promise<void> {
    const closed = once(program, 'close')
    program.stdin.end()
    await closed
  }

  const cards = (page: Page): Locator => page.getByRole('region', { name: 'Findings' }).getByRole('button')
  const details = (page: Page): Locator => page.getByRole('complementary', { name: 'The chosen finding' })
  /** Rows of the table, drawn or not. */
  const rowCount = async (page: Page): Promise<number> =>
    Number(await page.getByRole('grid').getAttribute('aria-rowcount')) - 1

  test('a leak appears with its owner, fills the table with its sockets, and goes when it ends', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/host`)
    await page.getByText('none: nothing is wrong here').waitFor()
    const leaking = await leak()
    const card = cards(page).filter({
      hasText: `python3 (pid ${leaking.pid}) leaks ${LEAKED} connections in CLOSE-WAIT`,
    })
    await card.waitFor()
    // The clients' ends are there too, until one asks for the finding's own.
    await expect.poll(() => rowCount(page)).toBe(2 * LEAKED + 1)
    await card.click()
    await expect.poll(() => rowCount(page)).toBe(LEAKED)
    expect(new URL(page.url()).hash).toBe(`#/host?finding=close-wait-server/${namespace.name}/python3/8080`)
    expect(await details(page).innerText()).toMatch(/Owner\s+python3 \(pid \d+\).*stale in CLOSE-WAIT\s+15 sockets/s)
    await details(page).locator('.sparkline canvas').waitFor()
    expect(complaints).toEqual([])

    await healed(page, leaking)
    await page.getByText('The chosen finding has ended.').waitFor()
    expect(await cards(page).filter({ hasText: 'leaks' }).count()).toBe(0)
    await end(leaking)
    await page.context().close()
  })

  /** Ends the chosen finding's sockets from the page: by the token alone, and not before it was said what will be done. */
  async function healed(page: Page, { pid }: Leak): Promise<void> {
    await details(page).getByRole('button', { name: 'Shut down…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Token').fill('guessed')
    await page.keyboard.press('Enter')
    await dialog.getByText('Refused: that is not the token that the terminal printed.').waitFor()
    await dialog.getByLabel('Token').fill(server.token ?? '')
    await page.keyboard.press('Enter')
    await dialog.getByText(`Shut down ${LEAKED} sockets?`).waitFor()
    expect(await dialog.getByRole('listitem').count()).toBe(LEAKED)
    expect(await dialog.getByRole('listitem').first().innerText()).toMatch(
      new RegExp(`CLOSE-WAIT\\s+127\\.0\\.0\\.1:8080 - .*python3 \\(pid ${pid}, fd \\d+\\): sends FIN`, 's'),
    )
    await dialog.getByText(`Afterwards: ${LEAKED} descriptors of python3 (pid ${pid}) stay open`).waitFor()
    await expectAccessible(page)
    const closeWaits = (): number => namespace.run('ss', ['-tnH', 'state', 'close-wait']).split('\n').length - 1
    expect(closeWaits()).toBe(LEAKED)
    await dialog.getByRole('button', { name: 'Yes, do it' }).click()
    const results = (): Promise<string[]> => dialog.locator('.heal-result, [role="alert"]').allInnerTexts()
    await expect.poll(results).toEqual(Array.from({ length: LEAKED }, () => 'Ended'))
    expect(closeWaits()).toBe(0)
    // The finding goes with its sockets; the report stays until it has been read.
    await page.getByText('The chosen finding has ended.').waitFor()
    expect(await results()).toHaveLength(LEAKED)
    await page.keyboard.press('Escape')
    await expect.poll(() => dialog.count()).toBe(0)
  }

  test('its remedies can be copied, and its fault be played in the lab', async () => {
    const leaking = await leak()
    const { page, complaints } = await openPage(browser, `${server.url}/#/host`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await cards(page).filter({ hasText: leaking.pid }).click()
    const command = await details(page).locator('.command code', { hasText: '--how shutdown' }).innerText()
    expect(command).toMatch(`lastack heal close-wait-server/${namespace.name}/python3/8080 --how shutdown`)
    // It says so for a moment only: one must be listening before.
    await Promise.all([
      details(page).getByText('Copied').waitFor(),
      details(page)
        .getByRole('button', { name: `Copy ${command}` })
        .click(),
    ])
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command)
    await details(page).getByRole('link', { name: 'Play it in the lab' }).click()
    await page.getByRole('heading', { level: 1, name: 'A server that leaks descriptors' }).waitFor()
    await end(leaking)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('axe finds nothing, in any look', async () => {
    const leaking = await leak()
    const { page } = await openPage(browser, `${server.url}/#/host`)
    await cards(page).filter({ hasText: leaking.pid }).click()
    await details(page).locator('.sparkline canvas').waitFor()
    await expectAccessible(page)
    await page.context().close()
    await end(leaking)
  })
})
