#!/usr/bin/env node
/**
 * Holds every state × segment × place against this machine's kernel, cell by cell: `places.mjs [SITUATION [STATE…]]`.
 *
 * A cell is a connection in a state, in a situation (`plain`; `delayed`: an ACK is owed; `gap`: text waits behind one; `flight`: text of
 * ours is unacknowledged; `unread`: text waits to be read; each also with `-stamps`, and then `-old` or `-bare` for a segment whose timestamp
 * is old or missing; `-orphan`: the program has closed), and one segment, numbered around what was received, sent and offered. The kernel
 * plays it; what it sent, and what TCP_INFO and `ss` tell then, is what the stack must do. Root, the library built, and a quiet machine.
 */
import { runScript } from '../../../dist/packetdrill/index.js'
import { playOnKernel } from '../kernel/kernel.mjs'
import { SS_NAMES, TWO_32 } from '../segments.mjs'

const ROUNDS = 3
/** What comes later than this is a timer's. */
const ANSWER_S = 0.03
const TOLERANCE = { name: 'tolerance_usecs', value: '30000' }
/** A RST with sequence number 0 on the wire has none that a script could name. */
const NAMELESS = /^> R\. \d{6,}:/
const SYSCTLS =
  '`sysctl -q net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_syncookies=0 net.ipv4.tcp_congestion_control=reno`\n'
const LISTENER = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 setsockopt(3, SOL_SOCKET, SO_RCVBUF, [20000], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
`
const WATCHED_FIELDS =
  'state ca_state retransmits backoff options unacked snd_cwnd snd_wnd rcv_wnd segs_in segs_out data_segs_in bytes_received bytes_acked reord_seen'

const TRAITS = new Set(['plain', 'delayed', 'gap', 'flight', 'unread', 'orphan', 'stamps', 'old', 'bare'])

const [situation = 'plain', ...wanted] = process.argv.slice(2)
const traits = new Set(situation.split('-'))

/** The peer's clock, where it says the time; `stamp` gives a segment's options. */
let clock = 1000
function stamp() {
  if (!traits.has('stamps')) return ''
  clock += 10
  return ` <nop,nop,TS val ${clock} ecr 100>`
}

function handshake() {
  if (traits.has('stamps'))
    return '+0 < S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1000 ecr 0>\n+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 1000>\n'
  const sack = traits.has('gap') ? ',nop,nop,sackOK' : ''
  return `+0 < S 0:0(0) win 65535 <mss 1460${sack}>\n+0 > S. 0:0(0) ack 1 <...>\n`
}

function opened() {
  return `${handshake()}+.1 < . 1:1(0) ack 1 win 65535${stamp()}
+0 accept(3, ..., ...) = 4
+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 < P. 1:1001(1000) ack 1 win 65535${stamp()}
+0 > . 1:1(0) ack 1001
+0 read(4, ..., 2000) = 1000
`
}

/** What the situation adds to an open connection, and where RCV.NXT, SND.UNA and SND.NXT are then. */
function situated() {
  if (traits.has('delayed'))
    return {
      text: `+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1001\n+.01 < . 1001:1001(0) ack 11 win 65535${stamp()}\n`,
      numbers: { rcv: 1001, una: 11, nxt: 11 },
    }
  if (traits.has('flight'))
    return {
      text: '+0 write(4, ..., 2000) = 2000\n* > . 1:1461(1460) ack 1001\n* > P. 1461:2001(540) ack 1001\n',
      numbers: { rcv: 1001, una: 1, nxt: 2001 },
    }
  if (traits.has('unread'))
    return {
      text: `+0 < P. 1001:1501(500) ack 1 win 65535${stamp()}\n* > . 1:1(0) ack 1501\n`,
      numbers: { rcv: 1501, una: 1, nxt: 1 },
    }
  return { text: '', numbers: { rcv: 1001, una: 1, nxt: 1 } }
}

/** What the situation wants to come last, ahead of the segment that is asked about. */
function last({ rcv, una, nxt }) {
  if (traits.has('delayed'))
    return {
      text: `+0 < P. ${rcv}:${rcv + 50}(50) ack ${una} win 65535${stamp()}\n`,
      numbers: { rcv: rcv + 50, una, nxt },
    }
  if (traits.has('gap'))
    return {
      text: `+0 < . ${rcv + 200}:${rcv + 300}(100) ack ${una} win 65535${stamp()}\n* > . ${nxt}:${nxt}(0) ack ${rcv} <...>\n`,
      numbers: { rcv, una, nxt },
    }
  return { text: '', numbers: { rcv, una, nxt } }
}

/** Our FIN. */
function ends({ rcv, una, nxt }) {
  const call = traits.has('orphan') ? 'close(4)' : 'shutdown(4, SHUT_WR)'
  return { text: `+0 ${call} = 0\n* > F. ${nxt}:${nxt}(0) ack ${rcv}\n`, numbers: { rcv, una, nxt: nxt + 1 } }
}

/** The peer's. @param all whether it acknowledges everything */
function peerEnds({ rcv, una, nxt }, all = false) {
  return {
    text: `+.01 < F. ${rcv}:${rcv}(0) ack ${all ? nxt : una} win 65535${stamp()}\n* > . ${nxt}:${nxt}(0) ack ${rcv + 1}\n`,
    numbers: { rcv: rcv + 1, una: all ? nxt : una, nxt },
  }
}

function acknowledged({ rcv, nxt }) {
  return {
    text: `+.01 < . ${rcv}:${rcv}(0) ack ${nxt} win 65535${stamp()}\n`,
    numbers: { rcv, una: nxt, nxt },
  }
}

/** How each state is reached. */
const STATES = {
  'syn-received': [() => ({ text: handshake(), numbers: { rcv: 1, una: 0, nxt: 1 } })],
  established: [situated, last],
  'fin-wait-1': [situated, ends, last],
  'fin-wait-2': [situated, ends, acknowledged, last],
  'close-wait': [situated, peerEnds],
  closing: [situated, ends, peerEnds],
  'last-ack': [situated, peerEnds, ends],
  'time-wait': [situated, ends, (numbers) => peerEnds(numbers, true)],
}

function reach(name) {
  clock = 1000
  let text = LISTENER + (name === 'syn-received' ? '' : opened())
  let numbers
  for (const step of STATES[name]) {
    const taken = step(numbers)
    text += taken.text
    numbers = taken.numbers
  }
  // Whatever our own stamps say.
  if (traits.has('stamps')) text = text.replace(/^(\S+ > .* ack \d+)$/gm, '$1 <...>')
  return { name, text, ...numbers, hasSocket: name !== 'syn-received' && !traits.has('orphan') }
}

/** Flags, and octets of text. */
const SEGMENTS = [
  ['S', 0],
  ['S.', 0],
  ['.', 0],
  ['F', 0],
  ['F.', 0],
  ['R', 0],
  ['R.', 0],
  ['P.', 10],
  ['P.', 600],
  ['FP.', 10],
  ['SF', 0],
  ['RS', 0],
  ['RF.', 0],
  ['-', 0],
  ['P', 0],
  ['P', 10],
  ['S', 10],
  ['SP.', 10],
]

/** What the kernel offered last: the answer to a segment far away says it. */
function learnEdges(states) {
  const asked = states.map(({ name, text, rcv, una }) => ({
    file: `${name}.pkt`,
    text: `${SYSCTLS}${text}+.001 < . ${rcv + 5_000_000}:${rcv + 5_000_000}(0) ack ${una} win 65535${stamp()}\n+.08 \`true\`\n`,
  }))
  for (const [i, { status, reason, seen }] of playOnKernel(asked, { settle: 0.01 }).entries()) {
    if (status !== 'passed') throw new Error(`${states[i].name}: ${reason}`)
    const [, ack, win] = / ack (\d+) win (\d+)/.exec(seen.at(-1) ?? '') ?? [0, states[i].rcv, 18_980]
    states[i].edge = Number(ack) + Number(win)
  }
}

function* cells(state) {
  const { name, text, rcv, una, nxt, edge } = state
  const places = { far: rcv - 5000, old: rcv - 100, at: rcv, inside: rcv + 100, behindGap: rcv + 250 }
  for (const [word, middle] of [
    ['rcv', rcv],
    ['edge', edge],
  ])
    for (const by of [-10, -5, -1, 0, 1, 50]) places[`${word}${by < 0 ? by : `+${by}`}`] = middle + by
  const acks = { far: una - 100_000, 'una-1': una - 1, una, 'nxt-1': nxt - 1, 'nxt+1': nxt + 1, beyond: nxt + 1000 }
  for (const [flags, length] of SEGMENTS) {
    const asked = Object.entries(places).map(([place, seq]) => [place, seq, 'nxt', nxt])
    if (flags.includes('.'))
      for (const [said, ack] of Object.entries(acks))
        for (const place of ['at', 'rcv-1', 'inside']) asked.push([place, places[place], said, ack])
    for (const [place, seq, said, ack] of asked) {
      const first = (seq + TWO_32) % TWO_32
      const acknowledges = flags.includes('.') ? ` ack ${(ack + TWO_32) % TWO_32}` : ''
      clock = traits.has('old') ? 500 : 1500
      const options = traits.has('bare') ? '' : stamp()
      const segment = `< ${flags} ${first}:${(first + length) % TWO_32}(${length})${acknowledges} win 65535${options}`
      yield {
        id: `${name} ${flags} ${length} at ${place} ack ${said}`,
        state,
        text: `${SYSCTLS}${text}+.005 ${segment}\n`,
      }
    }
  }
}

/** Text from far away is answered wherever anybody is: a stray packet of ours would come before that answer. */
function lastWord({ rcv, nxt }) {
  const seq = rcv + 5_000_000
  return `< P. ${seq}:${seq + 10}(10) ack ${nxt} win 65535${traits.has('stamps') ? ' <nop,nop,TS val 2000 ecr 100>' : ''}`
}

/** The cell as a script that expects what the kernel did. */
function expecting({ text, state }, { seen, rows, records, times }) {
  const [asked, wound] = [times.at(state.hasSocket ? -4 : -3), times.at(-2)]
  const packets = seen.map((line) => ({ at: Number(line.split(' ')[0]), words: line.split(' ').slice(1).join(' ') }))
  const lines = []
  const answers = (from, to) => {
    let before = from
    for (const { at, words } of packets.filter((packet) => packet.at >= from && packet.at < to)) {
      if (NAMELESS.test(words)) continue
      lines.push(`${at - before < ANSWER_S ? '+0' : '+.04'} ${words.replace(/TS val \d+/, 'TS val 100')}`)
      before = at
    }
  }
  answers(asked, wound)
  const [info] = records
  if (info !== undefined)
    lines.push(
      '+.02 %{',
      ...WATCHED_FIELDS.split(' ').map((name) => `assert tcpi_${name} == ${info[`tcpi_${name}`]}, tcpi_${name}`),
      '}%',
    )
  if (!packets.some(({ words }) => NAMELESS.test(words))) {
    lines.push(`+.02 ${lastWord(state)}`)
    answers(wound, Number.POSITIVE_INFINITY)
  }
  const [left] = rows
  const look = left === undefined ? '! ss -tanH state connected | grep -q :' : `ss -tan | grep -q ^${SS_NAMES[left]}`
  lines.push(`+0 \`${look}\``)
  return `${text}${lines.join('\n')}\n`
}

function play(asked) {
  const scripts = asked.map(({ id, text, state }) => ({
    file: `${id}.pkt`,
    text: `${text}${state.hasSocket ? '+.06 %{ RECORD }%\n' : ''}+.06 ${lastWord(state)}\n+.01 \`true\`\n`,
  }))
  return playOnKernel(scripts, { settle: 0.01 })
}

const strange = [...[...traits].filter((word) => !TRAITS.has(word)), ...wanted.filter((name) => !(name in STATES))]
if (strange.length > 0) {
  process.stderr.write(
    `places.mjs: ${strange.join(', ')}: expected words of ${[...TRAITS].join(', ')}, joined by -, then states of ${Object.keys(STATES).join(', ')}\n`,
  )
  process.exit(2)
}
const states = Object.keys(STATES)
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .map(reach)
learnEdges(states)
let suspects = states.flatMap((state) => [...cells(state)])
const told = new Map()
for (let round = 1; round <= ROUNDS && suspects.length > 0; round++) {
  const outcomes = play(suspects)
  const differ = suspects.filter((cell, i) => {
    if (outcomes[i].status !== 'passed') throw new Error(`${cell.id}: ${outcomes[i].reason}`)
    const text = expecting(cell, outcomes[i])
    const { status, position, reason } = runScript(`${cell.id}.pkt`, text, { options: [TOLERANCE] })
    if (status === 'passed') return false
    told.set(cell.id, `${text.split('\n')[(position?.line ?? 1) - 1]}: ${reason.replaceAll(/\s+/g, ' ')}`)
    return true
  })
  process.stdout.write(`${situation}: ${differ.length} of ${suspects.length} cells differ\n`)
  suspects = differ
}
for (const { id } of suspects) process.stdout.write(`${id}\n  ${told.get(id)}\n`)
process.exitCode = suspects.length === 0 ? 0 : 1
