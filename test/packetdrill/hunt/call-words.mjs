/**
 * The steps of calls.mjs's stories: each system call with what calls.py needs to make it (`call`, `args`), and how a script says it once the
 * kernel has answered (`text`). `waits`: it may sleep. What it fills in comes as `told`, in the order of the arguments.
 */
import { SYMBOLS } from '../../../dist/packetdrill/calls/symbols/index.js'

/** The number that a script's words stand for, as `MSG_PEEK|MSG_WAITALL`. */
export function numberOf(words) {
  return String(words)
    .split('|')
    .reduce((bits, word) => {
      const value = /^-?(0x)?[\da-f]+$/i.test(word) ? Number(word) : SYMBOLS.get(word)
      if (value === undefined) throw new Error(`no number for ${word}`)
      return value < 0 ? value : bits + (bits & value ? 0 : value)
    }, 0)
}

/** Of the stories' packets and names: `--ip_version=`. */
export const VERSION = process.argv.find((arg) => arg.startsWith('--ip_version='))?.split('=')[1] ?? 'ipv4'

const fdOf = (fd) => ({ fd })
const hex = (bits) => `0x${(bits >>> 0).toString(16)}`
/** What the kernel answered, as scripts say it. */
const answered = ({ result, errno }) => (result < 0 ? `-1 ${errno} (refused)` : String(result))
const step = (call, args, text, more = {}) => ({
  call,
  args,
  text: (told) => `${text(told)} = ${answered(told)}`,
  ...more,
})

/** A buffer: `...`, or an address where nothing is. */
const buffer = (where) => (where === undefined ? { octets: 0 } : { pointer: where })
const shownBuffer = (where) => (where === undefined ? '...' : where === 0 ? 'NULL' : String(where))

function plain(name, fd, length, where) {
  return step(name, [fdOf(fd), buffer(where), length], () => `${name}(${fd}, ${shownBuffer(where)}, ${length})`, {
    waits: true,
  })
}

function flagged(name, fd, length, flags, where) {
  const text = () => `${name}(${fd}, ${shownBuffer(where)}, ${length}, ${flags})`
  const bits = numberOf(flags)
  return step(name, [fdOf(fd), buffer(where), length, name === 'send' ? bits | 0x4000 : bits], text, { waits: true })
}

const elements = (lengths, bad) => `[${lengths.map((length) => `{${bad ? 'NULL' : '...'}, ${length}}`).join(', ')}]`

function vectored(name, fd, lengths, count = lengths.length) {
  return step(name, [fdOf(fd), { vector: lengths }, count], () => `${name}(${fd}, ${elements(lengths)}, ${count})`, {
    waits: true,
  })
}

/** A control message, as scripts say it; what has a time in it is left open. */
function controlText([level, kind, octets]) {
  const head = `cmsg_level=${level}, cmsg_type=${kind}`
  const word = (at) => Buffer.from(octets, 'hex').readUInt32LE(at)
  const byte = (at) => Buffer.from(octets, 'hex')[at]
  if ((level === 0 && kind === 11) || (level === 41 && kind === 25))
    return `{${head}, cmsg_data={ee_errno=${word(0)}, ee_origin=${byte(4)}, ee_type=${byte(5)}, ee_code=${byte(6)}, ee_info=${word(8)}, ee_data=${word(12)}}}`
  return octets.length === 8 ? `{${head}, cmsg_data=${word(0)}}` : `{${head}, cmsg_data=...}`
}

/** What lies in a script's room for control messages is what came, or nothing. */
function recvmsg(fd, lengths, flags = '0', { control = 0, bad = false } = {}) {
  const message = bad ? { bad: lengths } : { lengths, control, name: true }
  const text = ({ result, told: [filled] }) => {
    const flagsTold = result < 0 ? '...' : hex(filled.flags)
    const shown =
      control === 0 ? '' : `, msg_control=[${(result < 0 ? [] : filled.control).map(controlText).join(', ')}]`
    return `recvmsg(${fd}, {msg_name(...)=..., msg_iov(${lengths.length})=${elements(lengths, bad)}, msg_flags=${flagsTold}${shown}}, ${flags})`
  }
  return step('recvmsg', [fdOf(fd), { message }, numberOf(flags)], text, { waits: true })
}

function sendmsg(fd, lengths, flags = '0', { bad = false } = {}) {
  const text = () =>
    `sendmsg(${fd}, {msg_name(...)=..., msg_iov(${lengths.length})=${elements(lengths, bad)}, msg_flags=0}, ${flags})`
  const args = [fdOf(fd), { message: bad ? { bad: lengths } : { lengths, to: true } }, numberOf(flags) | 0x4000]
  return step('sendmsg', args, text, { waits: true })
}

const isFour = VERSION === 'ipv4'
const NAME_LENGTH = isFour ? 16 : 28
const OTHER = isFour ? ['{sa_family=AF_INET6}', { family: 10 }, 28] : ['{sa_family=AF_INET}', { family: 2 }, 28]
/** Where calls go: `...` is the peer for connect() and sendto(), this host and its port for bind(). */
const PLACES = {
  peer: ['...', {}, NAME_LENGTH],
  own: ['...', { own: true }, NAME_LENGTH],
  unspec: ['{sa_family=AF_UNSPEC}', { family: 0 }, 16],
  other: OTHER,
  unix: ['{sa_family=1}', { family: 1 }, NAME_LENGTH],
}

function placed(place, length) {
  const [text, given, octets] = PLACES[place]
  const isOpen = text === '...' && length === undefined
  return { text, octets: isOpen ? '...' : (length ?? octets), args: [{ address: given }, length ?? octets] }
}

function addressed(name, fd, place, length, waits) {
  const { text, octets, args } = placed(place, length)
  return step(name, [fdOf(fd), ...args], () => `${name}(${fd}, ${text}, ${octets})`, { waits })
}

function sendto(fd, length, flags, place, size) {
  const { text, octets, args } = placed(place, size)
  const shown = () => `sendto(${fd}, ..., ${length}, ${flags}, ${text}, ${octets})`
  return step('sendto', [fdOf(fd), { octets: 0 }, length, numberOf(flags) | 0x4000, ...args], shown, { waits: true })
}

const ipText = ([family, port, address]) =>
  `{sa_family=${family}, sin_port=htons(${port < 0 ? '...' : port}), sin_addr=inet_addr("${address}")}`
/** A port that only the live run knows is left open. */
const nameText = (name) =>
  name[1] < 0 || name[1] >= 20_000 ? ipText(name).replace(/sin_port=htons\([^)]*\)/, 'sin_port=...') : ipText(name)

function named(name, fd) {
  const text = ({ result, told: [told, length] }) =>
    `${name}(${fd}, ${result < 0 ? '..., ...' : `${nameText(told)}, [${length}]`})`
  return step(name, [fdOf(fd), { name: 0 }, { int: 128 }], text)
}

function accept4(fd, opens, flags = '0') {
  const args = [fdOf(fd), { pointer: 0 }, { pointer: 0 }, numberOf(flags)]
  return step('accept4', args, () => `accept4(${fd}, NULL, NULL, ${flags})`, { opens, waits: true })
}

function poll(fds, events, timeout) {
  const entries = [fds].flat().map((fd) => [fd, numberOf(events)])
  const text = ({ told: [revents] }) =>
    `poll([${entries.map(([fd], i) => `{fd=${fd}, events=${hex(numberOf(events))}, revents=${hex(revents[i])}}`).join(', ')}], ${entries.length}, ${timeout})`
  return step('poll', [{ polled: entries }, entries.length, timeout], text, { waits: timeout !== 0 })
}

function epollWait(fd, most, timeout) {
  const text = ({ result, told: [events] }) => {
    const shown = events.slice(0, Math.max(0, result)).map(([bits, data]) => `{events=${hex(bits)}, fd=${data}}`)
    return `epoll_wait(${fd}, ${shown.length === 0 ? '...' : `[${shown.join(', ')}]`}, ${most}, ${timeout})`
  }
  return step('epoll_wait', [fdOf(fd), { events: Math.max(0, Math.min(most, 64)) }, most, timeout], text, {
    waits: timeout !== 0,
  })
}

function epollCtl(fd, operation, of, events) {
  const bits = numberOf(events)
  const args = [fdOf(fd), numberOf(operation), fdOf(of), { event: [bits >>> 0, of < 0 ? 0 : of] }]
  return step('epoll_ctl', args, () => `epoll_ctl(${fd}, ${operation}, ${of}, {events=${hex(bits)}, fd=${of}})`)
}

function ioctl(fd, request) {
  const text = ({ result, told: [number] }) => `ioctl(${fd}, ${request}, [${result < 0 ? '...' : number}])`
  return step('ioctl', [fdOf(fd), numberOf(request), { int: -7 }], text)
}

function setInt(fd, level, option, value, length = 4) {
  const args = [fdOf(fd), numberOf(level), numberOf(option), { int: value }, length]
  return step('setsockopt', args, () => `setsockopt(${fd}, ${level}, ${option}, [${value}], ${length})`)
}

function setPair(fd, option, [first, second], names, width) {
  const octets = Buffer.alloc(2 * width)
  if (width === 4) octets.writeInt32LE(first, 0)
  else octets.writeBigInt64LE(BigInt(first), 0)
  if (width === 4) octets.writeInt32LE(second, 4)
  else octets.writeBigInt64LE(BigInt(second), 8)
  const args = [fdOf(fd), 1, numberOf(option), { hex: octets.toString('hex') }, 2 * width]
  const value = `{${names[0]}=${first}, ${names[1]}=${second}}`
  return step('setsockopt', args, () => `setsockopt(${fd}, SOL_SOCKET, ${option}, ${value}, ${2 * width})`)
}

function getInt(fd, level, option) {
  const text = ({ result, told: [value] }) =>
    `getsockopt(${fd}, ${level}, ${option}, [${result < 0 ? '...' : Buffer.from(value, 'hex').readInt32LE()}], [4])`
  return step('getsockopt', [fdOf(fd), numberOf(level), numberOf(option), { hex: '' }, { int: 4 }], text)
}

/** Fields of TCP_INFO that no clock has a part in. */
const FIELDS = (
  'state ca_state retransmits probes backoff options snd_mss rcv_mss unacked sacked lost retrans advmss pmtu rcv_ssthresh snd_ssthresh ' +
  'snd_cwnd reordering rcv_space total_retrans bytes_acked bytes_received segs_out segs_in notsent_bytes data_segs_in data_segs_out ' +
  'delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd total_rto total_rto_recoveries'
).split(' ')

/** Each call by its name in scripts, but for the variants of one that have another name each. */
export const C = {
  read: (fd, length, where) => plain('read', fd, length, where),
  write: (fd, length, where) => plain('write', fd, length, where),
  recv: (fd, length, flags = '0', where) => flagged('recv', fd, length, flags, where),
  send: (fd, length, flags = '0', where) => flagged('send', fd, length, flags, where),
  readv: (fd, lengths, count) => vectored('readv', fd, lengths, count),
  writev: (fd, lengths, count) => vectored('writev', fd, lengths, count),
  recvfrom: (fd, length, flags = '0') =>
    step(
      'recvfrom',
      [fdOf(fd), { octets: 0 }, length, numberOf(flags), { name: 0 }, { int: 128 }],
      () => `recvfrom(${fd}, ..., ${length}, ${flags}, ..., ...)`,
      { waits: true },
    ),
  recvmsg,
  sendmsg,
  sendto,
  socket: (fd, type = 'SOCK_STREAM') =>
    step('socket', [{ family: 0 }, numberOf(type), 0], () => `socket(..., ${type}, IPPROTO_TCP)`, { opens: fd }),
  bind: (fd, place = 'own', length) => addressed('bind', fd, place, length, false),
  connect: (fd, place = 'peer', length) => addressed('connect', fd, place, length, true),
  listen: (fd, backlog) => step('listen', [fdOf(fd), backlog], () => `listen(${fd}, ${backlog})`),
  accept: (fd, opens) =>
    step('accept', [fdOf(fd), { pointer: 0 }, { pointer: 0 }], () => `accept(${fd}, NULL, NULL)`, {
      opens,
      waits: true,
    }),
  accept4,
  getsockname: (fd) => named('getsockname', fd),
  getpeername: (fd) => named('getpeername', fd),
  shutdown: (fd, how) => step('shutdown', [fdOf(fd), numberOf(how)], () => `shutdown(${fd}, ${how})`),
  close: (fd) => step('close', [fdOf(fd)], () => `close(${fd})`, { closes: fd, waits: true }),
  dup: (fd, opens) => step('dup', [fdOf(fd)], () => `dup(${fd})`, { opens }),
  fcntl: (fd, command, value) =>
    step('fcntl', [fdOf(fd), numberOf(command), numberOf(value)], () => `fcntl(${fd}, ${command}, ${value})`),
  ioctl,
  poll,
  epoll: (fd) => step('epoll_create1', [0], () => 'epoll_create1(0)', { opens: fd }),
  epollCtl,
  epollWait,
  setInt,
  getInt,
  linger: (fd, on, seconds) => setPair(fd, 'SO_LINGER', [on, seconds], ['onoff', 'linger'], 4),
  patience: (fd, option, ms) =>
    setPair(fd, option, [Math.floor(ms / 1000), (ms % 1000) * 1000], ['tv_sec', 'tv_usec'], 8),
  pipe: (read, write, flags = '0') =>
    step('pipe2', [{ pipe: [read, write] }, numberOf(flags)], () => `pipe2([${read}, ${write}], ${flags})`),
  open: (fd, path) => step('open', [{ text: path }, 0], () => `open("${path}", O_RDONLY)`, { opens: fd }),
  splice: (from, to, length, flags = '0') =>
    step(
      'splice',
      [fdOf(from), { pointer: 0 }, fdOf(to), { pointer: 0 }, length, numberOf(flags)],
      () => `splice(${from}, NULL, ${to}, NULL, ${length}, ${flags})`,
      { waits: true },
    ),
  sendfile: (to, from, length, offset) =>
    step(
      'sendfile',
      [fdOf(to), fdOf(from), offset === undefined ? { pointer: 0 } : { offset }, length],
      () => `sendfile(${to}, ${from}, ${offset === undefined ? 'NULL' : `[${offset}]`}, ${length})`,
      { waits: true },
    ),
  /** TCP_INFO, whatever no clock has a part in. */
  info: (fd) => ({
    look: fd,
    text: ({ info }) =>
      `getsockopt(${fd}, SOL_TCP, TCP_INFO, {${FIELDS.map((name) => `tcpi_${name}=${info[name]}`).join(', ')}}, ...) = 0`,
  }),
}

/** What else happens. */
export const P = {
  rest: (seconds) => ({ rest: seconds }),
  /** A segment of the peer: `length`, `window`, `urgent`, `ack`: all, same or half of what is in flight, `skip`: octets left out before it. */
  says: (flags, more = {}) => ({
    peer: { flags, ...more },
    text: ({ seq, ack }) => {
      const { length = 0, window = 20_000, urgent = 0 } = more
      const acks = flags.includes('.') ? ` ack ${ack}` : ''
      const options = flags.includes('S') ? ' <mss 1000,nop,nop,sackOK>' : ''
      return `< ${flags} ${seq}:${seq + length}(${length})${acks} win ${window}${urgent ? ` urg ${urgent}` : ''}${options}`
    },
  }),
  icmp: (type, code, more = {}) => ({
    icmp: { type, code, ...more },
    text: ({ seq }) =>
      `< [${seq}:${seq + (more.length ?? 0)}(${more.length ?? 0})] icmp ${type}${code ? ` ${code}` : ''}`,
  }),
}
