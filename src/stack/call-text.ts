import {
  AF_INET,
  AF_INET6,
  Fcntl,
  Ioctl,
  Level,
  Msg,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from './constants.ts'
import { optionName } from './options/index.ts'
import { isLinger, type OptionValue } from './options/option.ts'
import type { Socket } from './sockets/socket.ts'
import { formatAddress, newSocketName, type SocketAddress } from './sockets/socket-address.ts'

/** Calls in the words of strace, addresses shortened to what a person reads: `connect(3, 10.0.0.2:80)`. */

const NAMES = {
  family: { [AF_INET]: 'AF_INET', [AF_INET6]: 'AF_INET6' },
  type: { [SOCK_STREAM]: 'SOCK_STREAM', [SOCK_DGRAM]: 'SOCK_DGRAM' },
  how: { [SHUT_RD]: 'SHUT_RD', [SHUT_WR]: 'SHUT_WR', [SHUT_RDWR]: 'SHUT_RDWR' },
  level: {
    [Level.SOL_SOCKET]: 'SOL_SOCKET',
    [Level.IPPROTO_IP]: 'IPPROTO_IP',
    [Level.IPPROTO_TCP]: 'IPPROTO_TCP',
    [Level.IPPROTO_UDP]: 'IPPROTO_UDP',
    [Level.IPPROTO_IPV6]: 'IPPROTO_IPV6',
  },
  command: { [Fcntl.GETFL]: 'F_GETFL', [Fcntl.SETFL]: 'F_SETFL' },
  request: {
    [Ioctl.SIOCINQ]: 'SIOCINQ',
    [Ioctl.SIOCOUTQ]: 'SIOCOUTQ',
    [Ioctl.SIOCOUTQNSD]: 'SIOCOUTQNSD',
    [Ioctl.SIOCATMARK]: 'SIOCATMARK',
    [Ioctl.FIONBIO]: 'FIONBIO',
    [Ioctl.FIONWRITE]: 'FIONWRITE',
    [Ioctl.FIONSPACE]: 'FIONSPACE',
  },
} as const

function named(kind: keyof typeof NAMES, value: number): string {
  return (NAMES[kind] as Readonly<Record<number, string>>)[value] ?? String(value)
}

/** `socket(AF_INET, SOCK_STREAM, 0)` */
export function socket(family: number, type: number, protocol: number): string {
  const kind = named('type', type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
  return `socket(${named('family', family)}, ${kind}, ${protocol})`
}

/** `bind(3, 0.0.0.0:80)`, `connect(3, AF_UNSPEC)` */
export function withAddress(call: string, fd: number, to: SocketAddress | null): string {
  return `${call}(${fd}, ${to === null ? 'AF_UNSPEC' : formatAddress(to.address, to.port)})`
}

/** `accept(3)`, and with the peer once there is one. */
export function accept(fd: number, accepted: Socket | undefined): string {
  const peer = newSocketName()
  if (accepted === undefined || accepted.peerName(peer) < 0) return `accept(${fd})`
  return `accept(${fd}, ${formatAddress(peer.address, peer.port)})`
}

/** `send(3, 100 octets)`, `sendto(3, 5 octets, 10.0.0.2:53)` */
export function send(fd: number, length: number, flags: number, to: SocketAddress | null): string {
  const target = to === null ? '' : `, ${formatAddress(to.address, to.port)}`
  return `${to === null ? 'send' : 'sendto'}(${fd}, ${octets(length)}${flagsText(flags)}${target})`
}

/** `recv(3, 4096 octets)` */
export function recv(fd: number, length: number, flags: number): string {
  return `recv(${fd}, ${octets(length)}${flagsText(flags)})`
}

function octets(length: number): string {
  return length === 1 ? '1 octet' : `${length} octets`
}

function flagsText(flags: number): string {
  const set = Object.entries(Msg).filter(([, bit]) => (flags & bit) !== 0)
  return set.length === 0 ? '' : `, ${set.map(([name]) => `MSG_${name}`).join('|')}`
}

/** `shutdown(3, SHUT_WR)` */
export function shutdown(fd: number, how: number): string {
  return `shutdown(${fd}, ${named('how', how)})`
}

/** `setsockopt(3, SOL_SOCKET, SO_LINGER, {on, 0 s})`, `setsockopt(3, IPPROTO_TCP, TCP_CONGESTION, "reno")` */
export function setsockopt(fd: number, level: number, name: number, value: OptionValue | Uint8Array): string {
  return `setsockopt(${fd}, ${named('level', level)}, ${optionName(level, name)}, ${valueText(value)})`
}

function valueText(value: OptionValue | Uint8Array): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `"${value}"`
  if (value instanceof Uint8Array) return `{${octets(value.length)}}`
  return isLinger(value) ? `{${value.on ? 'on' : 'off'}, ${value.seconds} s}` : '{…}'
}

/** `getsockopt(3, SOL_SOCKET, SO_ERROR)` */
export function getsockopt(fd: number, level: number, name: number): string {
  return `getsockopt(${fd}, ${named('level', level)}, ${optionName(level, name)})`
}

/** `fcntl(3, F_SETFL, 2048)` */
export function fcntl(fd: number, command: number, flags: number): string {
  return `fcntl(${fd}, ${named('command', command)}${command === Fcntl.SETFL ? `, ${flags}` : ''})`
}

/** `ioctl(3, SIOCINQ)` */
export function ioctl(fd: number, request: number): string {
  return `ioctl(${fd}, ${named('request', request)})`
}
