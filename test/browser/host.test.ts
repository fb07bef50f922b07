/** The host view, on this machine's own sockets. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HostReading, type RunningServer, startServer } from '../../src/host/index.ts'
import type { SocketRow } from '../../src/inspect/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { CONSOLE_DIRECTORY, expectAccessible, launchChromium, openPage } from './console-page.ts'

const APPEARS_MS = 10_000

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port')
  return address.port
}

/** Two nc, connected: the one that listened may be killed to make its kernel send the FIN. */
interface Pair {
  readonly port: number
  readonly listener: ChildProcess
  readonly client: ChildProcess
}

/** `lastack serve`, as `npm start` runs it, on any free port. */
async function serve(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const command = fileURLToPath(new URL('../../bin/lastack.js', import.meta.url))
  const process = spawn(execPath, [command, 'serve', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  process.stdout.setEncoding('utf8')
  for await (const text of process.stdout) {
    said += String(text)
    const url = /lastack console: (http:\S+)/.exec(said)?.[1]
    if (url !== undefined) return { url, process }
  }
  throw new Error(`lastack serve ended and told no address, but: ${said}`)
}

describeNeeding(['linux', 'chromium', 'nc.openbsd'], 'the host view', () => {
  let server: RunningServer
  let browser: Browser
  const children: ChildProcess[] = []

  beforeAll(async () => {
    server = await startServer({ directory: CONSOLE_DIRECTORY, port: 0 })
    browser = await launchChromium()
  })
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL')
    await browser?.close()
    await server?.close()
  })

  function nc(...args: string[]): ChildProcess {
    const child = spawn('nc.openbsd', args, { stdio: ['pipe', 'pipe', 'ignore'] })
    children.push(child)
    return child
  }

  async function connectedPair(): Promise<Pair> {
    const port = await freePort()
    const listener = nc('-l', '127.0.0.1', String(port))
    const client = nc('127.0.0.1', String(port))
    // What the client says arrives once both are connected; until the listener listens, the client finds nobody and ends.
    let said = client
    for (;;) {
      said.stdin?.write('hello\n')
      const heard = await Promise.race([once(listener.stdout as never, 'data'), once(said, 'exit').then(() => null)])
      if (heard !== null) return { port, listener, client: said }
      said = nc('127.0.0.1', String(port))
    }
  }

  const row = (page: Page, ...texts: (string | RegExp)[]): Locator =>
    texts.reduce<Locator>((found, hasText) => found.filter({ hasText }), page.locator('.grid-row[data-kind="row"]'))

  test('lists a connection just opened with nc, with its owner, and its CLOSE-WAIT when the other end leaves', async () => {
    const served = await serve()
    children.push(served.process)
    const { page, complaints } = await openPage(browser, served.url)
    await page.getByRole('heading', { level: 1 }).waitFor()
    const { port, listener, client } = await connectedPair()
    await page.getByLabel('Filter the sockets by text').fill(`:${port}`)

    const mine = row(page, `nc.openbsd ${client.pid}`)
    await mine.filter({ hasText: 'ESTABLISHED' }).waitFor({ timeout: APPEARS_MS })
    expect(await mine.filter({ hasText: new RegExp(`127\\.0\\.0\\.1:${port}`) }).count()).toBe(1)

    listener.kill('SIGKILL')
    await mine.filter({ hasText: 'CLOSE-WAIT' }).waitFor({ timeout: APPEARS_MS })
    expect(await mine.innerText()).toContain('was ESTABLISHED')
    await row(page, 'FIN-WAIT-2').waitFor({ timeout: APPEARS_MS })

    await page.getByRole('button', { name: 'CLOSE-WAIT' }).click()
    await expect.poll(() => row(page).count()).toBe(1)
    expect(new URL(page.url()).hash).toBe(`#/host?q=:${port}&state=CLOSE-WAIT`)
    expect(complaints).toEqual([])
    await page.context().close()

    served.process.kill('SIGINT')
    expect(await once(served.process, 'exit')).toEqual([0, null])
  })

  test('says that the connection is lost, and finds the server again', async () => {
    const port = await freePort()
    const first = await startServer({ directory: CONSOLE_DIRECTORY, port })
    const { page } = await openPage(browser, `${first.url}/#/host`)
    await row(page).first().waitFor({ timeout: APPEARS_MS })
    await first.close()
    await page.getByText('Connection to the console’s server lost').first().waitFor({ timeout: APPEARS_MS })
    expect(await row(page).count()).toBeGreaterThan(0)
    const second = await startServer({ directory: CONSOLE_DIRECTORY, port })
    await page.getByText('Live', { exact: true }).waitFor({ timeout: APPEARS_MS })
    expect(await page.getByText('out of date').count()).toBe(0)
    await page.context().close()
    await second.close()
  })

  test(
    'axe finds nothing: light and dark, wide and narrow, with groups and details open',
    async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const width of [1440, 1024, 390]) {
          const { page, complaints } = await openPage(browser, `${server.url}/#/host?proto=tcp,udp`, {
            colorScheme,
            viewport: { width, height: 844 },
          })
          await row(page).first().click()
          await page.getByRole('complementary', { name: 'The chosen socket' }).waitFor()
          await expectAccessible(page)
          await page.goto(`${server.url}/#/host?group=owner&open=*`)
          await page.locator('.grid-row[data-kind="group"]').first().waitFor()
          await expectAccessible(page)
          expect(complaints).toEqual([])
          await page.context().close()
        }
      }
    },
    3 * 60_000,
  )

  test('everything is done with the keyboard: filter, sort, choose, leave', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/host?proto=tcp,udp,unix`)
    await row(page).first().waitFor({ timeout: APPEARS_MS })
    await page.keyboard.press('/')
    await page.keyboard.type('!zz')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search')
    expect(new URL(page.url()).hash).toContain('q=')

    const grid = page.getByRole('grid')
    const focused = (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.getAttribute('role') ?? document.activeElement?.className ?? null)
    for (let i = 0; i < 20 && (await focused()) !== 'grid'; i += 1) await page.keyboard.press('Tab')
    expect(await focused()).toBe('grid')
    await page.keyboard.press('End')
    await expect.poll(() => grid.getAttribute('aria-activedescendant')).not.toBeNull()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await page.locator('.grid-row[aria-selected="true"]').getAttribute('aria-rowindex')).toBe('3')
    await page.getByRole('complementary').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('complementary').count()).toBe(0)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => page.getByRole('columnheader', { name: 'State', exact: true }).getAttribute('aria-sort'))
      .toBe('descending')
    expect(complaints).toEqual([])
    await page.context().close()
  })
})

describeNeeding(['chromium'], 'the host view, with more sockets than this machine has', () => {
  const COUNT = 100_000
  let server: RunningServer
  let browser: Browser
  let failing = false
  let reading = 0

  beforeAll(async () => {
    server = await startServer({ directory: CONSOLE_DIRECTORY, port: 0, read: manySockets })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  function manySockets(): Promise<HostReading> {
    if (failing) return Promise.reject(new Error('netlink: out of memory'))
    reading += 1
    const rows = Array.from({ length: COUNT }, (_, i): SocketRow => {
      const state = i === COUNT - 1 ? 'TIME-WAIT' : (i + reading) % 10 === 0 ? 'CLOSE-WAIT' : 'ESTABLISHED'
      const peer = { address: `10.${i % 7}.${i % 251}.${i % 241}`, port: 1_024 + (i % 60_000) }
      const local = { address: '10.9.9.9', port: 443 }
      return {
        source: 'netlink',
        netid: 'tcp',
        family: 4,
        state,
        local,
        peer,
        recvQueue: 0,
        sendQueue: 0,
        cookie: BigInt(i + 1),
        owners: [],
      }
    })
    const lacks = ['Owners of other users’ sockets are not visible.']
    const facts = { takenAt: Date.now(), tookMs: 100, hostname: 'many', source: 'netlink', lacks, states: {} } as const
    const counts = { total: COUNT + 5, received: COUNT, diagnosis: { findings: [], sysctls: {} } }
    return Promise.resolve({ facts: { ...facts, ...counts }, rows })
  }

  test('draws only what is in sight, to the last row, while they change each second', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/host`)
    const rows = page.locator('.grid-row[data-kind="row"]')
    await rows.first().waitFor({ timeout: 2 * APPEARS_MS })
    expect(await rows.count()).toBeLessThan(100)
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(COUNT + 1))
    expect(await page.getByText('5 not sent to the page').count()).toBe(1)
    await page.getByText('1 thing not visible').click()
    expect(await page.getByText('Owners of other users’ sockets').isVisible()).toBe(true)

    await page.getByRole('grid').focus()
    await page.keyboard.press('End')
    await page
      .locator(`[aria-rowindex="${COUNT + 1}"]`)
      .filter({ hasText: 'TIME-WAIT' })
      .waitFor({ timeout: APPEARS_MS })
    expect(await rows.count()).toBeLessThan(100)
    expect(complaints).toEqual([])

    failing = true
    await page.getByText('netlink: out of memory').waitFor({ timeout: APPEARS_MS })
    failing = false
    await expect.poll(() => page.getByText('netlink: out of memory').count(), { timeout: APPEARS_MS }).toBe(0)
    await page.context().close()
  })
})
