#!/usr/bin/env node
/**
 * Looks for what the stack does otherwise than this machine's kernel: `hunt.mjs THEME [FIRST [COUNT]] [--rounds=3] [--keep=FOLDER]`.
 *
 * talk.py makes a random story of each seed and has the kernel play it; the script of it is played against the stack. What differs is
 * recorded anew, and only what differs each time is told: a busy machine is late, and a late kernel is another one. Root, the library
 * built, and nothing else to do for the machine.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { runScript } from '../../../dist/packetdrill/index.js'

const TALK = fileURLToPath(new URL('talk.py', import.meta.url))
/** Stories wait more than they compute. */
const SIDE_BY_SIDE = 8
const STORY_MAX_MS = 60_000
/** Each story says where in its ticks the kernel's clock was, and the stack's timers run by it; but the kernel's packets cross a device. */
const TOLERANCE = { name: 'tolerance_usecs', value: '20000' }

const run = promisify(execFile)

/** What a random peer and the kernel said; undefined, and a line on stderr, when nothing came of it. */
async function recorded(theme, seed) {
  try {
    const { stdout } = await run('nice', ['-n', '-12', 'python3', TALK, theme, String(seed)], {
      timeout: STORY_MAX_MS,
      maxBuffer: 1 << 26,
    })
    return stdout
  } catch (error) {
    process.stderr.write(
      `${theme} ${seed}: not recorded: ${error.stderr?.trim().split('\n').at(-1) || error.message}\n`,
    )
    return undefined
  }
}

/** The stories of some seeds, by seed. */
async function record(theme, seeds) {
  const [waiting, found] = [[...seeds], new Map()]
  const work = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      const text = await recorded(theme, seed)
      if (text !== undefined) found.set(seed, text)
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
  return found
}

/** Where the stack does otherwise, in a line; undefined: nowhere. */
function difference(file, text) {
  const { status, position, reason } = runScript(file, text, { options: [TOLERANCE] })
  if (status === 'passed') return undefined
  const lines = text.split('\n')
  const line = lines[(position?.line ?? 1) - 1] ?? ''
  return `line ${position?.line} of ${lines.length}: ${line.slice(0, 90)}: ${reason.replaceAll(/\s+/g, ' ').slice(0, 300)}`
}

async function hunt(theme, seeds, rounds, folder) {
  const told = new Map()
  let suspects = seeds
  for (let round = 1; round <= rounds && suspects.length > 0; round++) {
    const stories = await record(theme, suspects)
    suspects = []
    for (const [seed, text] of stories) {
      const file = join(folder, `${theme}-${seed}-${round}.pkt`)
      const found = difference(file, text)
      if (found === undefined) continue
      writeFileSync(file, text)
      suspects.push(seed)
      told.set(seed, [...(told.get(seed) ?? []), found])
    }
    process.stdout.write(`${theme}: ${suspects.length} of ${stories.size} differ\n`)
  }
  for (const seed of suspects) process.stdout.write(`\n${theme} ${seed}\n${told.get(seed).join('\n')}\n`)
  return suspects.length
}

const args = process.argv.slice(2)
const option = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
const [theme, first = '1', count = '20'] = args.filter((arg) => !arg.startsWith('--'))
if (theme === undefined || !/^\d+$/.test(first) || !/^\d+$/.test(count)) {
  process.stderr.write('usage: hunt.mjs THEME [FIRST [COUNT]] [--rounds=3] [--keep=FOLDER]; themes.py has the themes\n')
  process.exit(2)
}
const keep = option('keep')
if (keep !== undefined) mkdirSync(keep, { recursive: true })
const folder = keep ?? mkdtempSync(join(tmpdir(), 'lastack-hunt-'))
const seeds = Array.from({ length: Number(count) }, (_, i) => Number(first) + i)
try {
  process.exitCode = (await hunt(theme, seeds, Number(option('rounds') ?? 3), folder)) === 0 ? 0 : 1
} finally {
  if (keep === undefined) rmSync(folder, { recursive: true })
}
