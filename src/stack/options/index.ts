import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { AF_INET6, IpOption, Ipv6Option, Level } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { isOfGroups, tellsOfGroups } from './groups.ts'
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
import { keptIpOptions } from './kept-ip.ts'
import { keptIpv6Options } from './kept-ipv6.ts'
import { keptRareOptions } from './kept-rare.ts'
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
import { refusalOf } from './refused.ts'
import { soAnswers } from './so-answers.ts'
import { soBindToDevice } from './so-bindtodevice.ts'
import { soBroadcast } from './so-broadcast.ts'
import { soBufLock } from './so-buf-lock.ts'
import { soRcvBufForce, soSndBufForce } from './so-buffer-force.ts'
import { soError } from './so-error.ts'
import { soExclusiveAddrUse } from './so-exclusiveaddruse.ts'
import { soFacts } from './so-facts.ts'
import { soKeepalive } from './so-keepalive.ts'
import { soLinger } from './so-linger.ts'
import { soMark, soPriority } from './so-mark.ts'
import { soOobInline } from './so-oobinline.ts'
import { soPeekOff } from './so-peek-off.ts'
import { soRcvBuf } from './so-rcvbuf.ts'
import { soRcvLowat } from './so-rcvlowat.ts'
import { soReuseAddr } from './so-reuseaddr.ts'
import { soReusePort, soReusePortLb } from './so-reuseport.ts'
import { soSndBuf } from './so-sndbuf.ts'
import { soSndLowat } from './so-sndlowat.ts'
import { soTimeouts } from './so-timeouts.ts'
import { soTimestamps } from './so-timestamp.ts'
import { soTimestamping, soTimestampingNew } from './so-timestamping.ts'
import { soTxRehash } from './so-txrehash.ts'
import { soTxTime } from './so-txtime.ts'
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
import { tcpQueueSeq, tcpRepair, tcpRepairQueue } from './tcp-repair.ts'
import { tcpSavedSyn, tcpSaveSyn } from './tcp-save-syn.ts'
import { tcpSynCnt } from './tcp-syncnt.ts'
import { tcpThinLinearTimeouts } from './tcp-thin-linear-timeouts.ts'
import { tcpDelayedAckMax, tcpRtoMax, tcpRtoMin } from './tcp-timeouts.ts'
import { tcpTimestamp, tcpUlp, tcpZerocopyReceive } from './tcp-told.ts'
import { tcpTxDelay } from './tcp-tx-delay.ts'
import { tcpUserTimeout } from './tcp-user-timeout.ts'
import { tcpWindowClamp } from './tcp-window-clamp.ts'
import { udpCork } from './udp-cork.ts'

const INT = 4
const NO_BOUND = 0x7fffffff

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
  soSndLowat,
  soPeekOff,
  soZerocopy,
  soTimestamping,
  soTimestampingNew,
  soTxTime,
  soBindToDevice,
  ...soTimestamps,
  ...soTimeouts,
  ...soAnswers,
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
  udpCork,
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
  tcpRepair,
  tcpRepairQueue,
  tcpQueueSeq,
  tcpNoPush,
  tcpKeepInit,
  tcpMaxUnackTime,
  tcpFunctionBlk,
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
  soBufLock,
  tcpTxDelay,
  tcpRtoMin,
  tcpRtoMax,
  tcpDelayedAckMax,
  tcpTimestamp,
  tcpUlp,
  tcpZerocopyReceive,
  ...keptOptions,
  soTxRehash,
  tcpThinLinearTimeouts,
  ...keptIpOptions,
  ...keptIpv6Options,
  ...keptRareOptions,
]

const BY_NUMBER: ReadonlyMap<string, AnyOption> = new Map(
  SOCKET_OPTIONS.map((option) => [`${option.level}/${option.number}`, option]),
)

/** The name of an option, `option 4242` when it has none. */
export function optionName(level: number, number: number): string {
  return BY_NUMBER.get(`${level}/${number}`)?.name ?? refusalOf(level, number)?.name ?? `option ${number}`
}

/** The option of that number, if the socket's system has it. */
function optionOf(socket: Socket, level: number, number: number): AnyOption | undefined {
  const option = BY_NUMBER.get(`${level}/${number}`)
  if (option?.rare !== true) return option
  return socket.host.personality.sockets.rareOptions.includes(option.name) ? option : undefined
}

/** A connection that has ended has no options but the socket's own any more, where it is the connection that has them. */
function isGone(socket: Socket, level: number): boolean {
  if (level === Level.SOL_SOCKET || !isStream(socket) || !socket.host.personality.sockets.protocolTakesOptions)
    return false
  return socket.tcb?.state === State.CLOSED && socket.tcb.done
}

/**
 * Whether a socket has options of a level: TCP's are for streams, UDP's for datagram sockets (not on BSD), IPv6's for IPv6 sockets, and IP's
 * for all sockets but BSD's IPv6 ones.
 */
function hasLevel(socket: Socket, level: number): boolean {
  if (level === Level.IPPROTO_TCP) return socket.protocol === 'tcp'
  if (level === Level.IPPROTO_UDP)
    return socket.protocol === 'udp' && !socket.host.personality.sockets.protocolTakesOptions
  if (level === Level.IPPROTO_IPV6) return socket.family === AF_INET6
  if (level === Level.IPPROTO_IP)
    return socket.family !== AF_INET6 || !socket.host.personality.sockets.protocolTakesOptions
  return level === Level.SOL_SOCKET
}

/** Options of IP that TCP is told of, too: of these its answer counts alone, and it has nothing against any value (BSD). */
function isAnsweredByTcp(socket: Socket, level: number, number: number): boolean {
  if (!isStream(socket) || !socket.host.personality.sockets.protocolTakesOptions) return false
  if (level === Level.IPPROTO_IP) return number === IpOption.TOS || number === IpOption.TTL
  const { TCLASS, USE_MIN_MTU } = Ipv6Option
  return level === Level.IPPROTO_IPV6 && socket.family === AF_INET6 && (number === TCLASS || number === USE_MIN_MTU)
}

/** setsockopt: 0 or −errno, canonical. */
export function setOption(socket: Socket, level: number, number: number, value: OptionValue | Uint8Array): number {
  const result = setByLevel(socket, level, number, value)
  return result !== -Errno.ECONNRESET && isAnsweredByTcp(socket, level, number) ? 0 : result
}

function setByLevel(socket: Socket, level: number, number: number, value: OptionValue | Uint8Array): number {
  const option = optionOf(socket, level, number)
  if (socket.host.personality.sockets.protocolTakesOptions) {
    if (isGone(socket, level)) return -Errno.ECONNRESET
    if (!hasLevel(socket, level)) return -Errno.EINVAL
    if (isStream(socket) && isOfGroups(level, number)) return -Errno.EOPNOTSUPP
  } else if (!hasLevel(socket, level)) return -Errno.ENOPROTOOPT
  socket.options.changes++
  if (value instanceof Uint8Array) return setRaw(socket, level, number, value)
  if (option === undefined) return refuseToSet(socket, level, number, INT)
  if ('setLinger' in option) return isLinger(value) ? option.setLinger(socket, value) : -Errno.EINVAL
  if ('setText' in option) {
    if (typeof value === 'number') return setName(socket, option, intOctets(value))
    return typeof value === 'string' ? option.setText(socket, value) : -Errno.EINVAL
  }
  if ('setOctets' in option)
    return typeof value === 'number' ? option.setOctets(socket, intOctets(value)) : -Errno.EINVAL
  if (option.set === undefined) return -Errno.ENOPROTOOPT
  return typeof value === 'number' && Number.isInteger(value) ? option.set(socket, value | 0) : -Errno.EINVAL
}

function intOctets(value: number): Uint8Array {
  const octets = new Uint8Array(INT)
  new DataView(octets.buffer).setInt32(0, value, true)
  return octets
}

/** How many octets an option of a level needs; IPPROTO_IP's may be a single one, or none, which is 0; BSD's are whole. */
function leastOctets(level: number, option: AnyOption | undefined, whole: boolean): number {
  if (whole) return option !== undefined && ('setLinger' in option || 'set' in option) ? INT : 0
  const unknown = option === undefined && level === Level.IPPROTO_IPV6
  return option?.leastOctets ?? (unknown || level === Level.IPPROTO_IP ? 0 : INT)
}

/** BSD's options of IPv6 are whole ints and no more, but for the range of ports. */
function isExact(level: number, option: AnyOption | undefined): boolean {
  return (
    level === Level.IPPROTO_IPV6 && option !== undefined && 'set' in option && option.number !== Ipv6Option.PORTRANGE
  )
}

/** A value as octets, whose number the kernel checks before it looks for the option. */
function setRaw(socket: Socket, level: number, number: number, octets: Uint8Array): number {
  const option = optionOf(socket, level, number)
  if (option !== undefined && 'setText' in option) return setName(socket, option, octets)
  if (option !== undefined && 'setOctets' in option) return option.setOctets(socket, octets)
  const { protocolTakesOptions } = socket.host.personality.sockets
  if (octets.length < leastOctets(level, option, protocolTakesOptions)) return -Errno.EINVAL
  if (protocolTakesOptions && isExact(level, option) && octets.length !== INT) return -Errno.EINVAL
  if (option === undefined) return refuseToSet(socket, level, number, octets.length)
  if (!protocolTakesOptions && option.exactOctets === true && octets.length !== option.length) return -Errno.EINVAL
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const short = level === Level.IPPROTO_IP && octets.length > 0 ? view.getUint8(0) : 0
  const first = octets.length < INT ? short : view.getInt32(0, true)
  if (!('setLinger' in option)) {
    const result = setByLevel(socket, level, option.number, first)
    if (result === 0) option.setRest?.(socket, octets)
    return result
  }
  if (octets.length < option.length) return -Errno.EINVAL
  return option.setLinger(socket, { on: first !== 0, seconds: view.getInt32(INT, true) })
}

/** What a stream says to an option that it does not have. */
function refuseToSet(socket: Socket, level: number, number: number, octets: number): number {
  const refused = refusalOf(level, number)
  return -(refused?.refuse?.(socket, octets) ?? refused?.set ?? Errno.ENOPROTOOPT)
}

/** A name is cut where the kernel's buffer ends, and at the first zero. */
function setName(socket: Socket, option: TextOption, octets: Uint8Array): number {
  if (octets.length < (option.leastOctets ?? 1)) return -Errno.EINVAL
  const end = octets.indexOf(0)
  const cut = octets.subarray(0, Math.min(end < 0 ? octets.length : end, option.length - 1))
  return option.setText(socket, String.fromCharCode(...cut))
}

/** getsockopt: 0 or −errno, canonical. */
export function getOption(socket: Socket, level: number, number: number, into: OptionBox): number {
  if (isGone(socket, level)) return -Errno.ECONNRESET
  if (!hasLevel(socket, level)) {
    if (socket.host.personality.sockets.protocolTakesOptions) return -Errno.EINVAL
    return socket.family === AF_INET6 ? -Errno.ENOPROTOOPT : -Errno.EOPNOTSUPP
  }
  if (into.room !== undefined && into.room < 0) {
    if (level !== Level.IPPROTO_IPV6) return -Errno.EINVAL
    // There it counts as very much.
    into.room = NO_BOUND
  }
  const { protocolTakesOptions } = socket.host.personality.sockets
  if (protocolTakesOptions && isStream(socket) && tellsOfGroups(level, number)) return -Errno.EOPNOTSUPP
  const option = optionOf(socket, level, number)
  if (option === undefined) {
    const refused = refusalOf(level, number)
    return -(refused?.refuseToTell?.(socket, into.room ?? NO_BOUND) ?? refused?.get ?? Errno.ENOPROTOOPT)
  }
  if ((into.room ?? NO_BOUND) < (option.leastRoom ?? 0)) return -Errno.EINVAL
  if (option.exactRoom === true && into.room !== undefined && into.room !== option.length) return -Errno.EINVAL
  const answer = ask(socket, option, into)
  if (answer === 0) shorten(into, option, !protocolTakesOptions)
  return answer
}

function ask(socket: Socket, option: AnyOption, into: OptionBox): number {
  if ('ask' in option && option.ask !== undefined) {
    const answer = option.ask(socket)
    if (typeof answer === 'number' && answer < 0) return answer
    into.value = answer
    return 0
  }
  if (option.get === undefined) return -Errno.ENOPROTOOPT
  const value = option.get(socket)
  into.value = value === 1 ? (socket.host.personality.sockets.optionBits[option.name] ?? value) : value
  return 0
}

/** As much of the answer as there is room for. Where `packs`, a small number of IPPROTO_IP takes a single octet if an int has no room. */
function shorten(into: OptionBox, { level, length }: AnyOption, packs: boolean): void {
  const { room, value } = into
  if (room === undefined) return
  const single = packs && level === Level.IPPROTO_IP && room > 0 && room < length && typeof value === 'number'
  into.room = single && value >= 0 && value <= 255 ? 1 : Math.min(room, length)
  if (typeof value === 'number' && into.room < 4) into.value = value & (2 ** (8 * into.room) - 1)
  if (typeof value === 'string') into.value = value.slice(0, into.room)
}
