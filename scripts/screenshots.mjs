// Makes the pictures of the console that README shows, in docs/: `npm run screenshots`. Needs root, chromium and python3: the leak
// on them is a real one, in a network namespace of its own.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const NAMESPACE = 'lastack-screenshots'
const SETTLED_MS = 12_000

/** The host view with a leak that grows. */
async function host(page) {
  const card = page.locator('.finding-card').first()
  await card.waitFor({ timeout: 30_000 })
  await page.waitForTimeout(SETTLED_MS)
  await card.click()
  await page.locator('.finding-details .sparkline canvas').waitFor()
}

/** The lab, at the moment when the FIN comes again, with a packet open. */
async function lab(page) {
  await page.locator('.stage').waitFor()
  await page.getByRole('button', { name: 'Play to the end' }).click()
  await page.locator('.stamp[data-verdict="pass"]').waitFor()
  await page.getByLabel('Look into').selectOption({ index: 5 })
  await page.locator('.octets').waitFor()
  await page.evaluate(() => document.querySelector('.lab-controls').scrollIntoView())
  await page.mouse.move(0, 0)
}

const SHOTS = [
  { name: 'console-host', hash: '#/host', width: 1440, height: 860, colorScheme: 'light', prepare: host },
  { name: 'console-lab', hash: '#/lab/lost-final-ack', width: 1440, height: 1000, colorScheme: 'dark', prepare: lab },
  { name: 'console-narrow', hash: '#/host', width: 390, height: 844, colorScheme: 'light', prepare: host },
]

execFileSync('ip', ['netns', 'add', NAMESPACE])
const children = []
try {
  execFileSync('ip', ['netns', 'exec', NAMESPACE, 'ip', 'link', 'set', 'lo', 'up'])
  const leak = spawn('ip', ['netns', 'exec', NAMESPACE, 'python3', at('scripts/growing-leak.py')])
  children.push(leak)
  await once(leak.stdout, 'data')
  const options = ['serve', '--port', '0', '--netns', NAMESPACE, '--close-wait-age', '1']
  const server = spawn(process.execPath, [at('bin/lastack.js'), ...options])
  children.push(server)
  const [text] = await once(server.stdout, 'data')
  const url = /http:\S+/.exec(String(text))[0]
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox'] })
  for (const { name, hash, width, height, colorScheme, prepare } of SHOTS) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    await page.goto(`${url}/${hash}`)
    await prepare(page)
    await page.screenshot({ path: at(`docs/${name}.jpg`), type: 'jpeg', quality: 82 })
    await page.close()
  }
  await browser.close()
} finally {
  for (const child of children) child.kill('SIGKILL')
  execFileSync('ip', ['netns', 'delete', NAMESPACE])
}
