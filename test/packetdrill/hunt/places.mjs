#!/usr/bin/env node
/**
 * Holds every state × segment × place against this machine's kernel, cell by cell: `places.mjs [SITUATION [STATE…]]`.
 *
 * A cell is a connection in a state, in a situation (words of `situations.mjs`, joined by -), and one segment, numbered around what was
 * received, sent and offered (`cells.mjs`). The kernel plays it; what it sent, and what TCP_INFO, poll(), SO_ERROR and `ss` tell then, is
 * what the stack must do. `--ip_version=V`; `--only=WORDS` asks the cells whose names have them; `--keep=FOLDER` has what differs as scripts. Root, the library built, and a quiet machine.
 */
import { writeFileSync } from 'node:fs'
import { runScript } from '../../../dist/packetdrill/index.js'
import { playOnKernel } from '../kernel/kernel.mjs'
import { SS_NAMES } from '../segments.mjs'
import { cells, lastWord } from './cells.mjs'
import { asking, expecting, timersClock } from './expecting.mjs'
import { icmpCells } from './icmp-cells.mjs'
import { reach, statesOf, TRAITS } from './situations.mjs'

const ROUNDS = 3
const VERSIONS = ['ipv4', 'ipv6', 'ipv4-mapped-ipv6']
const WORKERS = 16

const options = process.argv.slice(2).filter((arg) => arg.startsWith('--'))
const [situation = 'plain', ...wanted] = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
const traits = new Set(situation.split('-'))
const given = (name) => options.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
const version = given('ip_version') ?? 'ipv4'
const known = statesOf(traits)

const strange = [
  ...options.filter((one) => !/^--(ip_version|keep|only|workers)=/.test(one)),
  ...(VERSIONS.includes(version) ? [] : [version]),
  ...[...traits].filter((word) => !(word in TRAITS)),
  ...wanted.filter((name) => !known.includes(name)),
]
if (strange.length > 0 || known.length === 0) {
  process.stderr.write(
    `places.mjs: ${strange.join(', ')}: expected --ip_version=${VERSIONS.join('|')}, words of ${Object.keys(TRAITS).join(', ')}, joined by -, then states: there ${known.join(', ') || 'is none'}\n`,
  )
  process.exit(2)
}

function play(asked) {
  const scripts = asked.map((cell) => ({ file: `${cell.id}.pkt`, text: asking(cell, lastWord(cell.state)) }))
  return playOnKernel(scripts, {
    settle: 0.01,
    version,
    workers: Number(given('workers') ?? WORKERS),
    late: 0.3,
    drifts: true,
  })
}

const clock = timersClock()
const told = new Map()
const runOptions = [
  { name: 'tolerance_usecs', value: '20000' },
  { name: 'ip_version', value: version },
  ...(version === 'ipv6' ? [{ name: 'mtu', value: '1520' }] : []),
]
const wantedCell = given('only') ?? ''
const states = reach(
  known.filter((name) => wanted.length === 0 || wanted.includes(name)),
  traits,
  version,
)
let suspects = states
  .flatMap((state) => [...(traits.has('icmp') ? icmpCells(state, version) : cells(state))])
  .filter(({ id }) => id.includes(wantedCell))
for (let round = 1; round <= ROUNDS && suspects.length > 0; round++) {
  const outcomes = play(suspects)
  const differ = suspects.filter((cell, i) => {
    if (outcomes[i].status !== 'passed') throw new Error(`${cell.id}: line ${outcomes[i].line}: ${outcomes[i].reason}`)
    const text = expecting(cell, outcomes[i], lastWord(cell.state), SS_NAMES, clock)
    const { status, position, reason } = runScript(`${cell.id}.pkt`, text, { options: runOptions })
    if (status === 'passed') return false
    told.set(cell.id, {
      text,
      why: `${text.split('\n')[(position?.line ?? 1) - 1]}: ${reason.replaceAll(/\s+/g, ' ')}`,
    })
    return true
  })
  process.stdout.write(
    `${situation}${version === 'ipv4' ? '' : ` ${version}`}: ${differ.length} of ${suspects.length} cells differ\n`,
  )
  suspects = differ
}
for (const { id } of suspects) {
  process.stdout.write(`${id}\n  ${told.get(id).why}\n`)
  if (given('keep') !== undefined)
    writeFileSync(`${given('keep')}/${situation}-${id.replaceAll(/[ /]+/g, '-')}.pkt`, told.get(id).text)
}
process.exitCode = suspects.length === 0 ? 0 : 1
