import { Errno } from '../../base/index.ts'
import { IpOption, Ipv6Option, Level } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { type SocketOption, stream } from './option.ts'

/** The two ECN bits, which are TCP's to set. */
const ECN = 3
const MOST = 255
/** SO_PRIORITY by the TOS of RFC 1349, in steps of 4: best effort, bulk, interactive, and bulk that is waited for. */
const PRIORITIES = [0, 0, 2, 2, 6, 6, 4, 4]

/**
 * IP_TOS: the TOS octet of the IPv4 packets that this socket sends.
 *
 *     any number  | its lower eight bits, of a stream without the two of ECN
 *     any other   | than before: SO_PRIORITY follows from it
 *     get         | what was set; Linux: of a stream with the codepoint that was sent last
 */
export const ipTos: SocketOption = {
  name: 'IP_TOS',
  level: Level.IPPROTO_IP,
  number: IpOption.TOS,
  length: 4,
  set(socket, value) {
    // SHLD-21: at any time
    const tos = own(socket, value & MOST)
    // What leaves sooner for its TOS does so by this (Linux).
    if (tos !== socket.options.tos) socket.options.priority = PRIORITIES[(tos & 0x1e) >> 2] as number
    socket.options.tos = tos
    return 0
  },
  get: (socket) => socket.options.tos | codepoint(socket),
}

/**
 * IPV6_TCLASS: the traffic class of IPv6 packets.
 *
 *     0 to 255    | taken, of a stream without the bits of ECN (FreeBSD: with them)
 *     −1          | 0 again
 *     −2, 256     | EINVAL
 */
export const ipv6Tclass: SocketOption = {
  name: 'IPV6_TCLASS',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.TCLASS,
  length: 4,
  set(socket, value) {
    if (value < -1 || value > MOST) return -Errno.EINVAL
    const octet = Math.max(value, 0)
    const { keepsWholeTos } = socket.host.personality.sockets
    socket.options.trafficClass = keepsWholeTos ? octet : own(socket, octet)
    return 0
  },
  get: (socket) => socket.options.trafficClass | codepoint(socket),
}

function codepoint(socket: Socket): number {
  if (socket.protocol !== 'tcp' || !socket.host.policy.tosHasCodepoint) return 0
  return stream(socket).tcb?.ecn.codepoint ?? 0
}

/** The marks are a stream's own. */
function own(socket: Socket, value: number): number {
  return socket.protocol === 'tcp' ? value & ~ECN : value
}
