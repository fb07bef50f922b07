import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { AF_INET6, Level } from '../constants.ts'
import type { Socket } from '../socket.ts'
import { ipFreebind, ipv6Freebind } from './ip-freebind.ts'
import { ipMinTtl, ipv6MinHopCount } from './ip-minttl.ts'
import { ipMtu, ipv6Mtu } from './ip-mtu.ts'
import { ipMtuDiscover, ipv6MtuDiscover } from './ip-mtu-discover.ts'
import { ipOptions } from './ip-options.ts'
import { ipRecvErr, ipv6RecvErr } from './ip-recverr.ts'
import { ipTos, ipv6Tclass } from './ip-tos.ts'
import { ipTtl, ipv6UnicastHops } from './ip-ttl.ts'
import { ipv6V6only } from './ipv6-v6only.ts'
import { keptOptions } from './kept.ts'
import {
  isLinger,
  isStream,
  type LingerOption,
  type OctetsOption,
  type OptionBox,
  type OptionValue,
  type SocketOption,
  type TextOption,
} from './option.ts'
import { soBroadcast } from './so-broadcast.ts'
import { soRcvBufForce, soSndBufForce } from './so-buffer-force.ts'
import { soError } from './so-error.ts'
import { soExclusiveAddrUse } from './so-exclusiveaddruse.ts'
import { soFacts } from './so-facts.ts'
import { soNoSigPipe, soReusePortLb } from './so-flags.ts'
import { soKeepalive } from './so-keepalive.ts'
import { soLinger } from './so-linger.ts'
import { soMark, soPriority } from './so-mark.ts'
import { soOobInline } from './so-oobinline.ts'
import { soRcvBuf } from './so-rcvbuf.ts'
import { soRcvLowat } from './so-rcvlowat.ts'
import { soReuseAddr } from './so-reuseaddr.ts'
import { soReusePort } from './so-reuseport.ts'
import { soSndBuf } from './so-sndbuf.ts'
import { soTimestamping } from './so-timestamping.ts'
import { soZerocopy } from './so-zerocopy.ts'
import { tcpCongestion } from './tcp-congestion.ts'
import { tcpCork } from './tcp-cork.ts'
import { tcpDeferAccept } from './tcp-defer-accept.ts'
import { tcpFastOpen, tcpFastOpenConnect, tcpFastOpenKey, tcpFastOpenNoCookie } from './tcp-fastopen.ts'
import { tcpInfo } from './tcp-info.ts'
import { tcpInq } from './tcp-inq.ts'
import { tcpKeepCnt } from './tcp-keepcnt.ts'
import { tcpKeepIdle } from './tcp-keepidle.ts'
import { tcpKeepIntvl } from './tcp-keepintvl.ts'
import { tcpLinger2 } from './tcp-linger2.ts'
import { tcpMaxSeg } from './tcp-maxseg.ts'
import { tcpMd5sig, tcpMd5sigExt } from './tcp-md5sig.ts'
import { tcpNoDelay } from './tcp-nodelay.ts'
import { tcpNotSentLowat } from './tcp-notsent-lowat.ts'
import { tcpQuickAck } from './tcp-quickack.ts'
import { tcpFunctionBlk, tcpKeepInit, tcpMaxUnackTime, tcpNoOpt, tcpNoPush } from './tcp-rare.ts'
import { tcpSavedSyn, tcpSaveSyn } from './tcp-save-syn.ts'
import { tcpSynCnt } from './tcp-syncnt.ts'
import { tcpDelayedAckMax, tcpRtoMax, tcpRtoMin } from './tcp-timeouts.ts'
import { tcpUserTimeout } from './tcp-user-timeout.ts'
import { tcpWindowClamp } from './tcp-window-clamp.ts'

type AnyOption = SocketOption | LingerOption | TextOption | OctetsOption

/** Every socket option of this stack. */
export const SOCKET_OPTIONS: readonly AnyOption[] = [
  soReuseAddr,
  soReusePort,
  soExclusiveAddrUse,
  soLinger,
  soKeepalive,
  soSndBuf,
  soRcvBuf,
  soError,
  soOobInline,
  soBroadcast,
  soMark,
  soPriority,
  soRcvLowat,
  soZerocopy,
  soTimestamping,
  ...soFacts,
  tcpNoDelay,
  tcpMaxSeg,
  tcpMd5sig,
  tcpMd5sigExt,
  tcpKeepIdle,
  tcpKeepIntvl,
  tcpKeepCnt,
  tcpLinger2,
  tcpInfo,
  tcpInq,
  tcpUserTimeout,
  tcpCork,
  tcpSynCnt,
  tcpDeferAccept,
  tcpWindowClamp,
  tcpQuickAck,
  tcpCongestion,
  tcpNotSentLowat,
  tcpFastOpen,
  tcpSaveSyn,
  tcpSavedSyn,
  tcpFastOpenConnect,
  tcpFastOpenKey,
  tcpFastOpenNoCookie,
  tcpNoOpt,
  tcpNoPush,
  tcpKeepInit,
  tcpMaxUnackTime,
  tcpFunctionBlk,
  soNoSigPipe,
  soReusePortLb,
  ipOptions,
  ipTos,
  ipTtl,
  ipMtuDiscover,
  ipFreebind,
  ipRecvErr,
  ipv6UnicastHops,
  ipv6Tclass,
  ipv6MtuDiscover,
  ipv6Freebind,
  ipv6RecvErr,
  ipv6V6only,
  ipMinTtl,
  ipv6MinHopCount,
  ipMtu,
  ipv6Mtu,
  soSndBufForce,
  soRcvBufForce,
  tcpRtoMin,
  tcpRtoMax,
  tcpDelayedAckMax,
  ...keptOptions,
]

const BY_NUMBER: ReadonlyMap<string, AnyOption> = new Map(
  SOCKET_OPTIONS.map((option) => [`${option.level}/${option.number}`, option]),
)

/** The name of an option, `option 4242` when it has none. */
export function optionName(level: number, number: number): string {
  return BY_NUMBER.get(`${level}/${number}`)?.name ?? `option ${number}`
}

/** The option of that number, if the socket's system has it. */
function optionOf(socket: Socket, level: number, number: number): AnyOption | undefined {
  const option = BY_NUMBER.get(`${level}/${number}`)
  if (option?.rare !== true) return option
  return socket.host.personality.sockets.rareOptions.includes(option.name) ? option : undefined
}

/** A connection that has ended has no options but the socket's own any more, where it is the connection that has them. */
function isGone(socket: Socket, level: number): boolean {
  if (level === Level.SOL_SOCKET || !isStream(socket) || !socket.host.personality.sockets.bsdCalls) return false
  return socket.tcb?.state === State.CLOSED && socket.tcb.done
}

/** Whether a socket has options of a level: TCP's are a stream's, IPv6's an IPv6 socket's. */
function hasLevel(socket: Socket, level: number): boolean {
  if (level === Level.IPPROTO_TCP) return socket.protocol === 'tcp'
  if (level === Level.IPPROTO_IPV6) return socket.family === AF_INET6
  return level === Level.SOL_SOCKET || level === Level.IPPROTO_IP
}

/** setsockopt: 0 or −errno, canonical. */
export function setOption(socket: Socket, level: number, number: number, value: OptionValue | Uint8Array): number {
  const option = optionOf(socket, level, number)
  if (!hasLevel(socket, level)) return -Errno.ENOPROTOOPT
  if (isGone(socket, level)) return -Errno.ECONNRESET
  socket.options.changes++
  if (value instanceof Uint8Array) return setRaw(socket, level, option, value)
  if (option === undefined) return -Errno.ENOPROTOOPT
  if ('setLinger' in option) return isLinger(value) ? option.setLinger(socket, value) : -Errno.EINVAL
  if ('setText' in option) return typeof value === 'string' ? option.setText(socket, value) : -Errno.EINVAL
  if ('setOctets' in option) return -Errno.EINVAL
  if (option.set === undefined) return -Errno.ENOPROTOOPT
  return typeof value === 'number' && Number.isInteger(value) ? option.set(socket, value | 0) : -Errno.EINVAL
}

/** A value as octets, whose number the kernel checks before it looks for the option; IPPROTO_IP's may be a single one. */
function setRaw(socket: Socket, level: number, option: AnyOption | undefined, octets: Uint8Array): number {
  if (option !== undefined && 'setText' in option) return setName(socket, option, octets)
  if (option !== undefined && 'setOctets' in option) return option.setOctets(socket, octets)
  const single = level === Level.IPPROTO_IP && octets.length > 0
  if (octets.length < 4 && !single) return -Errno.EINVAL
  if (option === undefined) return -Errno.ENOPROTOOPT
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const first = octets.length < 4 ? view.getUint8(0) : view.getInt32(0, true)
  if (!('setLinger' in option)) return setOption(socket, level, option.number, first)
  if (octets.length < option.length) return -Errno.EINVAL
  return option.setLinger(socket, { on: first !== 0, seconds: view.getInt32(4, true) })
}

/** A name is cut where the kernel's buffer ends, and at the first zero. */
function setName(socket: Socket, option: TextOption, octets: Uint8Array): number {
  if (octets.length < 1) return -Errno.EINVAL
  const end = octets.indexOf(0)
  const cut = octets.subarray(0, Math.min(end < 0 ? octets.length : end, option.length - 1))
  return option.setText(socket, String.fromCharCode(...cut))
}

/** getsockopt: 0 or −errno, canonical. */
export function getOption(socket: Socket, level: number, number: number, into: OptionBox): number {
  if (!hasLevel(socket, level)) return socket.family === AF_INET6 ? -Errno.ENOPROTOOPT : -Errno.EOPNOTSUPP
  if (isGone(socket, level)) return -Errno.ECONNRESET
  const option = optionOf(socket, level, number)
  if (option !== undefined && 'ask' in option && option.ask !== undefined) {
    const answer = option.ask(socket)
    if (answer >= 0) into.value = answer
    return Math.min(0, answer)
  }
  if (option?.get === undefined) return -Errno.ENOPROTOOPT
  const value = option.get(socket)
  into.value = value === 1 ? (socket.host.personality.sockets.optionBits[option.name] ?? value) : value
  return 0
}
