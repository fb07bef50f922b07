#!/usr/bin/env node
/**
 * Writes the scripts of ../states: every state of a connection × every kind of segment × its place in the window. What is expected is
 * what the kernel of this machine answered when the scripts were made: run as root, after a build.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LISTENER, probe, SEGMENTS, SS_NAMES, TWO_32 } from '../segments.mjs'
import { playOnKernel } from './kernel.mjs'

const FOLDER = fileURLToPath(new URL('../states', import.meta.url))

const SYSCTLS = '`sysctl -q net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_syncookies=0`\n'
const SYN = `
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <mss 1460>
`
// A thousand octets come first, so that there is room to the left of the window.
const OPEN = `${SYN}+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 < P. 1:1001(1000) ack 1 win 65535
+0 > . 1:1(0) ack 1001
+0 read(4, ..., 2000) = 1000
`
const FIN_OUT = `
+0 shutdown(4, SHUT_WR) = 0
+0 > F. 1:1(0) ack 1001
`
const FIN_IN = `
+0 < F. 1001:1001(0) ack 1 win 65535
* > . 1:1(0) ack 1002
`

/** Where a segment lies: its sequence number, and the sentence that says so. */
const inWindow = (next) => [
  ['left', (next - 100 + TWO_32) % TWO_32, 'left of the window'],
  ['at', next, 'at RCV.NXT'],
  ['inside', next + 100, 'inside of the window, behind RCV.NXT'],
  ['right', next + 100_000, 'right of the window'],
]

/** Each state: how it is reached, what RCV.NXT is there, what acknowledges everything. */
const STATES = [
  { name: 'closed', title: 'CLOSED', setup: `${LISTENER}+0 close(3) = 0\n`, places: places(0), ack: 1 },
  { name: 'listen', title: 'LISTEN', setup: LISTENER, places: places(0), ack: 1 },
  {
    name: 'syn-sent',
    title: 'SYN-SENT',
    setup: `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) <...>
`,
    acks: [
      ['left', 0, 'acknowledging ISS, which is too little'],
      ['at', 1, 'acknowledging the SYN'],
      ['right', 2, 'acknowledging what was never sent'],
    ],
  },
  { name: 'syn-received', title: 'SYN-RECEIVED', setup: LISTENER + SYN, places: inWindow(1), ack: 1 },
  { name: 'established', title: 'ESTABLISHED', setup: LISTENER + OPEN, places: inWindow(1001), ack: 1 },
  { name: 'fin-wait-1', title: 'FIN-WAIT-1', setup: LISTENER + OPEN + FIN_OUT, places: inWindow(1001), ack: 1 },
  {
    name: 'fin-wait-2',
    title: 'FIN-WAIT-2',
    setup: `${LISTENER}${OPEN}${FIN_OUT}+.1 < . 1001:1001(0) ack 2 win 65535\n`,
    places: inWindow(1001),
    ack: 2,
  },
  { name: 'close-wait', title: 'CLOSE-WAIT', setup: LISTENER + OPEN + FIN_IN, places: inWindow(1002), ack: 1 },
  {
    name: 'closing',
    title: 'CLOSING',
    setup: LISTENER + OPEN + FIN_OUT + FIN_IN.replace('> . 1:1(0)', '> . 2:2(0)'),
    places: inWindow(1002),
    ack: 1,
  },
  {
    name: 'last-ack',
    title: 'LAST-ACK',
    setup: `${LISTENER}${OPEN}${FIN_IN}\n+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1002\n`,
    places: inWindow(1002),
    ack: 1,
  },
  {
    name: 'time-wait',
    title: 'TIME-WAIT',
    setup: `${LISTENER}${OPEN}${FIN_OUT}+.1 < F. 1001:1001(0) ack 2 win 65535\n* > . 2:2(0) ack 1002\n`,
    places: inWindow(1002),
    ack: 2,
  },
]

/** Without a window there are no places in it: only numbers. */
function places(first) {
  return [['any', first + 1, 'with any sequence number']]
}

/** Delayed ACKs come within this, retransmissions behind it. */
const WAIT = '+.08 `true`\n'
const WINDOW_S = 0.09

function* scripts() {
  for (const state of STATES) {
    for (const segment of SEGMENTS) {
      const cases = state.acks ?? state.places
      for (const [place, value, words] of cases) {
        // Without ACK there is nothing to be acknowledged wrongly.
        if (state.acks !== undefined && !segment.flags.includes('.') && place !== 'at') continue
        const [seq, ack] = state.acks === undefined ? [value, state.ack] : [segment.flags.includes('S') ? 0 : 1, value]
        const where = state.acks !== undefined && !segment.flags.includes('.') ? '' : `, ${words}`
        const name =
          state.acks !== undefined && !segment.flags.includes('.') ? segment.name : `${segment.name}-${place}`
        const head = `// ${segment.title} in ${state.title}${where}.\n${SYSCTLS}\n${state.setup}\n${counting(state)}${probe(segment, seq, ack)}\n`
        yield { file: join(FOLDER, state.name, `${name}.pkt`), head, state: state.name }
      }
    }
  }
}

/** States in which no socket stands for the connection. */
const SOCKETLESS = new Set(['closed', 'listen', 'syn-received'])

/** How many segments were sent before the probe, where there is a socket to ask. */
function counting({ name }) {
  return SOCKETLESS.has(name) ? '+.1 ' : '+.1 %{ sent = tcpi_segs_out }%\n+0 '
}

/** The lines behind the probe: what the kernel sent, and what was left of the connection. */
function tail({ seen, rows, info, injected, sent }, name) {
  let last = injected
  const soon = seen.filter((line) => Number(line.split(' ')[0]) < injected + WINDOW_S)
  const lines = []
  for (const line of soon) {
    // A RST with sequence number 0 on the wire has none that a script could name.
    if (/ R\. \d{6,}:/.test(line)) continue
    const [time, ...packet] = line.split(' ')
    const after = Number(time) - last
    last = Number(time)
    // Windows are another test's business, but for a RST's, which is 0.
    const words = packet.join(' ')
    const shown = / R/.test(words) ? words : words.replace(/ win \d+/, '').replace(/TS val \d+/, 'TS val 100')
    // At once, behind two ticks of the kernel's clock, or as a delayed ACK.
    const again = name === 'syn-sent' && / S /.test(words)
    const rounded = again ? '+.008' : after < 0.03 ? '+0' : '+.04'
    lines.push(`${rounded} ${shown}`)
  }
  const state = rows[0]
  const left =
    state === undefined ? '`! ss -tanH state connected | grep -q :`' : `\`ss -tan | grep -q ^${SS_NAMES[state]}\``
  const quiet = SOCKETLESS.has(name) || state === undefined || state === 'TIME_WAIT' || state === 'SYN_RECV'
  lines.push(`+.05 ${left}`)
  // A RST that answers what no connection takes is nobody's segment; elsewhere a late look counts retransmissions too.
  const count = name === 'syn-sent' ? info.segs_out - sent : soon.length
  if (!quiet) lines.push(`+0 %{ assert tcpi_segs_out == sent${count === 0 ? '' : ` + ${count}`} }%`)
  return `${lines.join('\n')}\n`
}

const all = [...scripts()]
for (const { file } of all) mkdirSync(join(file, '..'), { recursive: true })
const rounds = [1, 2, 3].map(() =>
  playOnKernel(
    all.map(({ file, head }) => ({ file, text: head + WAIT })),
    { settle: 0.01 },
  ),
)
for (const [i, { file, head, state }] of all.entries()) {
  const outcome = quietest(rounds.map((played) => played[i]))
  if (outcome.status !== 'passed') throw new Error(`${file}:${outcome.line}: ${outcome.reason}`)
  writeFileSync(file, head + tail(outcome, state))
}
/** Of several runs the one that the machine's load disturbed least: the fewest packets, the soonest. */
function quietest(outcomes) {
  const delay = ({ seen, injected }) => seen.reduce((sum, line) => sum + Number(line.split(' ')[0]) - injected, 0)
  const good = outcomes.filter(({ status }) => status === 'passed')
  if (good.length === 0) return outcomes[0]
  return good.toSorted((a, b) => a.seen.length - b.seen.length || delay(a) - delay(b))[0]
}

process.stdout.write(`${all.length} scripts\n`)
