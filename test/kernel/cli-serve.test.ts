import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { BOUNDED } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname

describeNeeding(['linux'], 'lastack serve', () => {
  const children: ChildProcess[] = []

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  /** Starts it on a free port and answers what it had printed when it was ready. */
  async function serve(): Promise<{ readonly child: ChildProcess; readonly url: string; readonly text: string }> {
    const child = spawn(process.execPath, [LASTACK, 'serve', '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    let text = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        text += more
        if (text.includes('Ctrl-C ends it.')) resolve()
      })
      child.once('close', (code) => reject(new Error(`ended with ${code}: ${text}`)))
    })
    return { child, url: /http:\S+/.exec(text)?.[0] ?? '', text }
  }

  test('prints the address and a summary of the host, and serves the page and the sockets', async () => {
    const { url, text } = await serve()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(text).toMatch(/^lastack console: http/)
    expect(text).toMatch(/\nTCP sockets of this host: \d+\n( +\d+ {2}[A-Z-]+\d?\n)+by owner\n/)
    expect(text).toMatch(/\n +\d+ {2}\S+ +(pid \d+|\d+ processes) +\d+ [A-Z]/)
    const page = await fetch(url)
    expect(await page.text()).toMatch(/^<!doctype html>/i)
    const sockets = (await (await fetch(`${url}/api/sockets`)).json()) as { rows: { local: { port: number } }[] }
    expect(sockets.rows.some((row) => row.local.port === Number(new URL(url).port))).toBe(true)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it at once, with exit code 0, while a page watches',
    async (signal) => {
      const { child, url } = await serve()
      const stream = await fetch(`${url}/api/stream`)
      expect(stream.status).toBe(200)
      const ended = once(child, 'close')
      const start = performance.now()
      child.kill(signal)
      expect(await ended).toEqual([0, null])
      // A page watches for as long as it likes.
      expect(performance.now() - start).toBeLessThan(30_000)
      await stream.body?.cancel().catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    },
  )

  test('a port that is taken is one line and exit code 2', async () => {
    const holder: Server = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const result = spawnSync(process.execPath, [LASTACK, 'serve', '--port', String(port)], {
      ...BOUNDED,
      encoding: 'utf8',
    })
    holder.close()
    expect(result.status).toBe(2)
    expect(result.stdout).toBe('')
    expect(result.stderr).toMatch(new RegExp(`^lastack serve: port ${port} of 127\\.0\\.0\\.1 is in use: .*\\n$`))
  })
})
