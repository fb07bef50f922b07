#!/usr/bin/env node
/**
 * Holds system calls against this machine's kernel: `calls.mjs matrix [STATE…] [--history=WORD,…] [--call=TEXT]` makes each call in each state after each history,
 * `calls.mjs random [FIRST [COUNT]]` as chance has it; `--ip_version=V`, `--rounds=3`, `--keep=FOLDER`, `--shrink`.
 *
 * calls.py has the kernel play a story; what the calls returned and filled in and what was sent becomes a script, which is played against the
 * stack. What differs is recorded anew, and only what differs each time is told. Root, the library built, and a quiet machine.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runScript } from '../../../dist/packetdrill/index.js'
import { randomStory } from './call-chance.mjs'
import { CALLS, cell, FILE, HISTORIES, STATES } from './call-stories.mjs'
import { VERSION } from './call-words.mjs'

const PLAYER = fileURLToPath(new URL('calls.py', import.meta.url))
/** Stories wait more than they compute. */
const WORKERS = 32
/** So many at a time: whoever else needs a quiet machine has a turn between. */
const CHUNK = 12_000
const FILE_LENGTH = 1 << 22
const TOLERANCE = { name: 'tolerance_usecs', value: '15000' }
const SYSCTLS = {
  'net.ipv4.tcp_timestamps': '0',
  'net.ipv4.tcp_congestion_control': 'reno',
  'net.ipv4.tcp_no_metrics_save': '1',
  'net.ipv4.tcp_fastopen': '1',
  'net.ipv4.tcp_rmem': '4096 131072 6291456',
  'net.ipv4.tcp_wmem': '4096 16384 4194304',
}
const HEAD = `\`sysctl -q ${Object.entries(SYSCTLS)
  .map(([name, value]) => `${name}="${value}"`)
  .join(' ')}\`\n`

const FAMILY = `${VERSION === 'ipv4' ? '' : `--ip_version=${VERSION}\n`}${VERSION === 'ipv6' ? '--mtu=1520\n' : ''}`

/** What the kernel did with each story: a list of what happened, or why it came to nothing. */
function played(stories) {
  const input = JSON.stringify({
    version: VERSION,
    workers: WORKERS,
    sysctls: Object.entries(SYSCTLS).map((pair) => pair.join('=')),
    stories,
  })
  const { status, stdout, stderr } = spawnSync('nice', ['-n', '-12', 'python3', PLAYER], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  if (status !== 0) throw new Error(`calls.py: ${stderr}`)
  return JSON.parse(stdout)
}

/** A story as a script that expects what the kernel did; undefined: it came to nothing. */
function scriptOf(story, { happened, jiffies }) {
  if (happened === undefined) return undefined
  const lines = happened.map(({ at, step, seen, sleeps, end, ...told }) => {
    const when = sleeps ? `${at.toFixed(6)}...${end.toFixed(6)}` : at.toFixed(6)
    return `${when} ${seen ?? story[step].text(told)}`
  })
  return `--jiffies_usecs=${jiffies}\n${FAMILY}${HEAD}\n${lines.join('\n')}\n`
}

/** Where the stack does otherwise, in a line; undefined: nowhere. */
function difference(text) {
  const { status, position, reason } = runScript('story', text, { options: [TOLERANCE] })
  if (status === 'passed') return undefined
  const line = text.split('\n')[(position?.line ?? 1) - 1] ?? ''
  return `${line.slice(0, 150)}: ${reason.replaceAll(/\s+/g, ' ').slice(0, 240)}`
}

function recorded(stories) {
  const found = []
  for (let first = 0; first < stories.length; first += CHUNK) {
    const part = stories.slice(first, first + CHUNK)
    const happened = played(part)
    for (const [i, story] of part.entries())
      found.push({ text: scriptOf(story, happened[i]), broken: happened[i].broken })
  }
  return found
}

/** Which of the stories differ every time, and how. */
function differing(stories, rounds) {
  let suspects = stories.map((_, i) => i)
  const told = new Map()
  const failures = new Map()
  let [asked, calls] = [0, 0]
  for (let round = 1; round <= rounds && suspects.length > 0; round++) {
    const answers = recorded(suspects.map((i) => stories[i]))
    const next = []
    for (const [k, i] of suspects.entries()) {
      const { text, broken } = answers[k]
      if (text === undefined) {
        failures.set(broken, (failures.get(broken) ?? 0) + 1)
        continue
      }
      if (round === 1)
        [asked, calls] = [asked + 1, calls + text.split('\n').filter((line) => / = -?\d/.test(line)).length]
      const found = difference(text)
      if (found === undefined) continue
      next.push(i)
      told.set(i, { found, text })
    }
    process.stdout.write(
      `${next.length} of ${round === 1 ? asked : suspects.length} differ${round === 1 ? `, ${calls} answers compared` : ''}\n`,
    )
    suspects = next
  }
  for (const [why, count] of failures) process.stdout.write(`${count} came to nothing: ${why}\n`)
  return new Map(suspects.map((i) => [i, told.get(i)]))
}

/** The shortest of a story that still differs, by leaving out one step after another. */
function shrunk(story) {
  let [best, told] = [story, undefined]
  for (;;) {
    const shorter = best.map((_, left) => best.filter((_, i) => i !== left))
    const found = differing(shorter, 2)
    const first = [...found.keys()].at(-1)
    if (first === undefined) return told
    best = shorter[first]
    told = found.get(first)
  }
}

const args = process.argv.slice(2)
const option = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
const [kind, ...words] = args.filter((arg) => !arg.startsWith('--'))

function* matrix() {
  const histories = option('history')?.split(',') ?? ['none']
  const states = words.length > 0 ? words : Object.keys(STATES)
  const wanted = option('call')?.split(',')
  for (const state of states)
    for (const history of histories[0] === 'all' ? Object.keys(HISTORIES) : histories)
      for (const call of Object.keys(CALLS))
        for (const nonblocking of [true, false])
          if (wanted === undefined || wanted.some((word) => call.includes(word)))
            yield {
              name: `${state}, ${history}, ${nonblocking ? 'non-blocking' : 'blocking'}: ${call}`,
              story: cell(state, history, call, nonblocking),
            }
}

function* chance() {
  const [first = 1, count = 200] = words.map(Number)
  for (let seed = first; seed < first + count; seed++) yield { name: `random ${seed}`, story: randomStory(seed) }
}

const kinds = { matrix, random: chance }
if (!(kind in kinds)) {
  process.stderr.write(
    'usage: calls.mjs matrix [STATE…] [--history=WORD,…] [--call=TEXT,…] | random [FIRST [COUNT]]; --ip_version=V --rounds=3 --keep=FOLDER --shrink\n',
  )
  process.exit(2)
}
if (kind === 'matrix') {
  refuseOthers('state', words, STATES)
  refuseOthers('history', (option('history') ?? 'none').split(','), { ...HISTORIES, all: true })
} else if (!words.every((word) => /^\d+$/.test(word)))
  refuse(`${words.join(' ')}: expected the first seed and how many`)

function refuseOthers(what, given, known) {
  const other = given.find((word) => !(word in known))
  if (other !== undefined) refuse(`there is no ${what} "${other}": expected ${Object.keys(known).join(', ')}`)
}

function refuse(message) {
  process.stderr.write(`calls.mjs: ${message}\n`)
  process.exit(2)
}

const keep = option('keep')
if (keep !== undefined) mkdirSync(keep, { recursive: true })
writeFileSync(FILE, '')
truncateSync(FILE, FILE_LENGTH)
try {
  const cells = [...kinds[kind]()]
  const found = differing(
    cells.map(({ story }) => story),
    Number(option('rounds') ?? 3),
  )
  for (const [i, { found: line, text }] of found) {
    process.stdout.write(`${cells[i].name}\n  ${line}\n`)
    if (keep !== undefined) writeFileSync(join(keep, `${i}.pkt`), `// ${cells[i].name}\n// ${line}\n${text}`)
    if (args.includes('--shrink')) process.stdout.write(`${shrunk(cells[i].story)?.text ?? ''}\n`)
  }
  process.exitCode = found.size === 0 ? 0 : 1
} finally {
  rmSync(FILE)
}
