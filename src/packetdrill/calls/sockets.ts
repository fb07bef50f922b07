import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  Ioctl,
  Level,
  newSocketName,
  type OptionBox,
  Poll,
  SHUT_RDWR,
  SOCK_NONBLOCK,
  So,
  type SocketAddress,
} from '../../stack/index.ts'
import { Address } from '../../wire/index.ts'
import type { Expression } from '../language/ast.ts'
import { Mismatch, Unsupported } from '../run/outcome.ts'
import { mayNotBind } from './capabilities.ts'
import { dropDescriptor, sameFile } from './descriptors.ts'
import { checkName } from './names.ts'
import {
  errnoOf,
  failure,
  type Handler,
  hasFailed,
  liveFd,
  notSocket,
  once,
  type Scene,
  type Started,
  tcbOf,
  wouldBlock,
} from './scene.ts'
import { addressParts, addressText, isNowhere, isNull, isOpen, numberOf } from './values.ts'

const SECOND_US = 1_000_000
const FIONBIO = 0x5421
const FIONREAD = 0x541b
/** FIOASYNC, FIOSETOWN, SIOCSPGRP, FIOGETOWN, SIOCGPGRP: about signals, and there are none. */
const OWNER_REQUESTS: readonly number[] = [0x5452, 0x8901, 0x8902, 0x8903, 0x8904]
/** SIOCGSTAMP and SIOCGSTAMPNS, with the kernel's times and with those of 64 bits: when what was read last had come. */
const STAMP_REQUESTS: readonly number[] = [0x8906, 0x8907, 0x80108906, 0x80108907]
const SOCKET_REQUESTS: readonly number[] = Object.values(Ioctl)
const CLOEXEC = 0x80000
const TYPE_MASK = ~(SOCK_NONBLOCK | CLOEXEC)
const TYPE_BITS = 0xf
const SOCK_RAW = 3
const IPPROTO_MPTCP = 262
/** AF_UNIX, AF_NETLINK, AF_PACKET, AF_VSOCK. */
const OTHER_FAMILIES: readonly number[] = [1, 16, 17, 40]
/** Octets of `sockaddr_storage`, of `sockaddr_in`, of the least `sockaddr_in6`. */
const ADDRESS_MOST = 128
/** Octets that a BSD reads of an address at most. */
const ADDRESS_MOST_READ = 255
const FAMILY_LENGTH = 2
const ADDRESS_LEAST4 = 16
const ADDRESS_LEAST6 = 24
const ADDRESS_EXACT6 = 28

/** `socket(..., SOCK_STREAM, IPPROTO_TCP)` */
export const socket: Handler = ([family, type, protocol], scene) => {
  const six = scene.config.ipVersion !== 'ipv4'
  const domain = isOpen(family) ? (six ? AF_INET6 : AF_INET) : numberOf(family, 'the family')
  const kind = numberOf(type, 'the type')
  const number = isOpen(protocol) ? 0 : numberOf(protocol, 'the protocol')
  if ((kind & TYPE_MASK & ~TYPE_BITS) !== 0) return once(failure(scene, 'EINVAL'))
  // There are such sockets, but not here.
  if (OTHER_FAMILIES.includes(domain)) throw new Unsupported(`socket() of family ${domain}`)
  if ((kind & TYPE_BITS) === SOCK_RAW || number === IPPROTO_MPTCP) throw new Unsupported('socket() but of TCP or UDP')
  const fd = scene.process.socket(domain, kind & TYPE_MASK, number)
  return {
    attempt: () => fd,
    open: () => ({
      kind: 'socket',
      fd,
      nonblocking: (kind & SOCK_NONBLOCK) !== 0,
      closesOnExec: (kind & CLOEXEC) !== 0,
    }),
  }
}

/** An address argument: `...` is `fallback`; AF_UNSPEC is null. */
export function socketAddress(argument: Expression | undefined, fallback: SocketAddress): SocketAddress | null {
  if (isOpen(argument)) return fallback
  const { family, port, address } = addressParts(argument, 'the address')
  if (!isOpen(family) && numberOf(family, 'sa_family') === AF_UNSPEC) return null
  return {
    address: isOpen(address) ? fallback.address : addressText(address as Expression, 'the address'),
    port: isOpen(port) ? fallback.port : numberOf(port, 'the port'),
  }
}

/** bind() of an IPv4 socket takes 0.0.0.0 of AF_UNSPEC, too, as old programs have it. */
function wildcardOf(scene: Scene, live: number, argument: Expression | undefined): SocketAddress | null {
  const { port, address } = addressParts(argument, 'the address')
  if (scene.process.file(live)?.family !== AF_INET || isOpen(port) || isOpen(address)) return null
  const text = addressText(address as Expression, 'the address')
  return text === '0.0.0.0' ? { address: text, port: numberOf(port, 'the port') } : null
}

/** `connect(3, AF_UNSPEC, ...)`: a family alone is an address of which nothing else is known. */
export function withFamily(address: Expression | undefined, length: Expression | undefined): Expression | undefined {
  const named = address?.kind === 'word' && address.name !== 'NULL'
  if (!named && !(address?.kind === 'integer' && isOpen(length))) return address
  return { kind: 'struct', fields: [{ name: 'sa_family', count: null, value: address }] }
}

/** A packet's address as the run's sockets write it. */
function socketText(scene: Scene, address: Address): Address {
  return scene.config.ipVersion === 'ipv4-mapped-ipv6' ? address.asV6() : address
}

/** Where connect() and sendto() go when the script leaves it open. */
export function remoteAddress(scene: Scene): SocketAddress {
  return { address: socketText(scene, scene.config.remoteIp), port: scene.config.connectPort }
}

/** What is wrong with an address as the caller hands it over, before anybody looks into it: −errno, or 0. */
export function addressFailure(scene: Scene, address: Expression | undefined, length: Expression | undefined): number {
  const octets = isOpen(length) ? ADDRESS_MOST : numberOf(length, 'the length of the address')
  const isRead = scene.host.personality.sockets.addressIsExact
  if (isRead && (octets < 0 || octets > ADDRESS_MOST_READ)) return failure(scene, 'ENAMETOOLONG')
  if (octets < (isRead ? FAMILY_LENGTH : 0) || (octets > ADDRESS_MOST && !isRead)) return failure(scene, 'EINVAL')
  return isNowhere(address) && octets > 0 && !isOpen(length) ? failure(scene, 'EFAULT') : 0
}

/**
 * What is wrong with an address for a socket of its family: −errno, or 0. Too few octets of it are EINVAL, another family is EAFNOSUPPORT;
 * AF_UNSPEC, which dissolves a connection, needs but the family.
 */
export function mismatch(
  scene: Scene,
  live: number,
  address: Expression | undefined,
  length: Expression | undefined,
): number {
  const six = scene.process.file(live)?.family === AF_INET6
  const family = isOpen(address) || isNowhere(address) ? undefined : addressParts(address, 'the address').family
  const asked = isOpen(family) ? null : numberOf(family, 'sa_family')
  const least = asked === AF_UNSPEC ? 2 : six ? ADDRESS_LEAST6 : ADDRESS_LEAST4
  const octets = isOpen(length) ? null : numberOf(length, 'the length of the address')
  const other = asked !== null && asked !== AF_UNSPEC && asked !== (six ? AF_INET6 : AF_INET)
  if (scene.host.personality.sockets.addressIsExact) {
    if (other) return failure(scene, 'EAFNOSUPPORT')
    const exact = octets === null || asked === AF_UNSPEC || octets === (six ? ADDRESS_EXACT6 : ADDRESS_LEAST4)
    return exact ? 0 : failure(scene, 'EINVAL')
  }
  if (octets !== null && octets < least) return failure(scene, 'EINVAL')
  return other ? failure(scene, 'EAFNOSUPPORT') : 0
}

/** What a BSD's bind() and connect() say of an address before they look at the descriptor: −errno, or 0. */
export function unreadName([, given, length]: Parameters<Handler>[0], scene: Scene): number {
  return scene.host.personality.sockets.addressIsExact ? addressFailure(scene, withFamily(given, length), length) : 0
}

/** What FreeBSD's shutdown() says of what is to be shut before it looks at the descriptor: −errno, or 0. */
export function noWay([, how]: Parameters<Handler>[0], scene: Scene): number {
  const way = numberOf(how, 'how')
  const asks = scene.host.personality.sockets.waysAreAskedFirst
  return asks && (way < 0 || way > SHUT_RDWR) ? failure(scene, 'EINVAL') : 0
}

/** `bind(3, ..., ...)` */
export const bind: Handler = ([fd, address, length], scene) => {
  const bad = addressFailure(scene, address, length)
  if (bad !== 0) return once(bad)
  const live = liveFd(scene, numberOf(fd, 'the descriptor'))
  const { localIp, bindPort, ipVersion } = scene.config
  const own = ipVersion === 'ipv4-mapped-ipv6' ? (Address.parse('::') as Address) : localIp
  const wrong = mismatch(scene, live, address, length)
  if (wrong !== 0) return once(wrong)
  const to = socketAddress(address, { address: own, port: bindPort }) ?? wildcardOf(scene, live, address)
  if (to !== null && mayNotBind(scene, to.port)) return once(failure(scene, 'EACCES'))
  const result = to === null ? failure(scene, 'EAFNOSUPPORT') : scene.process.bind(live, to)
  if (result === 0 && scene.process.file(live)?.protocol === 'udp') scene.flows.listen(localPort(scene, live))
  return once(result)
}

function localPort(scene: Scene, live: number): number {
  const name = newSocketName()
  scene.process.file(live)?.localName(name)
  return name.port
}

/** `listen(3, 1)` */
export const listen: Handler = ([fd, backlog], scene) => {
  const live = liveFd(scene, numberOf(fd, 'the descriptor'))
  const listened = listens(scene, live)
  const result = scene.process.listen(live, numberOf(backlog, 'the backlog'))
  // Of a socket that listens already only the backlog changes.
  if (result === 0 && !listened) scene.flows.listen(localPort(scene, live))
  return once(result)
}

/** `accept4(3, ..., ..., SOCK_NONBLOCK)` */
export const accept4: Handler = (args, scene) => {
  const [fd, , , flags] = args
  const number = numberOf(fd, 'the descriptor')
  const unknown = !isOpen(flags) && (numberOf(flags, 'the flags') & TYPE_MASK) !== 0
  if (unknown && scene.files.has(number)) return once(failure(scene, 'EINVAL'))
  const refused = notSocket(scene, number)
  return refused === 0 ? accept(args, scene) : once(refused)
}

/** `accept(3, ..., ...)` */
export const accept: Handler = ([fd, address, length, flags], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const file = scene.files.get(number)
  const live = liveFd(scene, number)
  const { acceptHandsDownNonblocking, timeoutsBoundCalls } = scene.host.personality.sockets
  // accept4() says how its descriptor shall be; accept() leaves it to the system.
  const inherited = flags === undefined && acceptHandsDownNonblocking && file?.nonblocking === true
  const nonblocking = inherited || (!isOpen(flags) && (numberOf(flags, 'the flags') & SOCK_NONBLOCK) !== 0)
  const closesOnExec = !isOpen(flags) && (numberOf(flags, 'the flags') & CLOEXEC) !== 0
  const ready = listens(scene, live) ? readiness(scene, live, Poll.IN) : (): boolean => true
  const deadline = timeoutsBoundCalls ? receiveDeadline(scene, live) : Number.POSITIVE_INFINITY
  const later = (): number | null =>
    file?.nonblocking === true || scene.now >= deadline ? failure(scene, 'EAGAIN') : null
  return {
    deadline,
    attempt() {
      if (!ready()) return later()
      const result = scene.process.accept(live)
      return wouldBlock(scene, result) ? later() : result
    },
    open: (result) => ({ kind: 'socket', fd: result, nonblocking, closesOnExec }),
    check(result) {
      const name = newSocketName()
      if (result >= 0 && (scene.process.file(result)?.peerName(name) ?? -1) === 0) checkName(address, length, name)
    },
  }
}

/** Whether a socket is a listener: it has nothing to read, now or later. */
export function listens(scene: Scene, live: number): boolean {
  return (tcbOf(scene, live)?.listen ?? null) !== null
}

/**
 * Whether poll() has something to report of a socket. What is no socket, or one that cannot wait, is always ready; reports of the error
 * queue alone are nothing that a waiting call wakes for.
 */
export function readiness(scene: Scene, live: number, events: number): () => boolean {
  return () => {
    const file = scene.process.file(live)
    if (file === undefined) return true
    const entry = { fd: live, events, revents: 0 }
    if ((events & Poll.IN) !== 0 && !couldBecomeReadable(scene, live)) return true
    scene.process.poll([entry])
    return (entry.revents & (hasFailed(scene, live) ? -1 : ~Poll.ERR)) !== 0
  }
}

/** A socket that neither listens nor has a connection fails at once, and poll() does not tell so. */
function couldBecomeReadable(scene: Scene, live: number): boolean {
  const file = scene.process.file(live)
  return file !== undefined && file.conn !== 0
}

/** When a call that reads gives up (SO_RCVTIMEO); Infinity: never. */
export function receiveDeadline(scene: Scene, live: number): number {
  return scene.now + (scene.process.file(live)?.options.kept.get('SO_RCVTIMEO') || Number.POSITIVE_INFINITY)
}

/** When a call that writes or connects gives up (SO_SNDTIMEO); Infinity: never. */
export function sendDeadline(scene: Scene, live: number): number {
  return scene.now + (scene.process.file(live)?.options.kept.get('SO_SNDTIMEO') || Number.POSITIVE_INFINITY)
}

/**
 * When a call that reads or writes gives up: where each of its sleeps has its time, whatever wakes it lets that begin anew.
 * @param begin when a sleep ends that begins now
 * @param wakes changes with everything that wakes it
 */
export function deadlineOfSleeps(scene: Scene, begin: () => number, wakes: () => number): () => number {
  if (scene.host.personality.sockets.timeoutsBoundCalls) {
    const deadline = begin()
    return () => deadline
  }
  let [deadline, seen] = [begin(), wakes()]
  return () => {
    const now = wakes()
    if (now !== seen) [deadline, seen] = [begin(), now]
    return deadline
  }
}

/** `connect(3, ..., ...)` */
export const connect: Handler = ([fd, given, length], scene) => {
  const address = withFamily(given, length)
  const number = numberOf(fd, 'the descriptor')
  const live = liveFd(scene, number)
  const bad = addressFailure(scene, address, length)
  if (bad !== 0) return once(bad)
  if (!isOpen(length) && numberOf(length, 'the length of the address') < FAMILY_LENGTH)
    return once(failure(scene, 'EINVAL'))
  const wrong = mismatch(scene, live, address, length)
  // A socket that is connected, or connecting, says that first.
  if (wrong !== 0 && tcbOf(scene, live) === null) return once(wrong)
  if (wrong !== 0) {
    const anyone = remoteAddress(scene)
    return connecting(scene, number, live, anyone, scene.process.connect(live, anyone))
  }
  const to = socketAddress(address, remoteAddress(scene))
  const begun = scene.process.connect(live, to)
  if (to !== null) follow(scene, live, to, begun)
  return connecting(scene, number, live, to, begun)
}

/** SO_ERROR as a result: how what the call has waited for came out. */
export function outcome(scene: Scene, live: number): number {
  const box: OptionBox = { value: 0 }
  scene.process.getsockopt(live, Level.SOL_SOCKET, So.ERROR, box)
  return -Number(box.value)
}

/** What an active open waits for, if it does. */
function connecting(scene: Scene, number: number, live: number, to: SocketAddress | null, begun: number): Started {
  const { socketAnswersFirst, timeoutsBoundCalls } = scene.host.personality.sockets
  const opens =
    errnoOf(scene, begun) === 'EINPROGRESS' || (socketAnswersFirst === null && errnoOf(scene, begun) === 'EALREADY')
  const waits = opens && scene.files.get(number)?.nonblocking === false
  const ready = readiness(scene, live, Poll.OUT)
  const deadline = timeoutsBoundCalls ? sendDeadline(scene, live) : Number.POSITIVE_INFINITY
  return {
    deadline,
    attempt() {
      if (!waits) return begun
      if (!ready()) return scene.now >= deadline ? begun : null
      if (socketAnswersFirst !== null) return outcome(scene, live)
      const again = scene.process.connect(live, to)
      return errnoOf(scene, again) === 'EALREADY' ? null : again
    },
  }
}

/** An active open is the connection that the script's packets are about from here on. */
export function follow(scene: Scene, live: number, to: SocketAddress, begun: number): void {
  if (begun < 0 && errnoOf(scene, begun) !== 'EINPROGRESS') return
  const name = newSocketName()
  // Asked of the socket, not by a call: the script made none, and the ladder shall show none.
  scene.process.file(live)?.localName(name)
  const local = Address.parse(name.address)
  const remote = typeof to.address === 'string' ? Address.parse(to.address) : to.address
  if (local === undefined || remote === undefined) return
  // A datagram from a socket that is bound to no address has the host's.
  const own = local.isUnspecified ? scene.config.localIp : local.unmapped()
  scene.flows.connect(own, name.port, remote.unmapped(), to.port, begun < 0)
}

/** `shutdown(4, SHUT_WR)` */
export const shutdown: Handler = ([fd, how], scene) =>
  once(scene.process.shutdown(liveFd(scene, numberOf(fd, 'the descriptor')), numberOf(how, 'how')))

/** `close(4)`; with SO_LINGER it waits until everything is acknowledged, or the time is over, which the BSDs tell. */
export const close: Handler = ([fd], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const file = scene.files.get(number)
  if (file === undefined) return once(failure(scene, 'EBADF'))
  dropDescriptor(scene, number, file)
  if (file.kind !== 'socket') return once(0)
  const { options, conn } = scene.process.file(file.fd) ?? {}
  const result = scene.process.close(file.fd)
  const lingers = options?.lingerOn === true && options.lingerSeconds > 0 && conn !== undefined && conn !== 0
  const { lingersAsCallsWait } = scene.host.personality.sockets
  const spared = file.nonblocking && lingersAsCallsWait
  if (result !== 0 || !lingers || spared) return once(result)
  const deadline = scene.now + options.lingerSeconds * SECOND_US
  return {
    deadline,
    attempt() {
      if (!isClosing(scene, conn)) return 0
      if (scene.now < deadline) return null
      return lingersAsCallsWait ? failure(scene, 'EAGAIN') : 0
    },
  }
}

/** Whether a connection still has something to be acknowledged: close() with SO_LINGER waits for FIN-WAIT-2 and beyond. */
function isClosing(scene: Scene, conn: number): boolean {
  return scene.host
    .describeSockets()
    .some(
      ({ cookie, netid, state }) => cookie === conn && netid === 'tcp' && /^(FIN-WAIT-1|CLOSING|LAST-ACK)$/.test(state),
    )
}

/** `ioctl(4, SIOCINQ, [1000])`: the number is told through the argument. */
export const ioctl: Handler = ([fd, request, argument], scene) => {
  const number = numberOf(fd, 'the descriptor')
  const file = scene.files.get(number)
  if (file === undefined) return once(failure(scene, 'EBADF'))
  const code = numberOf(request, 'the request')
  if (code === FIONBIO) {
    if (isNowhere(argument)) return once(failure(scene, 'EFAULT'))
    for (const [, one] of sameFile(scene, file)) one.nonblocking = numberOf(argument, 'the value') !== 0
    return once(0)
  }
  if (file.kind === 'pipe') return code === FIONREAD ? told(file.pipe.length, argument) : once(failure(scene, 'ENOTTY'))
  if (file.kind !== 'socket') return once(failure(scene, 'ENOTTY'))
  if (OWNER_REQUESTS.includes(code)) return once(isNull(argument) ? failure(scene, 'EFAULT') : 0)
  if (STAMP_REQUESTS.includes(code >>> 0)) {
    if (scene.process.file(file.fd)?.timeIsKept !== true) return once(failure(scene, 'ENOENT'))
    return once(isNull(argument) ? failure(scene, 'EFAULT') : 0)
  }
  if (!SOCKET_REQUESTS.includes(code)) return once(failure(scene, 'ENOTTY'))
  const result = scene.process.ioctl(file.fd, code)
  return result >= 0 && isNull(argument) ? once(failure(scene, 'EFAULT')) : told(result, argument)
}

function told(result: number, argument: Expression | undefined): Started {
  if (result < 0) return once(result)
  return once(0, () => {
    if (isOpen(argument) || argument?.kind !== 'list') return
    const expected = numberOf(argument, 'the expected number')
    if (expected !== result) throw new Mismatch(`the call tells ${result}, expected ${expected}`)
  })
}
