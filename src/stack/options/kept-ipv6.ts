import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { AF_INET, Ipv6Option, Level } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { pathMtu } from './ip-mtu.ts'
import { invalid, kept, type Rule, told, zeroOrOne } from './kept-rules.ts'
import { octetText } from './octet-text.ts'
import { isStream, type OctetsOption, type SocketOption } from './option.ts'

const { IPPROTO_IPV6 } = Level
/** A control message's head; `struct ip6_mtuinfo`, and where the MTU lies in it. */
const CONTROL_HEAD = 16
const MTU_INFO = 32
const MTU_AT = 28
/** Which address of ours a connection begins from (RFC 5014): kinds that exclude each other, and what is told of none. */
const Prefer = { TEMPORARY: 1, PUBLIC: 2, CARE_OF: 4, CGA: 8, EITHER: 0x100, HOME: 0x400, NOT_CGA: 0x800 } as const

/** The interface that packets to groups leave by: a connection takes it over from its first packet. */
function isAccepted(socket: Socket): boolean {
  return isStream(socket) && socket.tcb !== null && !socket.tcb.active && socket.tcb.state !== State.LISTEN
}

/** What the peer's packet had left of its hop limit; 1: there was none. */
function groupHops(socket: Socket): number {
  return (isStream(socket) && socket.tcb?.openingHops) || 1
}

/** One of a kind, or none of it. */
function atMostOne(value: number, kind: number): boolean {
  const bits = value & kind
  return (bits & (bits - 1)) === 0
}

const preferences: Rule = (value, socket) => {
  const publicity = Prefer.TEMPORARY | Prefer.PUBLIC | Prefer.EITHER
  const place = Prefer.CARE_OF | Prefer.HOME
  if (!atMostOne(value, publicity) || !atMostOne(value, place) || !atMostOne(value, Prefer.CGA | Prefer.NOT_CGA))
    return invalid(value, socket)
  // What is not said stays as it was.
  const before = socket.options.kept.get('IPV6_ADDR_PREFERENCES') ?? Prefer.EITHER | Prefer.HOME
  return (value & publicity || before & publicity) | (value & place || before & place)
}

/** Headers beside the first are not sent: none can be set, only none asked for. */
function headers(name: string, number: number): OctetsOption {
  const setOctets = (_socket: Socket, octets: Uint8Array) => (octets.length === 0 ? 0 : -Errno.EINVAL)
  return { ...told(name, IPPROTO_IPV6, number, '', 0), setOctets }
}

/**
 * IPV6_ADDRFORM: a connection over IPv4 whose addresses are mapped becomes an IPv4 socket.
 *
 *     2 (AF_INET), of such a connection    | done
 *     of another connection                | EADDRNOTAVAIL
 *     no connection, or not open both ways | ENOTCONN
 *     another number                       | EINVAL
 */
const addressForm: SocketOption = {
  name: 'IPV6_ADDRFORM',
  level: IPPROTO_IPV6,
  number: Ipv6Option.ADDRFORM,
  length: 4,
  set(socket, value) {
    if (value !== AF_INET) return -Errno.EINVAL
    const tcb = isStream(socket) ? socket.tcb : null
    if (tcb?.state !== State.ESTABLISHED) return -Errno.ENOTCONN
    if (!tcb.remote.v4 || socket.options.v6only) return -Errno.EADDRNOTAVAIL
    socket.options.family = AF_INET
    return 0
  },
  ask(socket) {
    return isStream(socket) && socket.tcb?.state === State.ESTABLISHED ? socket.family : -Errno.ENOTCONN
  },
}

/** IPV6_2292PKTOPTIONS: control messages, none of which means anything to a stream. */
const packetOptions: OctetsOption = {
  ...told('IPV6_2292PKTOPTIONS', IPPROTO_IPV6, Ipv6Option.PKTOPTIONS, '', 0),
  setOctets: (_socket, octets) => (octets.length < CONTROL_HEAD ? 0 : -Errno.EINVAL),
}

/** IPV6_PATHMTU: the path's MTU as IPV6_MTU tells it, behind an address that Linux leaves at 0; ENOTCONN without a connection. Read only. */
const ipv6PathMtu: SocketOption = {
  name: 'IPV6_PATHMTU',
  level: IPPROTO_IPV6,
  number: Ipv6Option.PATHMTU,
  length: MTU_INFO,
  leastOctets: 0,
  leastRoom: MTU_INFO,
  ask(socket) {
    const mtu = pathMtu(socket)
    if (mtu < 0) return mtu
    const octets = new Uint8Array(MTU_INFO)
    new DataView(octets.buffer).setUint32(MTU_AT, mtu, true)
    return octetText(octets)
  },
}

/** Of IPPROTO_IPV6 alone, told as Linux does; a stream makes nothing of them but IPV6_ADDRFORM. */
export const keptIpv6Options: readonly (SocketOption | OctetsOption)[] = [
  addressForm,
  packetOptions,
  ipv6PathMtu,
  headers('IPV6_HOPOPTS', Ipv6Option.HOPOPTS),
  headers('IPV6_RTHDRDSTOPTS', Ipv6Option.RTHDRDSTOPTS),
  headers('IPV6_RTHDR', Ipv6Option.RTHDR),
  headers('IPV6_DSTOPTS', Ipv6Option.DSTOPTS),
  unsettable('IPV6_MULTICAST_IF', Ipv6Option.MULTICAST_IF, (socket) => Number(isAccepted(socket))),
  unsettable('IPV6_MULTICAST_HOPS', Ipv6Option.MULTICAST_HOPS, groupHops),
  kept('IPV6_MULTICAST_LOOP', IPPROTO_IPV6, Ipv6Option.MULTICAST_LOOP, zeroOrOne, { initial: 1 }),
  told('IPV6_ROUTER_ALERT', IPPROTO_IPV6, Ipv6Option.ROUTER_ALERT, 0),
  kept('IPV6_ADDR_PREFERENCES', IPPROTO_IPV6, Ipv6Option.ADDR_PREFERENCES, preferences, {
    initial: Prefer.EITHER | Prefer.HOME,
  }),
]

/** ENOPROTOOPT, whatever is given. */
function unsettable(name: string, number: number, value: (socket: Socket) => number): SocketOption {
  return { ...told(name, IPPROTO_IPV6, number, value), leastOctets: 0 }
}
