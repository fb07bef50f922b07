import { Errno, type Micros } from '../../base/index.ts'
import { isEarly, State, updateSendMss, urgentHasCome } from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'
import { AF_INET6, IpOption, Ipv6Option, Level, Msg, So, TcpOption } from '../constants.ts'
import type { ControlMessage } from './control-message.ts'
import { HOPLIMIT, sentHeader } from './header-messages.ts'
import { SendReports } from './send-reports.ts'
import type { Socket } from './socket.ts'
import { leftToRead } from './tcp-poll.ts'
import { TcpSocket } from './tcp-socket.ts'
import { TIMESTAMPING_RECORD, Timestamping } from './timestamping.ts'
import { UdpSocket } from './udp-socket.ts'

/** What recvmsg() tells beside the data. */
export interface ReceivedMessage {
  /** Octets, or −errno. */
  readonly result: number
  /** `msg_flags` */
  readonly flags: number
  readonly control: readonly ControlMessage[]
}

/** `SCM_RIGHTS`, `SCM_CREDENTIALS`: of no use on a network, and taken without a word. */
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2
/** Of IPv6 and TCP with timestamps. */
const HEADERS_MOST = 72

/** send() with everything that sendmsg() can ask for. @returns as `Socket.send`, or −EINVAL, −EPERM, −ENOBUFS */
export function sendMessage(
  socket: Socket,
  data: Uint8Array,
  flags: number,
  to: Address | null,
  port: number,
  control: readonly ControlMessage[],
  pieces: readonly number[] = [data.length],
): number {
  const { options } = socket
  refreshPath(socket, data.length)
  if (control.length === 0 && (flags & Msg.ZEROCOPY) === 0 && options.timestamping === 0)
    return socket.send(data, flags, to, port)
  if (control.length > 0 && socket instanceof TcpSocket && !socket.host.personality.sockets.streamsTakeControl)
    return withControl(socket, flags, to)
  const stamps = stampsAsked(socket, control)
  if (stamps < 0) return socket instanceof TcpSocket ? refuseControl(socket, data, flags, to, port) : stamps
  const lends = (flags & Msg.ZEROCOPY) !== 0 && options.zerocopy && data.length > 0
  if (!(socket instanceof TcpSocket) || (!lends && stamps === 0)) return socket.send(data, flags, to, port)
  socket.reports ??= new SendReports(socket)
  return socket.reports.send(data, flags, to, port, lends, stamps, pieces)
}

/** BSD's streams send no control messages; what else is wrong with the call comes first. */
function withControl(socket: TcpSocket, flags: number, to: Address | null): number {
  const opens = to !== null && socket.connectsBySending
  return (opens ? 0 : socket.send(new Uint8Array(0), flags)) || -Errno.EINVAL
}

/** What is wrong with a control message is told behind what opens the connection, and behind what its state has against writing (Linux). */
function refuseControl(socket: TcpSocket, data: Uint8Array, flags: number, to: Address | null, port: number): number {
  const { tcb, state, opensBySending } = socket
  const opens = (flags & Msg.FASTOPEN) !== 0
  if (opensBySending || (opens && tcb === null)) return socket.send(data, flags, to, port)
  const early = state === State.SYN_RECEIVED && tcb !== null && isEarly(tcb)
  const isOpen = early || state === State.ESTABLISHED || state === State.CLOSE_WAIT
  if (isOpen && !opens) return -Errno.EINVAL
  return Math.min(socket.send(new Uint8Array(0), flags, to, port), 0) || -Errno.EINVAL
}

/**
 * What routers said of the path, or what is forgotten of it by now, counts from the next send() on; what its route says, once a packet that
 * still fits has gone there.
 */
function refreshPath(socket: Socket, length: number): void {
  const { host } = socket
  if (!host.output.hasLearned && host.rerouted.size === 0 && !host.linksChanged) return
  if (!(socket instanceof TcpSocket) || socket.tcb === null) return
  const { state, tcb } = socket
  if (state === State.LISTEN || state === State.SYN_SENT || state === State.CLOSED) return
  const path = host.pathMtu(tcb.remote)
  if (path === tcb.pathMtu) return
  const isFirst = host.rerouted.get(socket) === tcb.segmentsOut
  if (isFirst && (path > tcb.pathMtu || length <= path - HEADERS_MOST)) return
  updateSendMss(tcb)
}

/** What is to be told of this send(): the option's word, unless a control message says otherwise. */
function stampsAsked(socket: Socket, control: readonly ControlMessage[]): number {
  let flags = socket.options.timestamping
  for (const { level, type, value } of control) {
    if (level !== Level.SOL_SOCKET || type === SCM_RIGHTS || type === SCM_CREDENTIALS) continue
    if (type === So.MARK || type === So.PRIORITY) continue
    const isStamps = type === So.TIMESTAMPING || type === So.TIMESTAMPING_NEW
    if (!isStamps || typeof value !== 'number') return -Errno.EINVAL
    if ((value & ~TIMESTAMPING_RECORD) !== 0) return -Errno.EINVAL
    flags = (flags & ~TIMESTAMPING_RECORD) | value
  }
  return flags & TIMESTAMPING_RECORD
}

/** recvmsg(): data, when they came and TCP_INQ's count, or, with MSG_ERRQUEUE, the oldest report. */
export function receiveMessage(socket: Socket, into: Uint8Array, flags: number): ReceivedMessage {
  const message = receiveBare(socket, into, flags)
  if (!socket.host.personality.sockets.tellsFlagsGiven) return message
  return { ...message, flags: message.flags | (flags & ~Msg.TRUNC) }
}

/** The same, with the flags of what came alone. */
function receiveBare(socket: Socket, into: Uint8Array, flags: number): ReceivedMessage {
  if ((flags & Msg.ERRQUEUE) !== 0) return receiveReport(socket, into)
  if (!(socket instanceof TcpSocket)) return receiveDatagram(socket, into, flags)
  const { options } = socket
  const behind = (flags & Msg.PEEK) === 0 ? 0 : Math.max(0, options.peekOffset)
  const result = socket.receive(into, flags, null)
  if (result < 0) return { result, flags: 0, control: [] }
  const left = { level: Level.IPPROTO_TCP, type: TcpOption.INQ }
  if (socket.tcb === null) return { result, flags: 0, control: options.inq ? [{ ...left, value: 0 }] : [] }
  const { tcb } = socket
  const urgent = (flags & Msg.OOB) !== 0
  const control: ControlMessage[] = []
  const timed = options.timestamping !== 0 || options.kept.size > 0
  if (timed && !urgent && (result > 0 || tcb.receiveBuffer.length > behind)) {
    const read = (flags & Msg.PEEK) === 0 ? result : 0
    const last = (tcb.receiveBuffer.first - read + behind + Math.max(result, 1) - 1) | 0
    control.push(...arrivalTimes(socket, tcb.receiveBuffer.packets?.timeOf(last) ?? tcb.lastDataReceivedAt))
  }
  if (options.inq) control.push({ ...left, value: leftToRead(tcb, socket.endRead) })
  // An urgent octet for which there is no room is cut off.
  const cut =
    result === 0 && urgentHasCome(tcb) && socket.host.personality.sockets.cutUrgentIsTold ? Msg.OOB | Msg.TRUNC : 0
  return { result, flags: urgent ? (result > 0 ? Msg.OOB : cut) : 0, control }
}

/** A datagram that finds no room is cut, and `msg_flags` says so; MSG_TRUNC asks for its whole length. */
function receiveDatagram(socket: Socket, into: Uint8Array, flags: number): ReceivedMessage {
  const control = headerFields(socket)
  const length = socket.receive(into, flags | Msg.TRUNC, null)
  if (length >= 0 && !tellsTimes(socket)) socket.timeIsKept = true
  if (length < 0) return { result: length, flags: 0, control: [] }
  if (length <= into.length) return { result: length, flags: 0, control }
  return { result: (flags & Msg.TRUNC) === 0 ? into.length : length, flags: Msg.TRUNC, control }
}

/** Whether who reads is told times at once; else the last one is kept. */
function tellsTimes({ options: { kept, timestamping } }: Socket, asked: number = Timestamping.SOFTWARE): boolean {
  return (kept.get('SO_TIMESTAMP') ?? 0) !== 0 || (timestamping & (asked | Timestamping.RX_SOFTWARE)) !== 0
}

/** IP_RECVTTL and IP_RECVTOS, and their kin of IPv6: what the header of the next datagram said. */
function headerFields(socket: Socket): ControlMessage[] {
  const next = socket instanceof UdpSocket ? socket.first : undefined
  if (next === undefined || socket.options.kept.size === 0) return []
  const { kept } = socket.options
  const wanted = next.from.v4 ? ['IP_RECVTTL', 'IP_RECVTOS'] : ['IPV6_RECVHOPLIMIT', 'IPV6_RECVTCLASS']
  const level = next.from.v4 ? Level.IPPROTO_IP : Level.IPPROTO_IPV6
  const types = next.from.v4 ? [IpOption.TTL, IpOption.TOS] : [HOPLIMIT, Ipv6Option.TCLASS]
  const values = [next.ttl, next.tos]
  return wanted.flatMap((name, i) =>
    (kept.get(name) ?? 0) === 0 ? [] : [{ level, type: types[i] as number, value: values[i] as number }],
  )
}

/** SO_TIMESTAMP and its kin, and SO_TIMESTAMPING, where software's times of arrival are wanted. */
function arrivalTimes({ host, options }: Socket, at: Micros): ControlMessage[] {
  if (!host.arrivalStamps.covers(at)) return []
  const wanted = Timestamping.SOFTWARE | Timestamping.RX_SOFTWARE
  const told = options.timestamping & (wanted | Timestamping.OPT_RX_FILTER)
  const all = (told & Timestamping.SOFTWARE) !== 0 && told !== (Timestamping.SOFTWARE | Timestamping.OPT_RX_FILTER)
  return [...plainTime(options, at), ...(all ? [timestamp(options, at)] : [])]
}

/** What SO_TIMESTAMP, SO_TIMESTAMPNS or one of their successors makes of a time. */
function plainTime({ kept }: Socket['options'], at: Micros): ControlMessage[] {
  const unit = kept.get('SO_TIMESTAMP') ?? 0
  if (unit === 0) return []
  const wide = kept.get('SO_TIMESTAMP_NEW') === 1
  const micros = wide ? So.TIMESTAMP_NEW : So.TIMESTAMP
  const nanos = wide ? So.TIMESTAMPNS_NEW : So.TIMESTAMPNS
  return [{ level: Level.SOL_SOCKET, type: unit === 1 ? micros : nanos, value: { at } }]
}

/** SO_TIMESTAMPING's message, under the number that it was asked for by. */
function timestamp({ kept }: Socket['options'], at: Micros): ControlMessage {
  const type = kept.get('SO_TIMESTAMP_NEW') === 1 ? So.TIMESTAMPING_NEW : So.TIMESTAMPING
  return { level: Level.SOL_SOCKET, type, value: { at } }
}

function receiveReport(socket: Socket, into: Uint8Array): ReceivedMessage {
  const report = socket.takeReport()
  if (report === undefined) return { result: -Errno.EAGAIN, flags: 0, control: [] }
  const octets = Math.min(into.length, report.payload.length)
  into.set(report.payload.subarray(0, octets))
  const { options, host } = socket
  if (!tellsTimes(socket, report.at === null ? 0 : Timestamping.SOFTWARE)) socket.timeIsKept = true
  // What has no time of its own gets the time of the look.
  const control: ControlMessage[] = plainTime(options, report.at ?? host.now)
  const timed = (options.timestamping & Timestamping.SOFTWARE) !== 0
  if (timed && (report.at !== null || control.length > 0)) control.push(timestamp(options, report.at ?? host.now))
  // The numbers stand beside a time: who asked for none has them as octets alone.
  if (timed && report.statistics === true)
    control.push({ level: Level.SOL_SOCKET, type: So.TIMESTAMPING_OPT_STATS, value: report.payload })
  control.push(...sentHeader(socket, report))
  // An IPv6 socket tells of ICMP for mapped addresses as IPv6 does.
  control.push(
    socket.family === AF_INET6
      ? { level: Level.IPPROTO_IPV6, type: Ipv6Option.RECVERR, value: report }
      : { level: Level.IPPROTO_IP, type: IpOption.RECVERR, value: report },
  )
  const truncated = octets < report.payload.length ? Msg.TRUNC : 0
  return { result: octets, flags: Msg.ERRQUEUE | truncated, control }
}
