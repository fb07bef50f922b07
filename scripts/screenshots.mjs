// Makes the pictures of the console that README shows, in docs/: `npm run screenshots`. With a folder (`npm run screenshots -- FOLDER`)
// it makes every view there too, light, dark, and in each width, to be looked at. Needs root, chromium, python3 and unshare: the leak on
// them is a real one, in a network namespace of its own, on a host that is called web-1.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { startScenario } from '../dist/sim/index.js'

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const NAMESPACE = 'lastack-screenshots'
const HOST = 'web-1'
/** A sparkline needs some readings. */
const SETTLED_MS = 8_000
const [folder] = process.argv.slice(2)

/** The host view with a leak that grows. */
async function host(page) {
  const card = page.locator('.finding-card').first()
  await card.waitFor({ timeout: 30_000 })
  await page.waitForTimeout(SETTLED_MS)
  await card.click()
  await page.locator('.finding-details .sparkline canvas').waitFor()
}

/** The page of a connection that carried data until its client left. */
async function connection(page) {
  const download = spawn('ip', ['netns', 'exec', NAMESPACE, 'python3', at('scripts/one-download.py')], { cwd: '/' })
  children.push(download)
  await once(download.stdout, 'data')
  await page.locator('.grid-row[data-kind="row"]').first().waitFor({ timeout: 30_000 })
  download.stdin.write('\n')
  await page.getByLabel('Filter the sockets by text').fill('sport = :8443 and ! state listening')
  await page.locator('.grid-row[data-kind="row"]').filter({ hasText: 'ESTABLISHED' }).click()
  await page.locator('.details .play-link').click()
  await page.locator('.timeline').getByText('CLOSE-WAIT').waitFor({ timeout: 60_000 })
  await page.waitForTimeout(SETTLED_MS / 2)
  download.kill('SIGKILL')
}

/** All of them judged. */
async function claims(page) {
  await page.getByText('claims judged by playing').waitFor({ timeout: 60_000 })
}

/** A run that has ended. */
async function ended(page) {
  await page.locator('.stage').waitFor()
  await page.keyboard.press('e')
  await page.locator('.outcome .stamp').first().waitFor()
  await page.getByRole('button', { name: 'Step', exact: true }).and(page.locator(':disabled')).waitFor()
}

/** The lab, at the moment when the FIN comes again, with a packet open. */
async function lab(page) {
  await ended(page)
  await page.getByLabel('Look into').selectOption({ index: 5 })
  await page.locator('.octets').waitFor()
  // A wide screen has room for the page's heading too; on a narrow one the lab itself comes first.
  await page.evaluate(() => {
    if (innerWidth < 1000) document.querySelector('.lab-controls').scrollIntoView()
    else scrollTo(0, 0)
  })
}

async function compare(page) {
  await ended(page)
  await page.getByRole('region', { name: 'Side by side' }).getByRole('table').waitFor()
  await page.evaluate(() => document.querySelector('.seek').scrollIntoView())
}

/** A run that was kept, dropped on the page. */
async function capture(page) {
  const directory = mkdtempSync(join(tmpdir(), 'lastack-screenshots-'))
  const run = startScenario('lost-final-ack', { seed: 1 })
  run.finish()
  const file = join(directory, 'lost-final-ack.pcapng')
  writeFileSync(file, run.pcapng())
  await page.getByLabel('Capture file').setInputFiles(file)
  await page.locator('.capture-path').first().waitFor()
  rmSync(directory, { recursive: true })
}

const VIEWS = {
  host: { hash: '#/host', prepare: host },
  connection: { hash: '#/host', prepare: connection },
  claims: { hash: '#/claims', prepare: claims },
  lab: { hash: '#/lab/lost-final-ack', prepare: lab },
  compare: { hash: '#/lab/lost-final-ack?beside=freebsd', prepare: compare },
  claim: { hash: '#/lab/close-wait-is-peer', prepare: ended },
  capture: { hash: '#/capture', prepare: capture },
}

/** What README shows. */
const KEPT = [
  { view: 'host', width: 1440, height: 900, colorScheme: 'light' },
  { view: 'lab', width: 1440, height: 1000, colorScheme: 'dark' },
  { view: 'connection', width: 1440, height: 1000, colorScheme: 'light' },
  { view: 'claims', width: 1024, height: 900, colorScheme: 'dark' },
  { view: 'compare', width: 1440, height: 900, colorScheme: 'light' },
  { view: 'lab', width: 390, height: 844, colorScheme: 'light' },
]
const ALL = Object.keys(VIEWS).flatMap((view) =>
  [1440, 1024, 390].flatMap((width) =>
    ['light', 'dark'].map((colorScheme) => ({ view, width, height: 900, colorScheme })),
  ),
)

async function shoot(browser, url, { view, width, height, colorScheme }, path) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
  const { hash, prepare } = VIEWS[view]
  await page.goto(`${url}/${hash}`)
  await prepare(page)
  await page.mouse.move(0, 0)
  if (path.endsWith('.png')) await page.screenshot({ path })
  else {
    const devtools = await page.context().newCDPSession(page)
    const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 75 })
    writeFileSync(path, Buffer.from(data, 'base64'))
  }
  await page.close()
}

/** Every shot, on a console that sees only the namespace of ours. */
async function shootAll(url) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox'] })
  for (const shot of KEPT) {
    await shoot(browser, url, shot, at(`docs/console-${shot.view}-${shot.width}.webp`))
  }
  for (const shot of folder === undefined ? [] : ALL) {
    await shoot(browser, url, shot, join(folder, `${shot.view}-${shot.width}-${shot.colorScheme}.png`))
  }
  await browser.close()
}

const children = []
execFileSync('ip', ['netns', 'add', NAMESPACE])
try {
  execFileSync('ip', ['netns', 'exec', NAMESPACE, 'ip', 'link', 'set', 'lo', 'up'])
  const leak = spawn('ip', ['netns', 'exec', NAMESPACE, 'python3', at('scripts/growing-leak.py')], { cwd: '/' })
  children.push(leak)
  await once(leak.stdout, 'data')
  const options = ['serve', '--port', '0', '--netns', NAMESPACE, '--close-wait-age', '1']
  const inside = `hostname ${HOST} && exec "$@"`
  const command = ['--uts', 'sh', '-c', inside, 'sh', process.execPath, at('bin/lastack.js'), ...options]
  const server = spawn('unshare', command, { cwd: '/' })
  children.push(server)
  const [text] = await once(server.stdout, 'data')
  await shootAll(/http:\S+/.exec(String(text))[0])
} finally {
  for (const child of children) child.kill('SIGKILL')
  execFileSync('ip', ['netns', 'delete', NAMESPACE])
}
