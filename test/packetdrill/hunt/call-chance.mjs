/** Stories of calls.mjs as chance has them: a state, some histories, one to five calls with what the peer does between, and a look at what is left. */
import { CALLS, FILE, HISTORIES, STATES, TAIL, WAKES } from './call-stories.mjs'
import { C, P, VERSION } from './call-words.mjs'

/** Numbers from 0 to 1 that a seed stands for (mulberry32). */
function numbersOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
}

const LENGTHS = [0, 1, 3, 5, 10, 99, 100, 500, 1000, 1500, 5000, 40_000]
const READ_FLAGS = ['MSG_PEEK', 'MSG_WAITALL', 'MSG_TRUNC', 'MSG_DONTWAIT', 'MSG_OOB', 'MSG_ERRQUEUE']
const WRITE_FLAGS = ['MSG_MORE', 'MSG_EOR', 'MSG_OOB', 'MSG_DONTWAIT', 'MSG_ZEROCOPY', 'MSG_FASTOPEN']
const POLLED = ['POLLIN', 'POLLOUT', 'POLLPRI', 'POLLRDHUP']
const EPOLLED = ['EPOLLIN', 'EPOLLOUT', 'EPOLLPRI', 'EPOLLRDHUP', 'EPOLLET', 'EPOLLONESHOT']
const OPTIONS = [
  ['SOL_SOCKET', 'SO_RCVLOWAT', [0, 1, 5, 20]],
  ['SOL_SOCKET', 'SO_OOBINLINE', [0, 1]],
  ['SOL_SOCKET', 'SO_PEEK_OFF', [-1, 0, 2]],
  ['SOL_SOCKET', 'SO_SNDBUF', [1, 5000, 50_000]],
  ['SOL_SOCKET', 'SO_RCVBUF', [1, 5000, 50_000]],
  ['SOL_SOCKET', 'SO_ZEROCOPY', [0, 1]],
  ['SOL_TCP', 'TCP_NODELAY', [0, 1]],
  ['SOL_TCP', 'TCP_CORK', [0, 1]],
  ['SOL_TCP', 'TCP_QUICKACK', [0, 1]],
  ['SOL_TCP', 'TCP_INQ', [0, 1]],
  ['SOL_TCP', 'TCP_NOTSENT_LOWAT', [0, 1, 1000]],
  ['SOL_TCP', 'TCP_USER_TIMEOUT', [0, 30, 100]],
  ['SOL_TCP', 'TCP_LINGER2', [-1, 0, 1]],
  VERSION === 'ipv6' ? ['SOL_IPV6', 'IPV6_RECVERR', [0, 1]] : ['SOL_IP', 'IP_RECVERR', [0, 1]],
]

/** What chance chooses by. */
function dice(seed) {
  const random = numbersOf(seed)
  const chance = (share) => random() < share
  return {
    random,
    chance,
    one: (list) => list[Math.floor(random() * list.length)],
    some: (list, share) => list.filter(() => chance(share)).join('|') || '0',
  }
}

/** Calls that move data, each with its weight. */
function transfers({ random, one, some }) {
  const lengths = () => Array.from({ length: 1 + Math.floor(random() * 3) }, () => one(LENGTHS))
  const spliced = () => some(['SPLICE_F_NONBLOCK', 'SPLICE_F_MORE'], 0.3)
  return [
    [2, () => C.read(4, one(LENGTHS))],
    [2, () => C.recv(4, one(LENGTHS), some(READ_FLAGS, 0.2))],
    [2, () => C.readv(4, lengths())],
    [2, () => C.recvmsg(4, lengths(), some(READ_FLAGS, 0.2), { control: one([0, 512]) })],
    [2, () => C.write(4, one(LENGTHS))],
    [2, () => C.send(4, one(LENGTHS), some(WRITE_FLAGS, 0.15))],
    [2, () => C.writev(4, lengths())],
    [2, () => C.sendmsg(4, lengths(), some(WRITE_FLAGS, 0.15))],
    [0.5, () => C.splice(4, 8, one(LENGTHS), spliced())],
    [0.5, () => C.splice(7, 4, one(LENGTHS), spliced())],
    [0.5, () => C.write(8, one(LENGTHS))],
    [0.5, () => C.read(7, one(LENGTHS))],
    [1, () => C.sendfile(4, 9, one(LENGTHS), one([undefined, 0, 4000]))],
  ]
}

/** The other calls. */
function controls({ one, some }) {
  const names = Object.keys(CALLS)
  const changes = ['EPOLL_CTL_MOD', 'EPOLL_CTL_MOD', 'EPOLL_CTL_ADD', 'EPOLL_CTL_DEL']
  const set = ([level, option, values]) => C.setInt(4, level, option, one(values))
  return [
    [2, () => C.poll(4, some(POLLED, 0.5), one([0, 0, 10, 40]))],
    [3, () => C.epollWait(5, 8, one([0, 0, 0, 20]))],
    [1, () => C.epollCtl(5, one(changes), 4, some(EPOLLED, 0.4))],
    [2, () => C.ioctl(4, one(['SIOCINQ', 'SIOCOUTQ', 'SIOCATMARK', 'SIOCOUTQNSD']))],
    [1, () => C.getInt(4, 'SOL_SOCKET', 'SO_ERROR')],
    [2, () => C.shutdown(4, one(['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR']))],
    [1, () => C.connect(4, one(['peer', 'unspec']))],
    [1, () => one([C.listen(4, 3), C.bind(4, 'own'), C.accept4(4, 6)])],
    [2, () => set(one(OPTIONS))],
    [0.3, () => C.linger(4, one([0, 1]), one([0, 1]))],
    [0.3, () => C.patience(4, one(['SO_RCVTIMEO', 'SO_SNDTIMEO']), one([0, 20, 60]))],
    [0.3, () => C.fcntl(4, 'F_SETFL', one(['O_RDWR', 'O_RDWR|O_NONBLOCK']))],
    [2, () => C.info(4)],
    [3, () => [CALLS[one(names)]].flat()],
  ]
}

/** What comes from elsewhere, and time that passes. */
function events({ chance, one }) {
  // ICMPv6 does not speak of protocols so.
  const last = VERSION === 'ipv6' ? 'admin_prohibited' : 'protocol_unreachable'
  const nobody = ['host_unreachable', 'net_unreachable', 'port_unreachable', last]
  const rare = (share, more) => (chance(share) ? more : {})
  const text = () => ({
    length: one([1, 5, 10, 100, 1000]),
    ...rare(0.2, { skip: 10 }),
    ...rare(0.2, { ack: 'same' }),
  })
  const room = () => ({ window: one([0, 500, 1000, 5000, 20_000, 60_000]), ack: one(['all', 'all', 'half', 'same']) })
  return [
    [6, () => P.says(one(['P.', 'P.', '.']), text())],
    [5, () => P.says('.', room())],
    [1, () => P.says('P.U', { length: 10, urgent: one([1, 5, 10, 20]) })],
    [1, () => P.says('F.', { length: one([0, 0, 10]) })],
    [1, () => P.says('R.')],
    [1, () => P.icmp('unreachable', one(nobody))],
    [1, () => P.rest(one([0.01, 0.05, 0.25]))],
  ]
}

/** A pipe, an epoll instance and a file, for calls that take one beside the socket. */
const HELPERS = [
  C.pipe(7, 8, '0'),
  C.fcntl(7, 'F_SETFL', 'O_RDONLY|O_NONBLOCK'),
  C.fcntl(8, 'F_SETFL', 'O_WRONLY|O_NONBLOCK'),
  C.epoll(5),
  C.open(9, FILE),
]

/** The story of a seed. */
export function randomStory(seed) {
  const die = dice(seed)
  const { random, chance, one, some } = die
  const kinds = [...transfers(die), ...controls(die), ...events(die)]
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0)
  const act = () => {
    let left = random() * total
    const found = kinds.find(([weight]) => {
      left -= weight
      return left < 0
    })
    return found?.[1]() ?? []
  }
  const [open, way] = STATES[chance(0.4) ? 'established' : one(Object.keys(STATES))]
  const histories = Object.keys(HISTORIES).filter(() => chance(0.05))
  const watches = chance(0.5) ? [C.epollCtl(5, 'EPOLL_CTL_ADD', 4, some(EPOLLED, 0.5))] : []
  const acts = Array.from({ length: 2 + Math.floor(random() * 8) }, act).flat()
  const before = histories.flatMap((name) => HISTORIES[name])
  return [
    ...open(chance(0.6)),
    ...HELPERS,
    ...watches,
    ...before,
    ...way,
    ...acts,
    ...WAKES,
    C.epollWait(5, 8, 0),
    ...TAIL,
  ]
}
