#!/usr/bin/env node
/**
 * Asks this machine's kernel and the stack about every socket option by its number, in seven states, with many values and lengths, and tells
 * where they answer otherwise: `options.mjs [LEVEL[:OPTION]]`, as `options.mjs SOL_TCP:6`. Root, and the library built.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runScript } from '../../../dist/packetdrill/index.js'

const ASK = fileURLToPath(new URL('options.py', import.meta.url))
/** Levels by name: their number, and the highest option that Linux has. */
const LEVELS = { SOL_SOCKET: [1, 84], SOL_IP: [0, 52], SOL_TCP: [6, 50], SOL_IPV6: [41, 80] }
const MOST_INT = 2 ** 31 - 1
const FEW = [0, 1, 2, 5, -1, 1000, 100_000]
const MANY = [
  ...FEW,
  3,
  4,
  6,
  7,
  10,
  48,
  64,
  87,
  88,
  100,
  120,
  127,
  128,
  255,
  256,
  536,
  1024,
  1460,
  4000,
  4001,
  4608,
  10_000,
  32_767,
]
MANY.push(32_768, 65_535, 65_536, 200_000, 200_001, 212_992, 1_000_000, MOST_INT, -2, -MOST_INT - 1)
const LENGTHS = [0, 1, 2, 3, 5, 8, 16, -1]
/** TCP_INFO is another test's business; what is a structure or a text of the machine's own is compared by its length alone. */
const ITS_OWN = new Set([
  'SOL_TCP 11',
  'SOL_TCP 13',
  'SOL_SOCKET 13',
  'SOL_SOCKET 17',
  'SOL_SOCKET 28',
  'SOL_SOCKET 55',
  'SOL_SOCKET 57',
  'SOL_SOCKET 71',
  // The processor that packets come to, the clock of timestamps, the port, the first interface's number.
  'SOL_SOCKET 49',
  'SOL_TCP 24',
  'SOL_IP 52',
  'SOL_IPV6 17',
])
/** The packet filter's, which a kernel answers by its own modules. */
const FILTERS = new Set(['SOL_IPV6 64', 'SOL_IPV6 65', 'SOL_IPV6 68', 'SOL_IPV6 69', 'SOL_IPV6 80'])

const LISTENER = ['0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3', '+0 bind(3, ..., ...) = 0', '+0 listen(3, 5) = 0']
const OPEN = [
  ...LISTENER,
  '+0 < S 0:0(0) win 65495 <mss 1460,nop,nop,sackOK,nop,wscale 7>',
  '+0 > S. 0:0(0) ack 1 <...>',
  '+0 < . 1:1(0) ack 1 win 512',
  '+0 accept(3, ..., ...) = 4',
]
const SOCKET = '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 4'
/** How a script comes to the state in which the kernel is asked; the socket is descriptor 4. */
const STATES = {
  closed: [SOCKET],
  listen: [SOCKET, '+0 bind(4, ..., ...) = 0', '+0 listen(4, 5) = 0'],
  'syn-sent': [
    SOCKET,
    '+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0',
    '+0 connect(4, ..., ...) = -1 EINPROGRESS (in progress)',
  ],
  accepted: OPEN,
  'close-wait': [...OPEN, '+0 < F. 1:1(0) ack 1 win 512'],
  'fin-wait-2': [...OPEN, '+0 shutdown(4, SHUT_WR) = 0', '+0 > F. 1:1(0) ack 1', '+0 < . 1:1(0) ack 2 win 512'],
  reset: [...OPEN, '+0 < R. 1:1(0) ack 1 win 512'],
}

/** What is asked about one option. */
function* probesOf(level, option) {
  const [number] = LEVELS[level]
  for (const six of level === 'SOL_SOCKET' || level === 'SOL_TCP' ? [false] : [false, true]) {
    for (const state of Object.keys(STATES)) {
      const probe = (...calls) => ({ level, option, state, six, calls })
      const get = (length) => ['get', number, option, length]
      const set = (value, length) => ['set', number, option, value, length]
      const isThorough = state === 'closed' || state === 'accepted'
      for (const length of [4, ...LENGTHS]) yield probe(get(length))
      for (const value of isThorough ? MANY : FEW) yield probe(set(value, 4), get(4))
      if (isThorough) for (const length of LENGTHS) yield probe(set(1, length), get(4))
    }
  }
}

function kernelAnswers(probes) {
  const asked = spawnSync('python3', [ASK], { input: JSON.stringify(probes), encoding: 'utf8', maxBuffer: 1 << 28 })
  if (asked.status !== 0) throw new Error(`options.py: ${asked.stderr}`)
  return JSON.parse(asked.stdout)
}

/** A call with the kernel's answer, as a script has it; undefined where a script cannot say it. */
function lineOf({ level, option }, [kind, , , ...rest], answer) {
  const refusal = typeof answer === 'string' ? `-1 ${answer} (refused)` : '0'
  if (kind === 'set') return `+0 setsockopt(4, ${level}, ${option}, [${rest[0]}], ${rest[1]}) = ${refusal}`
  const [asked] = rest
  if (typeof answer === 'string') return `+0 getsockopt(4, ${level}, ${option}, [...], [${asked}]) = ${refusal}`
  const [length, octets] = answer
  if (length !== asked) return undefined
  const shown =
    length > 4
      ? `"${octets.replaceAll(/../g, '\\x$&')}"`
      : `[${Buffer.from(octets.padEnd(8, '0'), 'hex').readInt32LE()}]`
  return `+0 getsockopt(4, ${level}, ${option}, ${ITS_OWN.has(`${level} ${option}`) ? '...' : shown}, [${length}]) = 0`
}

function scriptOf(probe, answers) {
  const lines = probe.calls.flatMap((call, i) => lineOf(probe, call, answers[i]) ?? [])
  const head = probe.six ? '--ip_version=ipv6\n' : ''
  const sysctls = '`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_fastopen=1`'
  return lines.length === 0 ? undefined : `${head}${sysctls}\n${[...STATES[probe.state], ...lines].join('\n')}\n`
}

const [onlyLevel, onlyOption] = (process.argv[2] ?? '').split(':')
const levels = Object.entries(LEVELS).filter(([name]) => !onlyLevel || name === onlyLevel)
if (levels.length === 0) {
  process.stderr.write(`usage: options.mjs [LEVEL[:OPTION]]; levels: ${Object.keys(LEVELS).join(', ')}\n`)
  process.exit(2)
}
let [asked, differing] = [0, 0]
for (const [level, [, last]] of levels) {
  for (let option = 0; option <= last; option++) {
    if (FILTERS.has(`${level} ${option}`)) continue
    if (onlyOption !== undefined && option !== Number(onlyOption)) continue
    const probes = [...probesOf(level, option)]
    const answers = kernelAnswers(probes)
    const found = probes.flatMap((probe, i) => {
      const script = scriptOf(probe, answers[i])
      if (script === undefined) return []
      asked++
      const { status, reason } = runScript('probe', script, {})
      return status === 'passed' ? [] : [`${probe.six ? 'IPv6, ' : ''}${probe.state}: ${reason.split('\n')[0]}`]
    })
    differing += found.length
    if (found.length > 0)
      process.stdout.write(`${level} ${option}: ${found.length} of ${probes.length}\n  ${found[0]}\n`)
  }
}
process.stdout.write(`${asked - differing} of ${asked} answers are the kernel's\n`)
process.exitCode = differing === 0 ? 0 : 1
