#!/usr/bin/env node
/**
 * Writes the scripts of ./calls: every state of a connection × what its socket answers to calls by FreeBSD's rules (docs/freebsd.md), written
 * down here as answers.
 *
 *     node test/packetdrill/freebsd/generate-calls.mjs
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LISTENER } from '../segments.mjs'

const FOLDER = fileURLToPath(new URL('calls', import.meta.url))

const NONBLOCKING = '+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n'
const OPEN = `${LISTENER}${NONBLOCKING}
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
+.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`
const FIN_OUT = '+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 1\n'
const FIN_IN = '+0 < F. 1:1(0) ack 1 win 65535\n+0 > . 1:1(0) ack 2\n'
const SOCKET = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n${NONBLOCKING}`
const SYN_OUT = `${SOCKET}+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n+0 > S 0:0(0) win 65535 <...>\n`
const FINISHED = `${OPEN}${FIN_OUT}+.1 < . 1:1(0) ack 2 win 65535\n`

const WORDS = {
  EAGAIN: 'Resource temporarily unavailable',
  EALREADY: 'Operation already in progress',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EINVAL: 'Invalid argument',
  EISCONN: 'Socket is already connected',
  ENOTCONN: 'Socket is not connected',
  EPIPE: 'Broken pipe',
}
/** A number as it is, a name as an error. */
const told = (answer) => (typeof answer === 'number' ? `${answer}` : `-1 ${answer} (${WORDS[answer]})`)

/** Poll bits of a connection that takes data, and of one whose both directions are over. */
const OUT = 'POLLOUT'
const ENDED = 'POLLIN|POLLOUT|POLLRDHUP|POLLHUP'

/** Answers in a state; undefined: not asked, for the answer changes what is there. */
const STATES = [
  {
    name: 'closed',
    title: 'A socket that was never connected',
    setup: SOCKET,
    fd: 3,
    ...{ peer: 'ENOTCONN', accept: 'EINVAL', recv: 'ENOTCONN', send: 'ENOTCONN', poll: '0', state: 0, error: 0 },
    ...{ rd: 'ENOTCONN', wr: 'ENOTCONN', rdwr: 'ENOTCONN' },
  },
  {
    name: 'listen',
    title: 'LISTEN',
    setup: `${LISTENER}${NONBLOCKING}`,
    fd: 3,
    ...{ peer: 'ENOTCONN', bind: 'EINVAL', accept: 'EAGAIN', recv: 'ENOTCONN', send: 'ENOTCONN', poll: '0', state: 1 },
    ...{ listen: 0, error: 0, wr: 'ENOTCONN' },
  },
  {
    name: 'syn-sent',
    title: 'SYN-SENT',
    setup: SYN_OUT,
    fd: 3,
    ...{ peer: 'ENOTCONN', bind: 'EINVAL', listen: 'EINVAL', accept: 'EINVAL', connect: 'EALREADY', recv: 'EAGAIN' },
    ...{ send: 'ENOTCONN', poll: '0', state: 2, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'established',
    title: 'ESTABLISHED',
    setup: OPEN,
    ...{ peer: 0, recv: 'EAGAIN', send: 10, poll: OUT, state: 4, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'established-shut',
    title: 'ESTABLISHED, where reading was shut',
    setup: `${OPEN}+0 shutdown(4, SHUT_RD) = 0\n`,
    ...{ peer: 0, recv: 0, send: 10, poll: 'POLLIN|POLLOUT|POLLRDHUP', state: 4, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'close-wait',
    title: 'CLOSE-WAIT',
    setup: OPEN + FIN_IN,
    ...{ peer: 0, recv: 0, send: 10, poll: 'POLLIN|POLLOUT|POLLRDHUP', state: 5, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'fin-wait-1',
    title: 'FIN-WAIT-1',
    setup: OPEN + FIN_OUT,
    ...{ peer: 0, recv: 'EAGAIN', send: 'EPIPE', poll: OUT, state: 6, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'closing',
    title: 'CLOSING',
    setup: `${OPEN}${FIN_OUT}+0 < F. 1:1(0) ack 1 win 65535\n+0 > F. 1:1(0) ack 2\n`,
    ...{ peer: 0, recv: 0, send: 'EPIPE', poll: ENDED, state: 7, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'last-ack',
    title: 'LAST-ACK',
    setup: `${OPEN}${FIN_IN}+0 shutdown(4, SHUT_WR) = 0\n+0 > F. 1:1(0) ack 2\n`,
    ...{ peer: 0, recv: 0, send: 'EPIPE', poll: ENDED, state: 8, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'fin-wait-2',
    title: 'FIN-WAIT-2',
    setup: FINISHED,
    ...{ peer: 0, recv: 'EAGAIN', send: 'EPIPE', poll: OUT, state: 9, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'fin-wait-2-shut-late',
    title: 'FIN-WAIT-2, where reading was shut in it',
    setup: `${FINISHED}+0 shutdown(4, SHUT_RD) = 0\n`,
    ...{ peer: 0, recv: 0, send: 'EPIPE', poll: ENDED, state: 9, error: 0, rd: 0, wr: 0, rdwr: 0 },
  },
  {
    name: 'fin-wait-2-shut',
    title: 'FIN-WAIT-2 behind shutdown(SHUT_RDWR): to the socket the connection is over',
    setup: `${OPEN}+0 shutdown(4, SHUT_RDWR) = 0\n+0 > F. 1:1(0) ack 1\n+.1 < . 1:1(0) ack 2 win 65535\n`,
    ...{ peer: 'ENOTCONN', recv: 0, send: 'EPIPE', poll: ENDED, state: 9, error: 0 },
    ...{ rd: 'ENOTCONN', wr: 'ENOTCONN', rdwr: 'ENOTCONN' },
  },
  {
    name: 'fin-wait-2-twice',
    title: 'FIN-WAIT-2 behind a second shutdown(SHUT_WR): to the socket the connection is over',
    setup: `${FINISHED}+0 shutdown(4, SHUT_WR) = 0\n`,
    ...{ peer: 'ENOTCONN', recv: 0, send: 'EPIPE', poll: ENDED, state: 9, error: 0 },
    ...{ rd: 'ENOTCONN', wr: 'ENOTCONN', rdwr: 'ENOTCONN' },
  },
  {
    name: 'time-wait',
    title: 'TIME-WAIT',
    setup: `${OPEN}${FIN_OUT}+.1 < F. 1:1(0) ack 2 win 65535\n+0 > . 2:2(0) ack 2\n`,
    ...{ peer: 'ENOTCONN', recv: 0, send: 'EPIPE', poll: ENDED, listen: undefined, state: 10, error: 0 },
    ...{ rd: 'ENOTCONN', wr: 'ENOTCONN', rdwr: 'ENOTCONN' },
  },
  {
    name: 'reset',
    title: 'A connection that the peer reset',
    setup: `${OPEN}+0 < R 1:1(0) win 0\n`,
    ...{ peer: 'ENOTCONN', send: 'EPIPE', poll: ENDED, error: 54, recv: 0, connect: 'ECONNREFUSED' },
    ...{ rd: 'ENOTCONN', wr: 'ENOTCONN', rdwr: 'ENOTCONN' },
  },
  {
    name: 'refused',
    title: 'A connection that the peer refused',
    setup: `${SYN_OUT}+.1 < R. 0:0(0) ack 1 win 0\n`,
    fd: 3,
    ...{ peer: 'ENOTCONN', bind: 'EINVAL', listen: 'EINVAL', accept: 'EINVAL', send: 'EPIPE', poll: ENDED, error: 61 },
    ...{ recv: 0, connect: 'ECONNREFUSED', rd: 'ENOTCONN', wr: 'ENOTCONN', rdwr: 'ENOTCONN' },
  },
]
/** Of every connection. */
const CONNECTED = { bind: 'EINVAL', listen: 'EINVAL', accept: 'EINVAL', connect: 'EISCONN' }

const ALL_EVENTS = 'POLLIN|POLLOUT|POLLPRI|POLLRDHUP'

/** Questions that leave the connection as it is, in the order in which an error is told once. */
function questions(row) {
  const { fd } = row
  const lines = [`poll([{fd=${fd}, events=${ALL_EVENTS}, revents=${row.poll}}], 1, 0) = ${row.poll === '0' ? 0 : 1}`]
  const ask = (answer, call) => {
    if (answer !== undefined) lines.push(`${call} = ${told(answer)}`)
  }
  ask(row.peer, `getpeername(${fd}, ..., ...)`)
  lines.push(`getsockname(${fd}, ..., ...) = 0`)
  ask(row.accept, `accept(${fd}, ..., ...)`)
  // An error goes with the first call that tells it.
  lines.push(`getsockopt(${fd}, SOL_SOCKET, SO_ERROR, [${row.error}], [4]) = 0`)
  lines.push(`getsockopt(${fd}, SOL_SOCKET, SO_ERROR, [0], [4]) = 0`)
  ask(row.bind, `bind(${fd}, ..., ...)`)
  ask(row.listen, `listen(${fd}, 1)`)
  ask(row.connect, `connect(${fd}, ..., ...)`)
  ask(row.recv, `recv(${fd}, ..., 100, 0)`)
  ask(row.recv, `recv(${fd}, ..., 100, MSG_PEEK)`)
  // There is nothing urgent, and nothing ever was.
  const gone = row.state === undefined
  const unopened = row.name === 'closed' || row.name === 'listen'
  ask(unopened ? undefined : gone ? 'ECONNRESET' : 'EINVAL', `recv(${fd}, ..., 1, MSG_OOB)`)
  ask(gone ? 'ECONNRESET' : 0, `setsockopt(${fd}, IPPROTO_TCP, TCP_NODELAY, [1], 4)`)
  lines.push(`setsockopt(${fd}, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0`)
  if (row.name !== 'listen') lines.push(`ioctl(${fd}, FIONREAD, [0]) = 0`)
  ask(row.send, `send(${fd}, ..., 10, MSG_DONTWAIT)`)
  if (row.send === 10) lines.push('> P. 1:11(10) ack *'.replace('*', row.name === 'close-wait' ? '2' : '1'))
  return lines.map((line) => `+0 ${line}`)
}

/** What TCP_INFO says of the state. */
const info = ({ state }) =>
  state === undefined || state < 2 ? '' : `+0 %{ assert tcpi_state == ${state}, tcpi_state }%\n`

const SHUTDOWNS = [
  ['rd', 'SHUT_RD'],
  ['wr', 'SHUT_WR'],
  ['rdwr', 'SHUT_RDWR'],
]

function* scripts() {
  for (const state of STATES) {
    const fd = state.fd ?? 4
    const row = fd === 4 ? { fd, ...CONNECTED, ...state } : { fd, ...state }
    yield [row.name, row.title, `${row.setup}${info(row)}${questions(row).join('\n')}\n`]
    for (const [key, how] of SHUTDOWNS) {
      if (row[key] === undefined) continue
      const text = `${row.setup}+0 shutdown(${fd}, ${how}) = ${told(row[key])}\n`
      yield [`${row.name}-shutdown-${key}`, `${row.title}: shutdown(${how})`, text]
    }
    // Neither direction is called anything else.
    yield [
      `${row.name}-shutdown-unknown`,
      `${row.title}: shutdown() of no direction`,
      `${row.setup}+0 shutdown(${fd}, 3) = ${told('EINVAL')}\n+0 shutdown(${fd}, -1) = ${told('EINVAL')}\n`,
    ]
  }
}

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER, { recursive: true })
for (const [file, title, text] of scripts()) writeFileSync(join(FOLDER, `${file}.pkt`), `// ${title}.\n${text}`)
