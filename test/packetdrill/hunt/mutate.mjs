#!/usr/bin/env node
/**
 * Changes our own scripts by chance, has this machine's kernel play them, and holds the stack against what it did: `mutate.mjs [FIRST [COUNT [FOLDER…]]]`;
 * `--most=2` changes, `--rounds=3`, `--keep=FOLDER`, `--apart=MS`.
 *
 * Of each script what the peer and the program do is left; a sysctl, an option, a call, a segment, a SYN or a time becomes another one (mutated.mjs);
 * mutate.py has the kernel play it, and what it answered becomes a script (woven.mjs). What differs is recorded anew, and only what differs each
 * time is told, nstat's counters too. Root, the library built, and a quiet machine.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SYMBOLS } from '../../../dist/packetdrill/calls/symbols/index.js'
import { runScript } from '../../../dist/packetdrill/index.js'
import { mutatedStory } from './mutated.mjs'
import { wovenScript } from './woven.mjs'

const SUITE = fileURLToPath(new URL('..', import.meta.url))
const PLAYER = fileURLToPath(new URL('mutate.py', import.meta.url))
const ELSEWHERE = new Set(['freebsd', 'hunt', 'kernel'])
/** So many wait at a time, each in a namespace of its own. */
const WORKERS = 100
const TOLERANCE = { name: 'tolerance_usecs', value: '25000' }
/** What the rest of the machine has to do with, and what a link without a queue never counts. */
const OTHERS = /^(Ip|Icmp|Udp|MPTcp)|^Tcp(RtoAlgorithm|RtoMin|RtoMax|MaxConn|CurrEstab)$|^TcpExtTCPAutoCorking$/
/** A kernel's default may be another one. */
const ALGORITHM = 'sysctl -q net.ipv4.tcp_congestion_control=reno'

const args = process.argv.slice(2)
const option = (name, usual) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? usual
const [first = '1', count = '100', ...given] = args.filter((arg) => !arg.startsWith('--'))
const known = readdirSync(SUITE).filter((name) => !name.includes('.') && !ELSEWHERE.has(name))
const unknown = given.find((name) => !known.includes(name))
if (unknown !== undefined) {
  process.stderr.write(`mutate.mjs: folder '${unknown}': expected one of ${known.join(', ')}\n`)
  process.exit(2)
}
const folders = given.length > 0 ? given : known
const numbers = [first, count, option('most', '2'), option('rounds', '3'), option('apart', '50')]
if (!numbers.every((number) => /^\d+$/.test(number))) {
  process.stderr.write('usage: mutate.mjs [FIRST [COUNT [FOLDER…]]] --most=2 --rounds=3 --keep=FOLDER --apart=50\n')
  process.exit(2)
}

/** With a look at the end, and at what is left. */
function eventsOf({ events, settle }) {
  const us = (events.at(-1)?.us ?? 0) + settle
  return [...events, { us, action: { kind: 'code', text: '' } }, { us, action: { kind: 'rows' } }]
}

function played(stories) {
  const jobs = stories.map(({ file, init, version, mtu }, i) => ({
    ...{ folder: dirname(file), init, events: eventsOf(stories[i]) },
    config: { version, mtu },
  }))
  const input = JSON.stringify({
    symbols: Object.fromEntries(SYMBOLS),
    workers: WORKERS,
    apart: Number(numbers[4]) / 1000,
    jobs,
  })
  const { status, stdout, stderr } = spawnSync('nice', ['-n', '-12', 'python3', PLAYER], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  if (status !== 0) throw new Error(`mutate.py: ${stderr}`)
  return JSON.parse(stdout)
}

/** Where the stack does otherwise, in a line; undefined: nowhere. */
function difference(text, folder, { happened, counters }) {
  const readFile = (path) => readFileSync(resolve(folder, path), 'utf8')
  const { status, position, reason, counters: own } = runScript('story', text, { options: [TOLERANCE], readFile })
  if (status !== 'passed') {
    const line = text.split('\n')[(position?.line ?? 1) - 1] ?? ''
    return `${status}: ${line.slice(0, 150)}: ${reason.replaceAll(/\s+/g, ' ').slice(0, 300)}`
  }
  // A call that slept on when the story ended has counted there alone.
  if (happened.some(({ never }) => never)) return undefined
  const off = Object.entries(counters).filter(([name, value]) => !OTHERS.test(name) && (own.get(name) ?? 0) !== value)
  return off.length === 0
    ? undefined
    : `counters: ${off.map(([name, value]) => `${name} ${own.get(name) ?? 0}, the kernel ${value}`).join('; ')}`
}

/** Which of the stories differ every time: a line and the last script of each. */
function differing(stories, rounds) {
  let suspects = stories
  const told = new Map()
  const broken = new Map()
  for (let round = 1; round <= rounds && suspects.length > 0; round++) {
    const answers = played(suspects)
    const next = []
    for (const [i, story] of suspects.entries()) {
      if (answers[i].broken !== undefined) {
        broken.set(answers[i].broken, (broken.get(answers[i].broken) ?? 0) + 1)
        continue
      }
      const text = wovenScript(story, eventsOf(story), answers[i])
      const line = difference(text, dirname(story.file), answers[i])
      if (line === undefined) continue
      next.push(story)
      told.set(story, { line, text })
    }
    process.stdout.write(`${next.length} of ${suspects.length} differ\n`)
    suspects = next
  }
  for (const [why, times] of broken) process.stdout.write(`${times} came to nothing: ${why}\n`)
  return suspects.map((story) => ({ title: story.title, ...told.get(story) }))
}

const files = folders.flatMap((folder) =>
  readdirSync(join(SUITE, folder), { recursive: true })
    .filter((name) => name.endsWith('.pkt'))
    .toSorted((a, b) => a.localeCompare(b))
    .map((name) => join(SUITE, folder, name)),
)
const stories = Array.from({ length: Number(count) }, (_, i) =>
  mutatedStory(files, Number(first) + i, Number(numbers[2])),
)
for (const story of stories) if (!story.init.join().includes('tcp_congestion_control')) story.init.unshift(ALGORITHM)
const found = differing(stories, Number(numbers[3]))
const keep = option('keep')
if (keep !== undefined) mkdirSync(keep, { recursive: true })
for (const { title, line, text } of found) {
  process.stdout.write(`\n${title}\n  ${line}\n`)
  if (keep !== undefined) writeFileSync(join(keep, `${title.split(':')[0]}.pkt`), `// ${line}\n${text}`)
}
process.exitCode = found.length === 0 ? 0 : 1
