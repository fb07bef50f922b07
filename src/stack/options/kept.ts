import { Errno } from '../../base/index.ts'
import { IpOption, Ipv6Option, Level, So, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** What a number becomes: what is kept, or −errno. */
type Rule = (value: number) => number

const flag: Rule = (value) => Number(value !== 0)
const any: Rule = (value) => value
const none: Rule = () => 0
const notNegative: Rule = (value) => (value < 0 ? -Errno.EINVAL : value)
const zeroOrOne: Rule = (value) => (value === 0 || value === 1 ? value : -Errno.EINVAL)

/**
 * Options that are taken, kept and told, as Linux does, and that decide nothing here: about hardware, queues below TCP, gateways,
 * traces, and control messages that a stream does not have.
 */
export const keptOptions: readonly SocketOption[] = [
  kept('SO_DEBUG', Level.SOL_SOCKET, So.DEBUG, flag),
  kept('SO_DONTROUTE', Level.SOL_SOCKET, So.DONTROUTE, flag),
  kept('SO_BSDCOMPAT', Level.SOL_SOCKET, So.BSDCOMPAT, none),
  kept('SO_RXQ_OVFL', Level.SOL_SOCKET, So.RXQ_OVFL, flag),
  kept('SO_NOFCS', Level.SOL_SOCKET, So.NOFCS, flag),
  kept('SO_BUSY_POLL', Level.SOL_SOCKET, So.BUSY_POLL, notNegative),
  kept('SO_INCOMING_CPU', Level.SOL_SOCKET, So.INCOMING_CPU, any, -1),
  kept('SO_PREFER_BUSY_POLL', Level.SOL_SOCKET, So.PREFER_BUSY_POLL, flag),
  kept('SO_RCVMARK', Level.SOL_SOCKET, So.RCVMARK, flag),
  kept('IP_TRANSPARENT', Level.IPPROTO_IP, IpOption.TRANSPARENT, flag),
  kept('IP_RECVOPTS', Level.IPPROTO_IP, IpOption.RECVOPTS, flag),
  kept('IP_RECVTTL', Level.IPPROTO_IP, IpOption.RECVTTL, flag),
  kept('IP_RECVTOS', Level.IPPROTO_IP, IpOption.RECVTOS, flag),
  kept('IP_PKTINFO', Level.IPPROTO_IP, IpOption.PKTINFO, flag),
  kept('IP_BIND_ADDRESS_NO_PORT', Level.IPPROTO_IP, IpOption.BIND_ADDRESS_NO_PORT, flag),
  kept('IPV6_RECVPKTINFO', Level.IPPROTO_IPV6, Ipv6Option.RECVPKTINFO, flag),
  kept('IPV6_RECVHOPLIMIT', Level.IPPROTO_IPV6, Ipv6Option.RECVHOPLIMIT, flag),
  kept('IPV6_RECVTCLASS', Level.IPPROTO_IPV6, Ipv6Option.RECVTCLASS, flag),
  kept('IPV6_AUTOFLOWLABEL', Level.IPPROTO_IPV6, Ipv6Option.AUTOFLOWLABEL, flag, 1),
  kept('IPV6_TRANSPARENT', Level.IPPROTO_IPV6, Ipv6Option.TRANSPARENT, flag),
  kept('TCP_THIN_DUPACK', Level.IPPROTO_TCP, TcpOption.THIN_DUPACK, (value) => Math.min(0, zeroOrOne(value))),
  told('SO_SNDLOWAT', Level.SOL_SOCKET, So.SNDLOWAT, 1),
  told('SO_INCOMING_NAPI_ID', Level.SOL_SOCKET, So.INCOMING_NAPI_ID, 0),
  told('TCP_IS_MPTCP', Level.IPPROTO_TCP, TcpOption.IS_MPTCP, 0),
]

function kept(name: string, level: number, number: number, rule: Rule, initial = 0): SocketOption {
  return {
    name,
    level,
    number,
    length: 4,
    set(socket, value) {
      const taken = rule(value)
      // Of these rules only a refusal makes a negative number of one that is none.
      if (taken < 0 && taken !== value) return taken
      socket.options.kept = new Map([...socket.options.kept, [name, taken]])
      return 0
    },
    get: ({ options }) => options.kept.get(name) ?? initial,
  }
}

/** One that is the same for every socket, and cannot be set. */
function told(name: string, level: number, number: number, value: number): SocketOption {
  return { name, level, number, length: 4, get: () => value }
}
