/** The lab as a static site: from any file server, with no host behind it. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BOUNDED } from '../support/bounded.ts'
import { describeNeeding } from '../support/requirements.ts'
import { launchChromium, openPage } from './console-page.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

describeNeeding(['chromium'], 'the lab as a static site', () => {
  let directory: string
  let server: Server
  let browser: Browser
  let url: string

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lastack-lab-'))
    const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
    const args = ['build', join(ROOT, 'apps', 'console'), '--mode', 'lab', '--outDir', directory, '--emptyOutDir']
    execFileSync(execPath, [vite, ...args], { ...BOUNDED, stdio: 'ignore' })
    server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://here').pathname).replace(/^\/lab\/?/, '')
      const file = path === '' ? 'index.html' : path
      try {
        const body = readFileSync(join(directory, file))
        response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'font/woff2' })
        response.end(body)
      } catch {
        response.writeHead(404).end()
      }
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/lab/`
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
    rmSync(directory, { recursive: true })
  })

  test('plays a scenario below any path, and asks no server for a host', async () => {
    const { page, complaints } = await openPage(browser, url)
    await page.locator('.stage').waitFor()
    expect(await page.getByRole('navigation', { name: 'Views' }).innerText()).toBe('Lab\nClaims\nCapture')
    await page.getByRole('button', { name: 'Play to the end' }).click()
    await page.locator('.outcome .stamp', { hasText: 'Pass' }).waitFor()
    expect(complaints).toEqual([])
    await page.context().close()
  })
})
