/** The host view, on this machine's own sockets. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
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

const row = (page: Page, ...texts: (string | RegExp)[]): Locator =>
  texts.reduce<Locator>((found, hasText) => found.filter({ hasText }), page.locator('.grid-row[data-kind="row"]'))

function socketRow(number: number, state: SocketRow['state']): SocketRow {
  return {
    source: 'netlink',
    netid: 'tcp',
    family: 4,
    state,
    local: { address: '10.9.9.9', port: 443 },
    peer: { address: `10.${number % 7}.${number % 251}.${number % 241}`, port: 1_024 + (number % 60_000) },
    recvQueue: 0,
    sendQueue: 0,
    cookie: BigInt(number + 1),
    owners: [],
  }
}

/** What a host says that has these sockets, and so many more. */
function readingOf(rows: readonly SocketRow[], unsent = 0): HostReading {
  const lacks = ['Owners of other users’ sockets are not visible.']
  const facts = { takenAt: Date.now(), tookMs: 100, hostname: 'many', source: 'netlink', lacks, states: {} } as const
  const counts = { total: rows.length + unsent, received: rows.length, diagnosis: { findings: [], sysctls: {} } }
  return { facts: { ...facts, ...counts }, rows }
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

  function nc(...args: string[]): ChildProcessWithoutNullStreams {
    const child = spawn('nc.openbsd', args)
    children.push(child)
    return child
  }

  async function connectedPair(): Promise<Pair> {
    const port = await freePort()
    const listener = nc('-v', '-l', '127.0.0.1', String(port))
    // It says that it listens.
    await once(listener.stderr, 'data')
    const client = nc('127.0.0.1', String(port))
    client.stdin.write('hello\n')
    await once(listener.stdout, 'data')
    return { port, listener, client }
  }

  test('lists a connection just opened with nc, with its owner, and its CLOSE-WAIT when the other end leaves', async () => {
    const served = await serve()
    children.push(served.process)
    const { page, complaints } = await openPage(browser, served.url)
    await page.getByRole('heading', { level: 1 }).waitFor()
    const { port, listener, client } = await connectedPair()
    await page.getByLabel('Filter the sockets by text').fill(`:${port}`)

    const mine = row(page, `nc.openbsd ${client.pid}`)
    await mine.filter({ hasText: 'ESTABLISHED' }).waitFor()
    expect(await mine.filter({ hasText: new RegExp(`127\\.0\\.0\\.1:${port}`) }).count()).toBe(1)

    listener.kill('SIGKILL')
    // What a socket was is said for a few readings only.
    await mine.filter({ hasText: 'CLOSE-WAIT' }).filter({ hasText: 'was ESTABLISHED' }).waitFor()
    await row(page, 'FIN-WAIT-2').waitFor()

    // The way that it went is on the map, by the kernel's word or by two readings.
    await page.locator('.edge[data-arrow="ESTABLISHED CLOSE_WAIT"][data-walked="true"]').waitFor()
    await page.getByRole('button', { name: 'CLOSE-WAIT' }).click()
    await expect.poll(() => row(page).count()).toBe(1)
    expect(new URL(page.url()).hash).toBe(`#/host?q=:${port}&state=CLOSE-WAIT`)
    await lookIntoIt(page, client)
    expect(complaints).toEqual([])
    // Loaded anew it is the same page.
    await page.goBack()
    await page.reload()
    const waits = page.getByText(/waits for nc\.openbsd .* to close too\./)
    await waits.waitFor()
    // What is paused is the table.
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('grid').focus()
    for (const key of ['Home', 'Enter', 'Enter']) await page.keyboard.press(key)
    await waits.waitFor()
    await page.context().close()

    served.process.kill('SIGINT')
    expect(await once(served.process, 'exit')).toEqual([0, null])
  })

  /** The one connection in the table, by its page: its states on a line, who waits for whom, TCP_INFO over time; and back. */
  async function lookIntoIt(page: Page, client: ChildProcess): Promise<void> {
    const { hash } = new URL(page.url())
    await page.getByRole('grid').focus()
    for (const key of ['Home', 'Enter', 'Enter']) await page.keyboard.press(key)
    await page.getByText(`has closed and waits for nc.openbsd (pid ${client.pid}) to close too.`).waitFor()
    expect(new URL(page.url()).hash).toMatch(/^#\/host\/\d+\?/)
    const states = page.getByRole('list', { name: 'States, one after the other' }).getByRole('listitem')
    await expect.poll(async () => (await states.allInnerTexts()).join(' ')).toMatch(/ESTABLISHED.*CLOSE-WAIT.*so far/s)
    await expect.poll(() => page.locator('.chart canvas').count()).toBe(4)
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByRole('grid').waitFor()
    expect(new URL(page.url()).hash).toBe(hash)
  }

  test('says that the connection is lost, and finds the server again', async () => {
    const port = await freePort()
    const first = await startServer({ directory: CONSOLE_DIRECTORY, port })
    const { page } = await openPage(browser, `${first.url}/#/host`)
    await row(page).first().waitFor()
    await first.close()
    await page.getByText('Connection to the console’s server lost').first().waitFor()
    expect(await row(page).count()).toBeGreaterThan(0)
    const second = await startServer({ directory: CONSOLE_DIRECTORY, port })
    await page.getByText('Live', { exact: true }).waitFor()
    await page.getByText('out of date').waitFor({ state: 'detached' })
    await page.context().close()
    await second.close()
  })
})

describeNeeding(['chromium'], 'the host view, with sockets that stay as they are', () => {
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer({ directory: CONSOLE_DIRECTORY, port: 0, read: () => Promise.resolve(readingOf(rows)) })
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const owners = [{ pid: 70, command: 'nginx', fd: 5 }]
  const rows: readonly SocketRow[] = [
    { ...socketRow(1, 'LISTEN'), peer: { address: '0.0.0.0', port: 0 }, owners },
    { ...socketRow(2, 'ESTABLISHED'), owners, recvQueue: 12 },
    { ...socketRow(3, 'CLOSE-WAIT'), owners: [{ pid: 71, command: 'python3', fd: 9 }] },
    { ...socketRow(4, 'TIME-WAIT'), timer: { kind: 'timewait', expiresMs: 59_000, retransmits: 0 } },
    { ...socketRow(5, 'UNCONN'), netid: 'udp' },
    { ...socketRow(6, 'ESTABLISHED'), owners },
  ]

  test('axe finds nothing, in any look, with details and with groups open', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/host?proto=tcp,udp`)
    await row(page).first().click()
    await page.getByRole('complementary', { name: 'The chosen socket' }).waitFor()
    await expectAccessible(page)
    await page.goto(`${server.url}/#/host?group=owner&open=*`)
    await page.locator('.grid-row[data-kind="group"]').first().waitFor()
    await expectAccessible(page)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  /** From words to a condition of ss, by what is offered; a mistake is pointed at, and the rows stay as they were. */
  async function searchByKeys(page: Page): Promise<void> {
    const box = page.getByRole('combobox', { name: 'Filter the sockets by text' })
    await page.keyboard.type(' state list')
    await page.getByRole('option', { name: /listening\s*\d+ socket/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    expect(await box.inputValue()).toBe('!zz state listening ')
    await expect.poll(() => row(page).filter({ hasText: 'ESTABLISHED' }).count()).toBe(0)
    await expectAccessible(page)
    await page.keyboard.type('sport = :99999 or')
    await page.keyboard.press('Escape')
    await page.getByText('from character 29 on: expected a port from 0 to 65535').waitFor()
    const pointed = await page.locator('.filter-pointer').evaluate((marks) => marks.textContent?.trimEnd())
    expect(pointed).toBe(`${' '.repeat(28)}^^^^^^`)
    expect(await row(page).count()).toBeGreaterThan(0)
    await box.fill('!zz')
  }

  test('everything is done with the keyboard: filter, sort, choose, leave', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/host?proto=tcp,udp`)
    await row(page).first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('!zz')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('combobox')
    await expect.poll(() => new URL(page.url()).hash).toContain('q=')
    await searchByKeys(page)

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

  const rowsOf = (reading: number): SocketRow[] =>
    Array.from({ length: COUNT }, (_, i) => {
      const state = i === COUNT - 1 ? 'TIME-WAIT' : (i + reading) % 10 === 0 ? 'CLOSE-WAIT' : 'ESTABLISHED'
      return socketRow(i, state)
    })
  const [even, odd] = [rowsOf(0), rowsOf(1)]

  /** One in five is in another state than in the reading before. */
  function manySockets(): Promise<HostReading> {
    if (failing) return Promise.reject(new Error('netlink: out of memory'))
    reading += 1
    return Promise.resolve(readingOf(reading % 2 === 0 ? even : odd, 5))
  }

  test('draws only what is in sight, to the last row, while they change each second', async () => {
    const { page, complaints } = await openPage(browser, `${server.url}/#/host`)
    const rows = page.locator('.grid-row[data-kind="row"]')
    await rows.first().waitFor()
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
      .waitFor()
    expect(await rows.count()).toBeLessThan(100)
    expect(complaints).toEqual([])

    // While it is paused one scrolls through what it had then, whatever is read meanwhile.
    const pause = page.getByRole('button', { name: 'Pause' })
    await pause.click()
    await page.getByRole('grid').focus()
    await page.keyboard.press('Home')
    const first = page.locator('[aria-rowindex="2"]').filter({ hasText: '10.9.9.9' })
    const paused = await first.innerText()
    for (const _ of ['an even reading', 'an odd one']) {
      const before = reading
      await page.keyboard.press('End')
      await page.locator(`[aria-rowindex="${COUNT + 1}"]`).waitFor()
      await expect.poll(() => reading).toBeGreaterThan(before)
      await page.keyboard.press('Home')
      expect(await first.innerText()).toBe(paused)
    }
    await pause.click()
    await expect.poll(() => first.innerText()).not.toBe(paused)

    failing = true
    await page.getByText('netlink: out of memory').waitFor()
    failing = false
    await expect.poll(() => page.getByText('netlink: out of memory').count()).toBe(0)
    await page.context().close()
  })
})
