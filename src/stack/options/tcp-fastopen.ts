import { Errno } from '../../base/index.ts'
import { FastOpenBit, type FastOpenKey, octetsOfKey, State } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { octetText } from './octet-text.ts'
import { type OctetsOption, type SocketOption, stream } from './option.ts'

/** Octets of a key. */
const KEY_LENGTH = 16
/** Octets of the switch, with a key behind it. */
const WITH_KEY = 4 + KEY_LENGTH

/**
 * TCP_FASTOPEN (RFC 7413): a listener takes data from SYNs that bring a cookie; the value bounds the connections whose handshake is
 * not complete.
 *
 *     n of a listener, or before listen() | n, at most somaxconn
 *     n of a connection, or below 0       | EINVAL
 *     FreeBSD: a switch, for connect() too | EPERM where net.inet.tcp.fastopen.* allow neither
 *     and 16 octets behind it              | a key that the server was told beforehand
 */
export const tcpFastOpen: SocketOption = {
  name: 'TCP_FASTOPEN',
  level: Level.IPPROTO_TCP,
  number: TcpOption.FASTOPEN,
  length: 4,
  set(socket, value) {
    const { state } = stream(socket)
    const { config, personality } = socket.host
    const both = FastOpenBit.CLIENT | FastOpenBit.SERVER
    if (personality.sockets.fastOpenIsSwitch) {
      // A switch, for connect() and listen() alike.
      if ((config.fastOpen & both) === 0) return -Errno.EPERM
      // A connection that is over but for TIME-WAIT is one still.
      const waits = stream(socket).tcb?.state === State.TIME_WAIT
      if (waits || (state !== State.CLOSED && state !== State.LISTEN)) return -Errno.EINVAL
      if (value !== 0 && state === State.LISTEN && (config.fastOpen & FastOpenBit.SERVER) === 0) return -Errno.EPERM
      socket.options.fastOpenQueue = value === 0 ? 0 : config.acceptQueueMax
      return 0
    }
    if (value < 0 || (state !== State.CLOSED && state !== State.LISTEN)) return -Errno.EINVAL
    socket.options.fastOpenQueue = Math.min(value, config.acceptQueueMax)
    return 0
  },
  setRest(socket, octets) {
    if (octets.length < WITH_KEY || octets.every((octet, i) => i >= 4 || octet === 0)) return
    if (!socket.host.personality.sockets.fastOpenIsSwitch || stream(socket).state !== State.CLOSED) return
    socket.options.fastOpenPsk = wordsOf(octets.subarray(4, WITH_KEY))
  },
  get: (socket) => {
    const { options, host } = socket
    if (!host.personality.sockets.fastOpenIsSwitch) return options.fastOpenQueue
    // So does a connection say that was accepted early.
    return Number(options.fastOpenQueue > 0 || stream(socket).tcb?.fastOpen?.early === true)
  },
}

/**
 * TCP_FASTOPEN_CONNECT: connect() returns at once, and the first send() opens the connection with its data in the SYN.
 *
 *     0, 1, unconnected            | taken
 *     connected, or another number | EINVAL
 *     tcp_fastopen without bit 1   | EOPNOTSUPP
 */
export const tcpFastOpenConnect: SocketOption = {
  name: 'TCP_FASTOPEN_CONNECT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.FASTOPEN_CONNECT,
  length: 4,
  set(socket, value) {
    if (value < 0 || value > 1) return -Errno.EINVAL
    if ((socket.host.config.fastOpen & FastOpenBit.CLIENT) === 0) return -Errno.EOPNOTSUPP
    if (stream(socket).state !== State.CLOSED) return -Errno.EINVAL
    socket.options.fastOpenConnect = value === 1
    return 0
  },
  get: ({ options }) => Number(options.fastOpenConnect),
}

/**
 * TCP_FASTOPEN_NO_COOKIE: this socket's SYNs carry data without a cookie, or this listener takes such.
 *
 *     0, 1, unconnected or listening | taken
 *     connected, or another number   | EINVAL
 */
export const tcpFastOpenNoCookie: SocketOption = {
  name: 'TCP_FASTOPEN_NO_COOKIE',
  level: Level.IPPROTO_TCP,
  number: TcpOption.FASTOPEN_NO_COOKIE,
  length: 4,
  set(socket, value) {
    const { state } = stream(socket)
    if (value < 0 || value > 1 || (state !== State.CLOSED && state !== State.LISTEN)) return -Errno.EINVAL
    socket.options.fastOpenNoCookie = value === 1
    return 0
  },
  get: ({ options }) => Number(options.fastOpenNoCookie),
}

function wordsOf(octets: Uint8Array): FastOpenKey {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  return Int32Array.from({ length: octets.length / 4 }, (_, i) => view.getInt32(i * 4, true))
}

/**
 * TCP_FASTOPEN_KEY: the key of the cookies that this listener gives out, and behind it one whose cookies are still good.
 *
 *     16 or 32 octets | taken
 *     else            | EINVAL
 *
 * It tells the keys that were given, or nothing.
 */
export const tcpFastOpenKey: OctetsOption = {
  name: 'TCP_FASTOPEN_KEY',
  level: Level.IPPROTO_TCP,
  number: TcpOption.FASTOPEN_KEY,
  length: 2 * KEY_LENGTH,
  get: ({ options }) => (options.fastOpenKeys ?? []).map((key) => octetText(octetsOfKey(key))).join(''),
  setOctets(socket, octets) {
    if (octets.length !== KEY_LENGTH && octets.length !== 2 * KEY_LENGTH) return -Errno.EINVAL
    const words = wordsOf(octets)
    socket.options.fastOpenKeys = words.length === 4 ? [words] : [words.slice(0, 4), words.slice(4)]
    return 0
  },
}
