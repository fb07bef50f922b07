#!/usr/bin/env node
/**
 * Writes the scripts of ./states: every state of a connection × every kind of segment × its place in the window, and what FreeBSD's rules
 * (docs/freebsd.md) make of it. The rules are written down here a second time, as answers, so that the stack is held against them:
 *
 *     node test/packetdrill/freebsd/generate.mjs
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LISTENER, probe, SEGMENTS } from '../segments.mjs'
import { forsaken, numberAt, ofText, PLACES, reset, WORDS } from './places.mjs'

const FOLDER = fileURLToPath(new URL('states', import.meta.url))
const SYSCTLS = '`sysctl net.inet.tcp.syncookies=0`\n'
const SYN = `
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
`
// A thousand octets come first, so that there is room to the left of the window.
const OPEN = `${SYN}+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 < P. 1:1001(1000) ack 1 win 65535
+.04 > . 1:1(0) ack 1001
+0 read(4, ..., 2000) = 1000
`
const FIN_OUT = `
+0 shutdown(4, SHUT_WR) = 0
+0 > F. 1:1(0) ack 1001 win 65535
`
const fin = (answer) => `
+0 < F. 1001:1001(0) ack 1 win 65535
${answer[0]} win 65535
`

/** Answers. `ack` says where the peer stands; none: silence. */
const NOTHING = []
const now = (seq, ack) => [`+0 > . ${seq}:${seq}(0) ack ${ack}`]
/** An ordinary ACK bears our FIN again, as long as that is not acknowledged. A challenge does not. */
const withFin = (answer) => answer.map((line) => line.replace('> . 2:2(0)', '> F. 1:1(0)'))
const plain = (answer) => answer
const delayed = (seq, ack) => [`+.04 > . ${seq}:${seq}(0) ack ${ack}`]

/**
 * A synchronised state in which text and FIN are still to come.
 * @param at what an acceptable segment does: [answer to ten octets, answer to FIN, state behind it]
 */
function open(name, seq, afterFin, ordinary = plain) {
  const challenge = now(seq, 1001)
  const refusal = ordinary(challenge)
  const beside = { left: refusal, at: NOTHING, inside: NOTHING, right: refusal }
  return {
    syn: all(challenge),
    'syn-ack': all(challenge),
    ack: beside,
    fin: beside,
    'fin-ack': { ...all(refusal), at: [...ordinary(now(seq, 1002)), afterFin] },
    rst: rst(challenge),
    'rst-ack': rst(challenge),
    data: { ...all(refusal), at: ordinary(delayed(seq, 1011)) },
    stays: name,
  }
}

/** A state in which the peer's FIN has been taken: what lies behind it is passed over in silence. */
function closed(name, seq, ordinary = plain) {
  const again = now(seq, 1002)
  const refusal = ordinary(again)
  const beside = { left: refusal, at: NOTHING, inside: NOTHING, right: refusal }
  return {
    syn: all(again),
    'syn-ack': all(again),
    ack: beside,
    fin: beside,
    'fin-ack': beside,
    rst: rst(again),
    'rst-ack': rst(again),
    data: beside,
    stays: name,
  }
}

const all = (answer) => ({ left: answer, at: answer, inside: answer, right: answer })
const rst = (challenge) => ({ left: NOTHING, at: [':gone'], inside: challenge, right: NOTHING })

const HALF_OPEN = {
  // A repeated SYN is answered as the first was, whatever its number.
  syn: all(['+0 > S. 0:0(0) ack 1 win 65535 <mss 1460>']),
  // Whoever answers a SYN that we did not send meant another connection.
  'syn-ack': all([...reset(1), ':gone']),
  ack: { left: now(1, 1), at: [':ESTAB'], inside: [':ESTAB'], right: now(1, 1) },
  fin: all(NOTHING),
  'fin-ack': {
    left: now(1, 1),
    at: [...now(1, 2), ':CLOSE-WAIT'],
    inside: [...now(1, 1), ':ESTAB'],
    right: now(1, 1),
  },
  rst: { left: NOTHING, at: [':gone'], inside: now(1, 1), right: NOTHING },
  'rst-ack': { left: NOTHING, at: [':gone'], inside: now(1, 1), right: NOTHING },
  data: { left: now(1, 1), at: [...delayed(1, 11), ':ESTAB'], inside: [...now(1, 1), ':ESTAB'], right: now(1, 1) },
  stays: 'SYN-RECV',
}

const newConnection = (seq) => [`+0 > S. 0:0(0) ack ${seq + 1} win 65535 <mss 1460>`, ':SYN-RECV']
const LAST = now(2, 1002)
const TIME_WAIT = {
  syn: { left: NOTHING, at: NOTHING, inside: newConnection(1102), right: newConnection(101_002) },
  'syn-ack': all(LAST),
  ack: { ...all(LAST), at: NOTHING },
  fin: all(NOTHING),
  'fin-ack': all(LAST),
  rst: all(NOTHING),
  'rst-ack': all(NOTHING),
  data: all(LAST),
  stays: 'TIME-WAIT',
}

const STATES = [
  { name: 'syn-received', title: 'SYN-RECEIVED', setup: LISTENER + SYN, next: 1, ack: 1, answers: HALF_OPEN },
  {
    name: 'established',
    title: 'ESTABLISHED',
    setup: LISTENER + OPEN,
    next: 1001,
    ack: 1,
    answers: open('ESTAB', 1, ':CLOSE-WAIT'),
  },
  {
    name: 'fin-wait-1',
    seq: 2,
    title: 'FIN-WAIT-1',
    setup: LISTENER + OPEN + FIN_OUT,
    next: 1001,
    ack: 1,
    answers: open('FIN-WAIT-1', 2, ':CLOSING', withFin),
  },
  {
    name: 'fin-wait-2',
    seq: 2,
    title: 'FIN-WAIT-2',
    setup: `${LISTENER}${OPEN}${FIN_OUT}+.1 < . 1001:1001(0) ack 2 win 65535\n`,
    next: 1001,
    ack: 2,
    answers: open('FIN-WAIT-2', 2, ':TIME-WAIT'),
  },
  {
    name: 'close-wait',
    title: 'CLOSE-WAIT',
    setup: LISTENER + OPEN + fin(now(1, 1002)),
    next: 1002,
    ack: 1,
    answers: closed('CLOSE-WAIT', 1),
  },
  {
    name: 'closing',
    seq: 2,
    title: 'CLOSING',
    setup: LISTENER + OPEN + FIN_OUT + fin(withFin(now(2, 1002))),
    next: 1002,
    ack: 1,
    answers: closed('CLOSING', 2, withFin),
  },
  {
    name: 'last-ack',
    seq: 2,
    title: 'LAST-ACK',
    setup: `${LISTENER}${OPEN}${fin(now(1, 1002))}\n+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1002 win 65535\n`,
    next: 1002,
    ack: 1,
    answers: closed('LAST-ACK', 2, withFin),
  },
  {
    name: 'time-wait',
    seq: 2,
    title: 'TIME-WAIT',
    setup: `${LISTENER}${OPEN}${FIN_OUT}+.1 < F. 1001:1001(0) ack 2 win 65535\n+0 > . 2:2(0) ack 1002 win 65535\n`,
    next: 1002,
    ack: 2,
    answers: TIME_WAIT,
  },
]

/** What acknowledges nothing is answered by what it might have acknowledged. */
const REFUSED = ['+0 > R. 0:0(0) ack 2 win 0']

/** States without a window: one place, and its answer. */
const WITHOUT_WINDOW = [
  {
    name: 'closed',
    title: 'CLOSED',
    setup: `${LISTENER}+0 close(3) = 0\n`,
    answers: {
      syn: ['+0 > R. 0:0(0) ack 1 win 0'],
      'syn-ack': reset(1),
      ack: reset(1),
      fin: REFUSED,
      'fin-ack': reset(1),
      data: reset(1),
      none: ['+0 > R. 0:0(0) ack 1 win 0'],
      'data-bare': ['+0 > R. 0:0(0) ack 11 win 0'],
      'syn-fin': REFUSED,
      'syn-data': ['+0 > R. 0:0(0) ack 11 win 0'],
    },
  },
  {
    name: 'listen',
    title: 'LISTEN',
    setup: LISTENER,
    answers: { ack: reset(1), 'fin-ack': reset(1), data: reset(1) },
  },
]

/** What ACKs bring, whatever else there is to them. */
const alike = {
  closed: { 'syn-ack': reset(1), 'fin-ack': reset(1) },
  listen: { 'syn-ack': reset(1), 'fin-ack': reset(1) },
}

const SYN_SENT = {
  name: 'syn-sent',
  title: 'SYN-SENT',
  setup: `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)
+0 > S 0:0(0) win 65535 <mss 1460,nop,wscale 6,sackOK,TS val 100 ecr 0>
`,
  acks: {
    left: [0, 'acknowledging ISS, which is too little'],
    at: [1, 'acknowledging the SYN'],
    right: [2, 'acknowledging what was never sent'],
  },
  answers: {
    'syn-ack': [...now(1, 1), ':ESTAB'],
    ack: [':SYN-SENT'],
    'fin-ack': [':SYN-SENT'],
    'rst-ack': [':gone'],
    data: [':SYN-SENT'],
  },
  bare: { syn: ['+0 > S. 0:0(0) ack 1 win 65535 <mss 1460>', ':SYN-RECV'], fin: [':SYN-SENT'], rst: [':SYN-SENT'] },
}

/**
 * Segments with more, or fewer, flags than make sense, and the one of SEGMENTS that FreeBSD answers alike: a RST counts first, then a SYN,
 * and what acknowledges nothing is no more than looked at.
 */
const STRANGE = [
  { name: 'none', title: 'A segment without flags', flags: '-', length: 0, like: 'fin' },
  { name: 'data-bare', title: 'Ten octets without ACK', flags: 'P', length: 10, like: 'fin' },
  { name: 'syn-fin', title: 'SYN,FIN', flags: 'SF', length: 0, like: 'syn' },
  { name: 'syn-data', title: 'SYN with ten octets', flags: 'S', length: 10, like: 'syn' },
  { name: 'syn-fin-ack', title: 'SYN,FIN,ACK', flags: 'SF.', length: 0, like: 'syn-ack' },
  { name: 'syn-rst', title: 'SYN,RST', flags: 'SR', length: 0, like: 'rst' },
  { name: 'fin-rst', title: 'FIN,RST', flags: 'FR', length: 0, like: 'rst' },
  { name: 'syn-rst-ack', title: 'SYN,RST,ACK', flags: 'SR.', length: 0, like: 'rst-ack' },
  { name: 'fin-rst-ack', title: 'FIN,RST,ACK', flags: 'FR.', length: 0, like: 'rst-ack' },
  { name: 'fin-data', title: 'Ten octets and FIN', flags: 'FP.', length: 10, like: 'fin-ack' },
]
const SEGMENTS_ALL = [...SEGMENTS.map((segment) => ({ ...segment, like: segment.name })), ...STRANGE]

/** Where the segment has text, what acknowledges its FIN is as much more. */
function longer(answer, { name }) {
  if (name !== 'fin-data') return answer
  return answer.map((line) => line.replace(/ ack (2|1002)$/, (_, ack) => ` ack ${Number(ack) + 10}`))
}

/** A probe with what FreeBSD wants of a SYN. */
const probing = (segment, seq, ack) => probe(segment, seq, ack, segment.flags.includes('S') ? ' <mss 1460>' : '')

/**
 * What comes back, and what is left of the connection. A last segment draws an answer that is known from each state: so nothing else
 * can have been sent before.
 */
function tail(answers, stays, seq, ack) {
  const state = answers.find((line) => line.startsWith(':'))?.slice(1) ?? stays
  const left = state === 'gone' ? '`! ss -tanH state connected | grep -q :`' : `\`ss -tan | grep -q ^${state}\``
  const lines = [...answers.filter((line) => !line.startsWith(':')), `+.06 ${left}`]
  return `${[...lines, ...lastWord(state, seq, ack, answers)].join('\n')}\n`
}

function lastWord(state, seq, ack, answers) {
  const said = answers.findLast((line) => / ack \d+/.test(line))
  const acknowledged = said === undefined ? ack : Number(/ ack (\d+)/.exec(said)[1])
  if (state === 'SYN-SENT') return ['+0 < . 1:1(0) ack 7 win 65535', ...reset(7)]
  if (state === 'gone') return ['+0 < . 1:1(0) ack 7 win 65535', ...reset(7)]
  if (state === 'SYN-RECV')
    return [
      `+0 < S ${acknowledged - 1}:${acknowledged - 1}(0) win 65535 <mss 1460>`,
      `+0 > S. 0:0(0) ack ${acknowledged} win 65535 <mss 1460>`,
    ]
  if (state === 'TIME-WAIT') return [`+0 < S. 1:1(0) ack 1 win 65535`, `+0 > . 2:2(0) ack ${acknowledged}`]
  return ['+0 < S 500:500(0) win 65535', `+0 > . ${seq}:${seq}(0) ack ${acknowledged}`]
}

/** Numbers that no ACK may have: those of a connection before this one, and those that were never sent. */
const WRONG_ACKS = [
  ['ghost', 0, 'acknowledging what was before this connection'],
  ['unsent', 100_000, 'acknowledging what was never sent'],
]

/** What is wrong with the acknowledgment comes behind what is wrong with the place, and before text and FIN. */
function wrongAck({ name, next, seq = 1 }, kind, number) {
  if (name === 'syn-received') return reset(number)
  if (name === 'time-wait') return LAST
  const answer = now(seq, next)
  const repeats = name === 'fin-wait-1' || name === 'closing' || name === 'last-ack'
  // The first is answered by a challenge, which bears no FIN.
  return kind === 'unsent' && repeats ? withFin(answer) : answer
}

function* wrongAcks() {
  for (const state of STATES) {
    const { name, title, setup, next, answers, seq = 1 } = state
    for (const segment of SEGMENTS_ALL.filter(({ like }) => like === 'ack' || like === 'fin-ack' || like === 'data')) {
      for (const [kind, number, words] of WRONG_ACKS) {
        const answer = wrongAck(state, kind, number)
        yield [
          `${name}/${segment.name}-${kind}`,
          `${segment.title} in ${title}, ${words}`,
          `${setup}\n+.1 ${probing(segment, next, number)}\n${tail(answer, answers.stays, seq, next)}`,
        ]
      }
    }
  }
}

const BEYOND = (next) => [`+0 > F. 1:1(0) ack ${next}`]
/** Segments that acknowledge our FIN: what is old is acknowledged behind it, what is beyond the window acknowledges nothing. */
const LAST_STEPS = {
  'fin-wait-1': {
    ack: { left: [...now(2, 1001), ':FIN-WAIT-2'], at: [':FIN-WAIT-2'], inside: [':FIN-WAIT-2'] },
    'fin-ack': {
      left: [...now(2, 1001), ':FIN-WAIT-2'],
      at: [...now(2, 1002), ':TIME-WAIT'],
      inside: [...now(2, 1001), ':FIN-WAIT-2'],
    },
    data: {
      left: [...now(2, 1001), ':FIN-WAIT-2'],
      at: [...delayed(2, 1011), ':FIN-WAIT-2'],
      inside: [...now(2, 1001), ':FIN-WAIT-2'],
    },
    right: [...BEYOND(1001), ':FIN-WAIT-1'],
  },
  closing: {
    ack: { left: [...LAST, ':TIME-WAIT'], at: [':TIME-WAIT'], inside: [':TIME-WAIT'] },
    'fin-ack': { left: [...LAST, ':TIME-WAIT'], at: [':TIME-WAIT'], inside: [':TIME-WAIT'] },
    data: { left: [...LAST, ':TIME-WAIT'], at: [':TIME-WAIT'], inside: [':TIME-WAIT'] },
    right: [...BEYOND(1002), ':CLOSING'],
  },
  'last-ack': {
    ack: { left: [':gone'], at: [':gone'], inside: [':gone'] },
    'fin-ack': { left: [':gone'], at: [':gone'], inside: [':gone'] },
    data: { left: [':gone'], at: [':gone'], inside: [':gone'] },
    right: [...BEYOND(1002), ':LAST-ACK'],
  },
}

function* lastSteps() {
  for (const { name, title, setup, next } of STATES) {
    const steps = LAST_STEPS[name]
    if (steps === undefined) continue
    for (const segment of SEGMENTS_ALL.filter(({ like }) => like in steps)) {
      for (const place of PLACES) {
        const like = place === 'right' ? steps.right : steps[segment.like][place]
        yield [
          `${name}/${segment.name}-${place}-last`,
          `${segment.title} in ${title}, ${WORDS[place]}, acknowledging our FIN`,
          `${setup}\n+.1 ${probing(segment, next + numberAt[place], 2)}\n${tail(place === 'at' ? longer(like, segment) : like, '', 2, next)}`,
        ]
      }
    }
  }
}

/** A story with timestamps on every segment; those that we send are not looked at. */
function timed(text, value) {
  return text
    .replace(/^(\S+ < S .*)<mss 1460>$/gm, `$1<mss 1460,nop,nop,TS val ${value} ecr 0>`)
    .replace(/^(\S+ > S\. .*)<mss 1460>$/gm, '$1<mss 1460,nop,nop,TS val 100 ecr 1000>')
    .replace(/^(\S+ < [^S\s]+ .* win \d+)$/gm, `$1 <nop,nop,TS val ${value} ecr 100>`)
    .replace(/^(\S+ > [^SR\s]+ .*)$/gm, '$1 <...>')
}

/** What a segment brings that has no timestamp, or one that is older than the last: of old ones only text is answered; a RST and a SYN come first. */
function timeless({ name, seq = 1, next, answers }, segment, kind) {
  const usual = answers[segment.like].at
  if (segment.flags.includes('R')) return usual
  if (name === 'time-wait') {
    if (kind === 'missing' || !segment.flags.includes('.')) return NOTHING
    // There nobody looks how old it is.
    return usual
  }
  if (kind === 'missing') return NOTHING
  if (segment.flags.includes('S')) return usual
  if (segment.length === 0) return NOTHING
  const answer = now(seq, next)
  return name === 'fin-wait-1' || name === 'closing' || name === 'last-ack' ? withFin(answer) : answer
}

/** By itself the system bears with whoever leaves timestamps out. */
const STRICT = '0 `sysctl net.inet.tcp.tolerate_missing_ts=0`\n'

function* timestamps() {
  for (const state of STATES.filter(({ name }) => name !== 'syn-received')) {
    const { name, title, setup, next, ack, answers, seq = 1 } = state
    for (const segment of SEGMENTS_ALL) {
      for (const kind of ['missing', 'old']) {
        const answer = timeless(state, segment, kind)
        const told =
          kind === 'missing'
            ? ''
            : segment.flags.includes('S')
              ? ',nop,nop,TS val 500 ecr 100'
              : 'nop,nop,TS val 500 ecr 100'
        const options = segment.flags.includes('S') ? ` <mss 1460${told}>` : told === '' ? '' : ` <${told}>`
        const words = kind === 'missing' ? 'without its timestamp' : 'with an old timestamp'
        const probed = `+.1 ${probe(segment, next, ack, options)}\n`
        const rest = tail(answer, answers.stays, seq, next).replace(
          /^(\S+ < S .*win 65535)$/m,
          '$1 <mss 1460,nop,nop,TS val 2000 ecr 100>',
        )
        const after = rest.replace(/^(\S+ < (?:S\.|\.) .*win 65535)$/m, '$1 <nop,nop,TS val 2000 ecr 100>')
        yield [
          `timestamps/${name}-${segment.name}-${kind}`,
          `${segment.title} in ${title}, ${words}`,
          `${kind === 'missing' ? STRICT : ''}${timed(setup, 1000)}\n${probed}${after.replace(/^(\S+ > [^SR\s]+ .*)$/gm, '$1 <...>')}`,
        ]
      }
    }
  }
}

function* scripts() {
  yield* wrongAcks()
  yield* timestamps()
  yield* lastSteps()
  const closed = STATES.filter(({ name }) => name === 'fin-wait-1' || name === 'fin-wait-2').map(forsaken)
  for (const { name, title, setup, next, ack, answers, seq = 1 } of [...STATES, ...closed]) {
    for (const segment of SEGMENTS_ALL) {
      for (const place of PLACES) {
        const like = answers[segment.like][place]
        const told = place === 'at' && answers !== TIME_WAIT ? longer(like, segment) : like
        const answer = ofText(answers, segment, place) ?? told
        const text = `${setup}\n+.1 ${probing(segment, next + numberAt[place], ack)}\n${tail(answer, answers.stays, seq, next)}`
        yield [`${name}/${segment.name}-${place}`, `${segment.title} in ${title}, ${WORDS[place]}`, text]
      }
    }
  }
  for (const { name, title, setup, answers } of WITHOUT_WINDOW) {
    for (const segment of SEGMENTS_ALL) {
      const answer = answers[segment.name] ?? (segment.like in alike[name] ? alike[name][segment.like] : NOTHING)
      if (name === 'listen' && segment.like === 'syn') continue
      yield [
        `${name}/${segment.name}`,
        `${segment.title} in ${title}`,
        `${setup}\n+.1 ${probing(segment, 1, 1)}\n${tail(answer, 'gone', 0, 0)}`,
      ]
    }
  }
  for (const segment of SEGMENTS_ALL) {
    const { name, title, setup, acks, answers, bare } = SYN_SENT
    // Those that open the connection have stories of their own.
    if (segment.like !== segment.name && segment.like.startsWith('syn')) continue
    const alone = bare[segment.like]
    if (alone !== undefined) {
      yield [
        `${name}/${segment.name}`,
        `${segment.title} in ${title}`,
        `${setup}\n+.1 ${probing(segment, 0, 0)}\n${tail(alone, '', 1, 1)}`,
      ]
      continue
    }
    for (const [place, [ack, words]] of Object.entries(acks)) {
      const answer =
        place === 'at' ? answers[segment.like] : [...(segment.flags.includes('R') ? [] : reset(ack)), ':SYN-SENT']
      yield [
        `${name}/${segment.name}-${place}`,
        `${segment.title} in ${title}, ${words}`,
        `${setup}\n+.1 ${probing(segment, segment.flags.includes('S') ? 0 : 1, ack)}\n${tail(answer, '', 1, 1)}`,
      ]
    }
  }
}

rmSync(FOLDER, { recursive: true, force: true })
for (const [file, title, text] of scripts()) {
  const path = join(FOLDER, `${file}.pkt`)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `// ${title}.\n${SYSCTLS}\n${text}`)
}
