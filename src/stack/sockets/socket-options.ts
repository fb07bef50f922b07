import type { TcbOptions } from '../../tcp/index.ts'
import type { SourceRoute } from '../../wire/index.ts'
import { PathMtuDiscovery } from '../constants.ts'
import type { HostConfig } from '../personalities/config.ts'
import type { PortClaim } from '../ports/bind-rules.ts'

/**
 * Everything that setsockopt changes. The machine reads its part of it (`TcbOptions`) from the same object, and copies the
 * whole for a listener's children, so that they inherit what the stack added.
 */
export interface SocketOptions extends TcbOptions, PortClaim {
  /** AF_INET or AF_INET6: how addresses are shown, also of connections that have no socket. */
  family: number
  /** TCP_FASTOPEN_CONNECT. */
  fastOpenConnect: boolean
  /** SO_REUSEADDR. */
  reuseAddress: boolean
  /** SO_REUSEPORT. */
  reusePort: boolean
  /** SO_EXCLUSIVEADDRUSE. */
  exclusive: boolean
  /** How often options were set: tells whether a child still has what its listener has. */
  changes: number
  /** Who made the socket. */
  uid: number
  /** The port was chosen by connect(). */
  autobound: boolean
  /** SO_LINGER: whether it is on, and for how many seconds. */
  lingerOn: boolean
  lingerSeconds: number
  /** IP_TTL; −1: the system's. */
  ttl: number
  /** IPV6_UNICAST_HOPS; −1: the system's. */
  hopLimit: number
  /** IPV6_V6ONLY. */
  v6only: boolean
  /** SO_BROADCAST. */
  broadcast: boolean
  /** IP_TOS and IPV6_TCLASS; the lower two bits are TCP's own on a stream. */
  tos: number
  trafficClass: number
  /** IP_MTU_DISCOVER and IPV6_MTU_DISCOVER: see `PathMtuDiscovery`. */
  pathMtuDiscovery: number
  pathMtuDiscovery6: number
  /** IP_OPTIONS: the way that IPv4 packets go; null: the net's. */
  sourceRoute: SourceRoute | null
  /** IP_FREEBIND, IPV6_FREEBIND: bind() takes any address. */
  freebind: boolean
  /** SO_MARK and SO_PRIORITY: kept for whoever asks; there is no queue and no rule that looks at them. */
  mark: number
  priority: number
  /** SO_BINDTODEVICE: an interface's name; '': none. */
  device: string
  /** Options that are kept and told, by name: see `kept.ts`, and SO_RCVTIMEO and SO_SNDTIMEO in µs. Replaced, never changed. */
  kept: ReadonlyMap<string, number>
  /** IP_MINTTL, IPV6_MINHOPCOUNT: segments with less are dropped. */
  minTtl: number
  minHopLimit: number
  /** SO_ZEROCOPY: MSG_ZEROCOPY is told of. */
  zerocopy: boolean
  /** SO_TIMESTAMPING: a sum of `Timestamping`. */
  timestamping: number
  /** IP_RECVERR and IPV6_RECVERR: ICMP errors go to the error queue. */
  receiveErrors: boolean
  receiveErrors6: boolean
  /** TCP_INQ: recvmsg() tells how much is left. */
  inq: boolean
  /** SO_PEEK_OFF: where MSG_PEEK begins; below 0: at the first octet, always. */
  peekOffset: number
}

type Buffers = readonly [send: number, receive: number]

const NOTHING_KEPT: ReadonlyMap<string, number> = new Map()

/** Whose sockets they are of: what sysctls say, and which bounds stay. */
interface OptionsHost {
  readonly config: HostConfig
  readonly personality: { readonly sockets: { readonly timeoutBoundsStay: boolean } }
}

/**
 * The options of a new stream socket. The bounds of its timeouts are the system's of this moment and stay so (Linux), or follow the system's
 * settings (BSD).
 */
export function streamOptions({ config, personality }: OptionsHost, family: number, uid: number): SocketOptions {
  const options = newOptions(config, family, uid, [config.sendBuffer, config.receiveBuffer])
  if (personality.sockets.timeoutBoundsStay) {
    options.rtoMinUs = config.rtoMinUs
    options.rtoMaxUs = config.rtoMaxUs
  }
  return options
}

/** The options of a new datagram socket. */
export function datagramOptions(config: Readonly<HostConfig>, family: number, uid: number): SocketOptions {
  return newOptions(config, family, uid, [config.datagramSendBuffer, config.datagramReceiveBuffer])
}

/**
 * One literal, every field in it: engines then give all such objects, and their copies, one shape. Put together from
 * parts by spreading, each would be a dictionary of its own, and making one would cost 50 µs.
 */
const newOptions = (config: Readonly<HostConfig>, family: number, uid: number, buffers: Buffers): SocketOptions => ({
  noDelay: false,
  cork: false,
  fastOpenConnect: false,
  fastOpenQueue: 0,
  fastOpenNoCookie: false,
  saveSyn: 0,
  fastOpenKeys: null,
  thinLinearTimeouts: false,
  changesPath: config.changesPath,
  synRetries: 0,
  deferAccept: 0,
  quickAck: true,
  notSentLowat: 0,
  signatureKeys: null,
  congestion: config.congestionControl,
  // MUST-25: a program that wants them says so
  keepalive: false,
  keepInitUs: 0,
  noOptions: false,
  keepIdleUs: 0,
  keepIntervalUs: 0,
  keepCount: 0,
  userTimeoutUs: config.unackedMaxUs,
  maxSegment: 0,
  linger2Us: 0,
  oobInline: false,
  sendBuffer: buffers[0],
  sendBufferFixed: false,
  receiveBuffer: buffers[1],
  receiveBufferFixed: false,
  windowClamp: Number.POSITIVE_INFINITY,
  family,
  changes: 0,
  reuseAddress: false,
  reusePort: false,
  exclusive: false,
  uid,
  autobound: false,
  lingerOn: false,
  lingerSeconds: 0,
  ttl: -1,
  hopLimit: -1,
  v6only: config.v6only,
  broadcast: false,
  tos: 0,
  trafficClass: 0,
  pathMtuDiscovery: config.noPathMtuDiscovery === 0 ? PathMtuDiscovery.WANT : PathMtuDiscovery.DONT,
  pathMtuDiscovery6: PathMtuDiscovery.WANT,
  sourceRoute: null,
  ipOptions: null,
  freebind: false,
  mark: 0,
  priority: 0,
  device: '',
  maxPacingRate: Number.POSITIVE_INFINITY,
  receiveLowat: 1,
  kept: NOTHING_KEPT,
  minTtl: 0,
  minHopLimit: 0,
  rtoMinUs: 0,
  rtoMaxUs: 0,
  delayedAckMaxUs: 0,
  zerocopy: false,
  timestamping: 0,
  receiveErrors: false,
  receiveErrors6: false,
  inq: false,
  peekOffset: -1,
})

const SEND_LOWAT = 'SO_SNDLOWAT'
const SEND_LOWAT_INITIAL = 2048

/** SO_SNDLOWAT where it can be set: octets that must be free before a connection can be written to (BSD). */
export function sendLowat({ kept, sendBuffer }: SocketOptions): number {
  return Math.min(kept.get(SEND_LOWAT) ?? SEND_LOWAT_INITIAL, sendBuffer)
}

/** SO_REUSEPORT_LB is set: who shares a port so means to listen, and does not connect. */
export function isBalanced({ kept }: SocketOptions): boolean {
  return kept.get('SO_REUSEPORT_LB') === 1
}
