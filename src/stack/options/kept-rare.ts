import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { IpOption, Ipv6Option, Level, So, TcpOption } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { ipv6UseMinMtu } from './ipv6-use-min-mtu.ts'
import { any, flag, invalid, kept, type Rule, told, unsupported, upTo, writeOnly } from './kept-rules.ts'
import { isStream, type SocketOption } from './option.ts'

const { SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP, IPPROTO_IPV6 } = Level
/** The last of SO_TS_CLOCK's clocks, of TCP_LOG's states, and of IP_PORTRANGE's ranges. */
const CLOCK_LAST = 3
const LOG_LAST = 5
const RANGE_LAST = 2
/** TCP_REUSPORT_LB_NUMA: listeners of any memory domain. */
const DOMAIN_NONE = -2

/** There is one routing table, the first. */
const onlyTable: Rule = (value) => (value === 0 ? 0 : -Errno.EINVAL)
/** Nothing is tunnelled in UDP here, and no port but none can be named; nor that on a connection. */
const noTunnel: Rule = (value, socket) => {
  const closed = !isStream(socket) || socket.state === State.CLOSED
  return value === 0 && closed ? 0 : -Errno.EINVAL
}
/** No accept filter is loaded; a listener alone may ask for one. */
const noFilter: Rule = (_value, socket) => (isListening(socket) ? -Errno.ENOENT : -Errno.EINVAL)

function isListening(socket: Socket): boolean {
  return isStream(socket) && socket.state === State.LISTEN
}

function queues(socket: Socket): { readonly backlog: number; readonly accept: readonly unknown[] } | null {
  return isStream(socket) ? (socket.tcb?.listen ?? null) : null
}

/** The one memory domain there is, the one that the caller runs in, or none; of who shares a port alone. */
const onlyDomain: Rule = (value, socket) => {
  if (value < DOMAIN_NONE || value > 0) return -Errno.EINVAL
  return isStream(socket) && socket.isBound && socket.options.reusePort ? value : -Errno.ENOENT
}

const OPTIONS: readonly SocketOption[] = [
  kept('SO_USELOOPBACK', SOL_SOCKET, So.USELOOPBACK, flag),
  // send() on a closed connection says EPIPE here, and never sends a signal.
  kept('SO_NOSIGPIPE', SOL_SOCKET, So.NOSIGPIPE, flag),
  kept('SO_BINTIME', SOL_SOCKET, So.BINTIME, flag),
  kept('SO_NO_OFFLOAD', SOL_SOCKET, So.NO_OFFLOAD, flag),
  kept('SO_NO_DDP', SOL_SOCKET, So.NO_DDP, flag),
  kept('SO_RERROR', SOL_SOCKET, So.RERROR, flag),
  { ...kept('SO_ACCEPTFILTER', SOL_SOCKET, So.ACCEPTFILTER, noFilter), ask: () => -Errno.EINVAL },
  told('SO_LISTENQLIMIT', SOL_SOCKET, So.LISTENQLIMIT, (socket) => queues(socket)?.backlog ?? 0),
  told('SO_LISTENQLEN', SOL_SOCKET, So.LISTENQLEN, (socket) => queues(socket)?.accept.length ?? 0),
  // Only accept filters hold connections back that are open.
  told('SO_LISTENINCQLEN', SOL_SOCKET, So.LISTENINCQLEN, 0),
  kept('SO_SETFIB', SOL_SOCKET, So.SETFIB, onlyTable),
  writeOnly(kept('SO_USER_COOKIE', SOL_SOCKET, So.USER_COOKIE, any)),
  kept('SO_TS_CLOCK', SOL_SOCKET, So.TS_CLOCK, upTo(CLOCK_LAST)),
  kept('TCP_REMOTE_UDP_ENCAPS_PORT', IPPROTO_TCP, TcpOption.REMOTE_UDP_ENCAPS_PORT, noTunnel),
  // What is sent again and lost again is found out here in any case.
  kept('TCP_LRD', IPPROTO_TCP, TcpOption.LRD, flag),
  kept('TCP_LOG', IPPROTO_TCP, TcpOption.LOG, upTo(LOG_LAST)),
  writeOnly(kept('TCP_REUSPORT_LB_NUMA', IPPROTO_TCP, TcpOption.REUSPORT_LB_NUMA, onlyDomain, { signed: true })),
  { ...kept('TCP_STATS', IPPROTO_TCP, TcpOption.STATS, unsupported), ask: () => -Errno.EOPNOTSUPP },
  writeOnly(kept('TCP_LOGBUF', IPPROTO_TCP, TcpOption.LOGBUF, invalid)),
  told('TCP_TXTLS_MODE', IPPROTO_TCP, TcpOption.TXTLS_MODE, 0),
  told('TCP_RXTLS_MODE', IPPROTO_TCP, TcpOption.RXTLS_MODE, 0),
  kept('IP_RECVDSTADDR', IPPROTO_IP, IpOption.RECVDSTADDR, flag),
  kept('IP_RECVIF', IPPROTO_IP, IpOption.RECVIF, flag),
  kept('IP_ONESBCAST', IPPROTO_IP, IpOption.ONESBCAST, flag),
  kept('IP_DONTFRAG', IPPROTO_IP, IpOption.DONTFRAG, flag),
  kept('IP_BINDANY', IPPROTO_IP, IpOption.BINDANY, flag),
  kept('IPV6_PORTRANGE', IPPROTO_IPV6, Ipv6Option.PORTRANGE, upTo(RANGE_LAST)),
  kept('IPV6_BINDANY', IPPROTO_IPV6, Ipv6Option.BINDANY, flag),
  ipv6UseMinMtu,
  kept('IP_PORTRANGE', IPPROTO_IP, IpOption.PORTRANGE, upTo(RANGE_LAST)),
]

/**
 * Options that not every system has (FreeBSD does), about routing tables, clocks, logs, tunnels and datagrams: they can be set and read, and
 * change nothing here.
 */
export const keptRareOptions: readonly SocketOption[] = OPTIONS.map((option) => ({ ...option, rare: true }))
