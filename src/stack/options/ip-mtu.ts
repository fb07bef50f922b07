import { Errno } from '../../base/index.ts'
import { IpOption, Ipv6Option, Level } from '../constants.ts'
import type { Socket } from '../socket.ts'
import { newSocketName } from '../socket-address.ts'
import { isStream, type SocketOption } from './option.ts'

/** The path's MTU towards the peer, or −ENOTCONN. */
function pathMtu(socket: Socket): number {
  if (socket.peerName(newSocketName()) !== 0) return -Errno.ENOTCONN
  const remote = isStream(socket) ? socket.tcb?.remote : undefined
  return remote === undefined ? -Errno.ENOTCONN : socket.host.pathMtu(remote)
}

/** IP_MTU: what the path of a connected stream carries at most, octets; ENOTCONN without a connection. Read only. */
export const ipMtu: SocketOption = {
  name: 'IP_MTU',
  level: Level.IPPROTO_IP,
  number: IpOption.MTU,
  length: 4,
  ask: pathMtu,
}

/** IPV6_MTU: the same of an IPv6 socket. */
export const ipv6Mtu: SocketOption = {
  name: 'IPV6_MTU',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.MTU,
  length: 4,
  ask: pathMtu,
}
