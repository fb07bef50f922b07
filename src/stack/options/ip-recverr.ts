import { IpOption, Ipv6Option, Level } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** IP_RECVERR: what ICMP says goes to the error queue, and a connection that is open is told of it at once. Any number but 0 is on. */
export const ipRecvErr: SocketOption = {
  name: 'IP_RECVERR',
  level: Level.IPPROTO_IP,
  number: IpOption.RECVERR,
  length: 4,
  set(socket, value) {
    socket.options.receiveErrors = value !== 0
    if (value === 0) socket.forgetReports()
    return 0
  },
  get: ({ options }) => Number(options.receiveErrors),
}

/** IPV6_RECVERR: the same of an IPv6 socket. */
export const ipv6RecvErr: SocketOption = {
  name: 'IPV6_RECVERR',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.RECVERR,
  length: 4,
  set(socket, value) {
    socket.options.receiveErrors6 = value !== 0
    if (value === 0) socket.forgetReports()
    return 0
  },
  get: ({ options }) => Number(options.receiveErrors6),
}
