/** The stories that calls.mjs tells: states, histories and calls, one of each in a cell of the matrix, or as chance has it. Descriptor 4 is who is asked. */
import { C, P, VERSION } from './call-words.mjs'

const ALL = 'POLLIN|POLLPRI|POLLOUT|POLLERR|POLLHUP|POLLRDNORM|POLLWRNORM|POLLRDHUP'
/** A file that is there, long enough for any call. */
export const FILE = '/tmp/lastack-calls'

const listens = [C.socket(3), C.setInt(3, 'SOL_SOCKET', 'SO_REUSEADDR', 1), C.bind(3), C.listen(3, 5)]
/** A round trip that is long enough for no probe of a lost tail to come between. */
const ROUND_TRIP = P.rest(0.03)
const handshake = [P.says('S', { window: 65_535 }), ROUND_TRIP, P.says('.')]
const accepts = (nonblocking) => [...listens, ...handshake, C.accept4(3, 4, nonblocking ? 'SOCK_NONBLOCK' : '0')]
const made = (nonblocking) => [C.socket(4, nonblocking ? 'SOCK_STREAM|SOCK_NONBLOCK' : 'SOCK_STREAM')]
const SYN_ACK = P.says('S.', { window: 65_535 })
/** connect() has begun; a blocking socket is made one afterwards. */
const connects = (nonblocking) => [
  ...made(true),
  C.connect(4),
  ...(nonblocking ? [] : [C.fcntl(4, 'F_SETFL', 'O_RDWR')]),
]
const shuts = C.shutdown(4, 'SHUT_WR')
const FIN = P.says('F.')
const RST = P.says('R.')
const unreachable = (more) => P.icmp('unreachable', 'host_unreachable', more)
const userTimeout = [C.setInt(4, 'SOL_TCP', 'TCP_USER_TIMEOUT', 50), C.send(4, 100, 'MSG_DONTWAIT'), P.rest(0.5)]
const TELLS_ERRORS =
  VERSION === 'ipv6' ? C.setInt(4, 'SOL_IPV6', 'IPV6_RECVERR', 1) : C.setInt(4, 'SOL_IP', 'IP_RECVERR', 1)
const error = C.getInt(4, 'SOL_SOCKET', 'SO_ERROR')

/** How a socket comes into a state: how it opens, and the way from there; histories come between the two. */
export const STATES = {
  closed: [made, []],
  bound: [(mode) => [...made(mode), C.bind(4)], []],
  listen: [(mode) => [...made(mode), C.bind(4), C.listen(4, 5)], []],
  'listen-half-open': [(mode) => [...made(mode), C.bind(4), C.listen(4, 5), handshake[0]], []],
  'listen-queued': [(mode) => [...made(mode), C.bind(4), C.listen(4, 5), ...handshake], []],
  'listen-queued-reset': [(mode) => [...made(mode), C.bind(4), C.listen(4, 5), ...handshake, RST], []],
  'listen-shut': [(mode) => [...made(mode), C.bind(4), C.listen(4, 5), C.shutdown(4, 'SHUT_RD')], []],
  'syn-sent': [connects, []],
  'syn-sent-shut': [connects, [shuts]],
  refused: [connects, [RST]],
  'refused-told': [connects, [RST, error]],
  'refused-connects-again': [connects, [RST, error, C.connect(4)]],
  'unreachable-syn': [connects, [unreachable({ syn: true })]],
  connected: [(mode) => [...connects(mode), ROUND_TRIP, SYN_ACK], []],
  established: [accepts, []],
  'fin-wait-1': [accepts, [shuts]],
  'fin-wait-2': [accepts, [shuts, P.says('.')]],
  'close-wait': [accepts, [FIN]],
  closing: [accepts, [shuts, P.says('F.', { ack: 'same' })]],
  'last-ack': [accepts, [FIN, shuts]],
  'last-ack-done': [accepts, [FIN, shuts, P.says('.')]],
  'time-wait': [accepts, [shuts, P.says('.'), FIN]],
  reset: [accepts, [RST]],
  'reset-told': [accepts, [RST, error]],
  'close-wait-reset': [accepts, [FIN, RST]],
  'fin-wait-2-reset': [accepts, [shuts, P.says('.'), RST]],
  'timed-out': [accepts, userTimeout],
  unreachable: [accepts, [unreachable()]],
  'unreachable-told': [accepts, [TELLS_ERRORS, unreachable()]],
  dissolved: [accepts, [C.connect(4, 'unspec')]],
  'dissolved-syn-sent': [connects, [C.connect(4, 'unspec')]],
  'dissolved-listens': [accepts, [C.connect(4, 'unspec'), C.listen(4, 2)]],
  'shut-read': [accepts, [C.shutdown(4, 'SHUT_RD')]],
  'shut-both': [accepts, [C.shutdown(4, 'SHUT_RDWR')]],
}

const flag = (level, option, value) => [C.setInt(4, level, option, value)]
/** What had happened before. */
export const HISTORIES = {
  none: [],
  unread: [P.says('P.', { length: 10 })],
  'unread-fin': [P.says('P.', { length: 10 }), FIN],
  urgent: [P.says('P.U', { length: 10, urgent: 10 })],
  'urgent-inside': [P.says('P.U', { length: 10, urgent: 5 })],
  'urgent-inline': [...flag('SOL_SOCKET', 'SO_OOBINLINE', 1), P.says('P.U', { length: 10, urgent: 5 })],
  'urgent-read': [P.says('P.U', { length: 10, urgent: 5 }), C.recv(4, 1, 'MSG_OOB')],
  gap: [P.says('P.', { length: 10, skip: 10 })],
  sent: [C.send(4, 100, 'MSG_DONTWAIT')],
  'sent-much': [C.send(4, 5000, 'MSG_DONTWAIT')],
  full: [P.says('.', { window: 2000 }), C.send(4, 300_000, 'MSG_DONTWAIT')],
  'full-shut-window': [P.says('.', { window: 0 }), C.send(4, 300_000, 'MSG_DONTWAIT')],
  more: [C.send(4, 100, 'MSG_MORE|MSG_DONTWAIT')],
  corked: [...flag('SOL_TCP', 'TCP_CORK', 1), C.send(4, 100, 'MSG_DONTWAIT')],
  lowat: flag('SOL_SOCKET', 'SO_RCVLOWAT', 20),
  'lowat-unread': [...flag('SOL_SOCKET', 'SO_RCVLOWAT', 20), P.says('P.', { length: 10 })],
  'linger-0': [C.linger(4, 1, 0)],
  'linger-1': [C.linger(4, 1, 1)],
  'linger-1-sent': [C.linger(4, 1, 1), C.send(4, 100, 'MSG_DONTWAIT')],
  'receive-timeout': [C.patience(4, 'SO_RCVTIMEO', 60)],
  'send-timeout': [C.patience(4, 'SO_SNDTIMEO', 60)],
  'send-timeout-full': [
    C.patience(4, 'SO_SNDTIMEO', 60),
    P.says('.', { window: 2000 }),
    C.send(4, 300_000, 'MSG_DONTWAIT'),
  ],
  'peek-off': [...flag('SOL_SOCKET', 'SO_PEEK_OFF', 3), P.says('P.', { length: 10 })],
  inq: [...flag('SOL_TCP', 'TCP_INQ', 1), P.says('P.', { length: 10 })],
  zerocopy: flag('SOL_SOCKET', 'SO_ZEROCOPY', 1),
  'notsent-lowat': flag('SOL_TCP', 'TCP_NOTSENT_LOWAT', 100),
  recverr: [TELLS_ERRORS],
  'small-buffers': [...flag('SOL_SOCKET', 'SO_SNDBUF', 5000), ...flag('SOL_SOCKET', 'SO_RCVBUF', 5000)],
}

const READS = [
  '0',
  'MSG_PEEK',
  'MSG_WAITALL',
  'MSG_TRUNC',
  'MSG_DONTWAIT',
  'MSG_OOB',
  'MSG_ERRQUEUE',
  'MSG_PEEK|MSG_TRUNC',
  'MSG_PEEK|MSG_WAITALL',
  'MSG_OOB|MSG_PEEK',
  'MSG_OOB|MSG_TRUNC',
]
READS.push(
  'MSG_WAITALL|MSG_TRUNC',
  'MSG_WAITALL|MSG_DONTWAIT',
  'MSG_PEEK|MSG_DONTWAIT',
  'MSG_CMSG_CLOEXEC',
  'MSG_DONTROUTE',
  'MSG_OOB|MSG_DONTWAIT',
  'MSG_ERRQUEUE|MSG_PEEK',
  'MSG_OOB|MSG_WAITALL',
)
const WRITES = [
  '0',
  'MSG_MORE',
  'MSG_EOR',
  'MSG_OOB',
  'MSG_DONTWAIT',
  'MSG_NOSIGNAL',
  'MSG_ZEROCOPY',
  'MSG_FASTOPEN',
  'MSG_OOB|MSG_MORE',
  'MSG_EOR|MSG_MORE',
  'MSG_MORE|MSG_DONTWAIT',
  'MSG_DONTROUTE',
  'MSG_CONFIRM',
  'MSG_PEEK',
  'MSG_TRUNC',
  'MSG_ERRQUEUE',
]
WRITES.push('MSG_FASTOPEN|MSG_DONTWAIT', 'MSG_ZEROCOPY|MSG_MORE', 'MSG_EOR|MSG_OOB', '0x10', '0x200', '0x400', '0x1000')
const WRONG = -5
const NONE = 77

function reads() {
  const found = {}
  for (const length of [0, 1, 10, 5000]) found[`read ${length}`] = C.read(4, length)
  for (const flags of READS)
    for (const length of [0, 1, 100]) found[`recv ${length} ${flags}`] = C.recv(4, length, flags)
  for (const flags of ['0', 'MSG_PEEK', 'MSG_OOB', 'MSG_TRUNC', 'MSG_ERRQUEUE', 'MSG_WAITALL', 'MSG_DONTWAIT'])
    for (const lengths of [[100], [0], [], [3, 3]])
      found[`recvmsg ${lengths.join('+')} ${flags}`] = C.recvmsg(4, lengths, flags, { control: 512 })
  found['recvmsg no control'] = C.recvmsg(4, [5])
  found['recvmsg nowhere'] = C.recvmsg(4, [5], '0', { bad: true })
  for (const lengths of [[3, 3], [0], [], [0, 5], [-1], [5, -1]])
    found[`readv ${lengths.join('+')}`] = C.readv(4, lengths)
  found['readv -1 elements'] = C.readv(4, [3], -1)
  found['readv 2000 elements'] = C.readv(4, [3], 2000)
  for (const where of [0, 1]) {
    found[`read to ${where}`] = C.read(4, 10, where)
    for (const flags of ['0', 'MSG_PEEK', 'MSG_TRUNC', 'MSG_OOB', 'MSG_WAITALL'])
      found[`recv to ${where} ${flags}`] = C.recv(4, 10, flags, where)
  }
  for (const flags of ['0', 'MSG_OOB', 'MSG_PEEK']) found[`recvfrom ${flags}`] = C.recvfrom(4, 100, flags)
  return found
}

function writes() {
  const found = {}
  for (const length of [0, 1, 1000, 300_000]) found[`write ${length}`] = C.write(4, length)
  for (const flags of WRITES)
    for (const length of [0, 1, 1500]) found[`send ${length} ${flags}`] = C.send(4, length, flags)
  for (const flags of ['0', 'MSG_MORE', 'MSG_OOB', 'MSG_EOR', 'MSG_ZEROCOPY', 'MSG_FASTOPEN'])
    for (const lengths of [[100], [0], [], [500, 700]])
      found[`sendmsg ${lengths.join('+')} ${flags}`] = C.sendmsg(4, lengths, flags)
  found['sendmsg nowhere'] = C.sendmsg(4, [5], '0', { bad: true })
  for (const lengths of [[500, 700], [0], [], [-1], [5, -1]])
    found[`writev ${lengths.join('+')}`] = C.writev(4, lengths)
  found['writev -1 elements'] = C.writev(4, [3], -1)
  for (const where of [0, 1]) {
    found[`write from ${where}`] = C.write(4, 10, where)
    for (const flags of ['0', 'MSG_MORE', 'MSG_OOB']) found[`send from ${where} ${flags}`] = C.send(4, 10, flags, where)
  }
  for (const place of ['peer', 'unspec', 'other'])
    for (const flags of ['0', 'MSG_FASTOPEN', 'MSG_OOB'])
      found[`sendto ${place} ${flags}`] = C.sendto(4, 100, flags, place)
  found['sendto short'] = C.sendto(4, 100, 'MSG_FASTOPEN', 'peer', 4)
  return found
}

const pipes = [C.pipe(7, 8), C.fcntl(7, 'F_SETFL', 'O_NONBLOCK')]
/** Each step, or steps, by a name. */
function moves() {
  const found = {}
  for (const length of [0, 1, 5, 100]) found[`splice in ${length}`] = [...pipes, C.splice(4, 8, length, '0')]
  found['splice in nonblock'] = [...pipes, C.splice(4, 8, 100, 'SPLICE_F_NONBLOCK')]
  for (const flags of ['0', 'SPLICE_F_MORE', 'SPLICE_F_NONBLOCK']) {
    found[`splice out ${flags}`] = [...pipes, C.write(8, 100), C.splice(7, 4, 100, flags)]
    found[`splice part out ${flags}`] = [...pipes, C.write(8, 100), C.splice(7, 4, 40, flags)]
  }
  found['splice out of nothing'] = [...pipes, C.splice(7, 4, 100, 'SPLICE_F_NONBLOCK')]
  found['splice bad flags'] = [...pipes, C.splice(4, 8, 100, '0x10')]
  found['splice with itself'] = [C.splice(4, 4, 100)]
  for (const [length, offset] of [[0], [100], [3000, 100], [300_000, 0], [100, -1], [-1, 0]])
    found[`sendfile ${length} ${offset}`] = [C.open(9, FILE), C.sendfile(4, 9, length, offset)]
  found['sendfile from itself'] = [C.sendfile(4, 4, 100)]
  return found
}

function names() {
  const found = {}
  for (const place of ['peer', 'unspec', 'other', 'unix']) found[`connect ${place}`] = C.connect(4, place)
  found['connect twice'] = [C.connect(4), C.connect(4)]
  for (const length of [0, 1, 2, 8, 200, -1]) found[`connect length ${length}`] = C.connect(4, 'peer', length)
  for (const place of ['own', 'other']) found[`bind ${place}`] = C.bind(4, place)
  for (const length of [0, 8, 200, -1]) found[`bind length ${length}`] = C.bind(4, 'own', length)
  for (const backlog of [0, 5, -1]) found[`listen ${backlog}`] = C.listen(4, backlog)
  found.accept = C.accept(4, 6)
  for (const flags of ['0', 'SOCK_NONBLOCK', '0x1']) found[`accept4 ${flags}`] = C.accept4(4, 6, flags)
  for (const how of ['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR', '3', '-1']) found[`shutdown ${how}`] = C.shutdown(4, how)
  found['shutdown twice'] = [C.shutdown(4, 'SHUT_WR'), C.shutdown(4, 'SHUT_WR')]
  found.close = C.close(4)
  found['close twice'] = [C.close(4), C.close(4)]
  found['dup and close'] = [C.dup(4, 6), C.close(4), C.send(6, 10), C.close(6)]
  for (const timeout of [0, 30])
    for (const events of ['POLLIN', 'POLLOUT', 'POLLPRI', 'POLLRDHUP', '0', ALL])
      found[`poll ${events} ${timeout}`] = C.poll(4, events, timeout)
  found['poll of nobody'] = C.poll([4, NONE, -1], 'POLLIN', 0)
  for (const events of [
    'EPOLLIN',
    'EPOLLOUT|EPOLLET',
    'EPOLLIN|EPOLLRDHUP|EPOLLET',
    'EPOLLIN|EPOLLOUT|EPOLLONESHOT',
    '0',
    'EPOLLIN|EPOLLEXCLUSIVE',
    'EPOLLPRI|EPOLLET',
  ])
    found[`epoll ${events}`] = [
      C.epoll(5),
      C.epollCtl(5, 'EPOLL_CTL_ADD', 4, events),
      C.epollWait(5, 8, 0),
      C.epollWait(5, 8, 30),
      P.says('P.', { length: 3 }),
      C.epollWait(5, 8, 0),
      C.epollWait(5, 8, 0),
      FIN,
      C.epollWait(5, 8, 0),
      RST,
      C.epollWait(5, 8, 0),
      C.epollWait(5, 8, 0),
    ]
  return found
}

function looks() {
  const found = {}
  for (const request of ['SIOCINQ', 'SIOCOUTQ', 'SIOCATMARK', 'SIOCOUTQNSD', 'FIONREAD', '0x1234'])
    found[`ioctl ${request}`] = C.ioctl(4, request)
  for (const [level, option] of [
    ['SOL_SOCKET', 'SO_ERROR'],
    ['SOL_SOCKET', 'SO_ACCEPTCONN'],
    ['SOL_SOCKET', 'SO_RCVLOWAT'],
    ['SOL_TCP', 'TCP_MAXSEG'],
    ['SOL_TCP', 'TCP_INQ'],
    ['SOL_TCP', 'TCP_LINGER2'],
    ['99', '4'],
    ['SOL_SOCKET', '9999'],
  ])
    found[`getsockopt ${level} ${option}`] = C.getInt(4, level, option)
  found.getsockname = C.getsockname(4)
  found.getpeername = C.getpeername(4)
  found['fcntl F_GETFL'] = C.fcntl(4, 'F_GETFL', '0')
  found.info = C.info(4)
  const nobody = {
    read: C.read(WRONG, 5),
    send: C.send(NONE, 5),
    recv: C.recv(NONE, 0, 'MSG_OOB'),
    close: C.close(NONE),
    shutdown: C.shutdown(WRONG, '9'),
    listen: C.listen(NONE, 1),
    epoll: C.epollWait(4, 8, 0),
    connect: C.connect(NONE),
  }
  for (const [name, call] of Object.entries(nobody)) found[`${name} of nobody`] = call
  return found
}

export const CALLS = { ...reads(), ...writes(), ...moves(), ...names(), ...looks() }

/** What tells afterwards whether the call has left more behind than its answer. */
export const TAIL = [
  C.poll(4, ALL, 0),
  C.ioctl(4, 'SIOCINQ'),
  C.ioctl(4, 'SIOCOUTQ'),
  error,
  P.says('P.', { length: 5 }),
  C.recv(4, 100, 'MSG_DONTWAIT'),
  C.send(4, 3, 'MSG_DONTWAIT'),
  C.info(4),
  C.getsockname(4),
  C.getpeername(4),
  C.close(4),
  RST,
]
const asleep = (step) => ({ ...step, asleep: true })
/** What wakes a call that would sleep for ever. */
export const WAKES = [
  asleep(P.says('P.', { length: 200 })),
  asleep(P.says('.', { window: 60_000 })),
  asleep(FIN),
  asleep(RST),
]

/** One cell of the matrix. */
export function cell(state, history, call, nonblocking) {
  const [open, way] = STATES[state]
  return [...open(nonblocking), ...HISTORIES[history], ...way, ...[CALLS[call]].flat(), ...WAKES, ...TAIL]
}
