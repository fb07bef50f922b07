import { type Seq, scratch } from '../../base/index.ts'
import {
  dropRequest,
  heirOfRequest,
  isEarly,
  isLightHalfOpen,
  isRequest,
  keyFor,
  keysOf,
  Note,
  type SignatureKey,
  State,
  segmentArrives,
  segmentArrivesClosed,
  segmentArrivesTimeWait,
  type Tcb,
} from '../../tcp/index.ts'
import {
  Ctl,
  DropReason,
  IPV4_HEADER_LENGTH,
  IpHeader,
  isSignature,
  NO_NEXT_HEADER,
  Protocol,
  parseIp,
  parseTcp,
  signatureOf,
  TcpSegment,
} from '../../wire/index.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'
import type { TimeWait } from '../time-wait/time-wait.ts'
import { copyOctets, SHORT } from './copy.ts'
import { FIELDS_LENGTH, type Handover, readPacket, readSegment } from './handover.ts'
import type { Icmp } from './icmp.ts'
import type { NetworkInterface } from './interfaces.ts'
import { Joining } from './joining.ts'
import type { PacketQueue } from './packet-queue.ts'
import { Reassembly } from './reassembly.ts'
import type { StreamSocket } from './socket-of-stream.ts'
import type { SourceRoutes } from './source-routes.ts'
import type { Udp } from './udp.ts'

/** The loopback interface's number. */
const LOOPBACK = 0

/** Whom packets may be for. */
interface ArrivingHost extends StackHost {
  readonly timeWait: TimeWait
  readonly udp: Udp
  readonly icmp: Icmp
  readonly sourceRoutes: SourceRoutes
  /** Packets dropped, by `DropReason`. */
  readonly drops: Uint32Array
  /** The listener that hears a segment sent to the address of that number. */
  listenerFor(segment: TcpSegment, ip: IpHeader, local: number): Tcb | null
  /** The initial sequence number that the next connection begins with; null: the clock's. */
  inheritSequence(sequence: Seq | null): void
}

/**
 * A packet's way in: copied once, checked, and handed to the connection, TIME-WAIT entry, listener or socket that it is for.
 * Whatever is not for the host is dropped and counted by its reason; nothing here throws for what a stranger sends.
 */
export class Arrivals {
  readonly #host: ArrivingHost
  readonly #ip = new IpHeader()
  readonly #segment = new TcpSegment()
  readonly #joining: Joining
  /** Packets of which only pieces have come. */
  readonly reassembly: Reassembly

  constructor(host: ArrivingHost) {
    this.#host = host
    this.reassembly = new Reassembly(host)
    this.#joining = new Joining((iface, buf, start, length, cut) => {
      if (host.crashed) return
      host.enter()
      try {
        this.#arrives(iface, buf, start, length, cut)
      } finally {
        host.leave()
      }
    })
  }

  /** Hops that the packet had left which arrived last. */
  get hops(): number {
    return this.#ip.ttl
  }

  /** An IP packet has arrived on an interface. @param more others may follow at once: it may wait for them, until `flush` */
  receive(iface: number, buf: Uint8Array, start: number, length: number, cut: number, more: boolean): void {
    if (more && cut === 0 && this.#host.interfaces.at(iface)?.genericOffload && mayBeJoined(length)) {
      if (buf !== scratch.bytes || start !== scratch.IN) copyOctets(buf, start, length, scratch.bytes, scratch.IN)
      if (!this.#joining.take(iface, length)) this.#arrives(iface, scratch.bytes, scratch.IN, length, 0)
      return
    }
    this.#joining.flush()
    this.#arrives(iface, buf, start, length, cut)
  }

  /** What the host has sent itself, as far as it waits now: answers wait for the next round, so that others have their turn. */
  loopBack(queue: PacketQueue): void {
    for (let left = queue.size; left > 0; left--) {
      this.#arrives(LOOPBACK, queue.bytes, queue.start, queue.length, 0)
      queue.shift()
    }
  }

  /** Whatever waits has arrived. */
  flush(): void {
    this.#joining.flush()
  }

  #arrives(iface: number, buf: Uint8Array, start: number, length: number, cut: number): void {
    const into = this.#host.interfaces.at(iface)
    if (into === undefined || !into.up) return
    this.#host.counts.ip.InReceives++
    if (length > scratch.AREA_LENGTH) return this.#drop(DropReason.TRUNCATED)
    const ip = this.#ip
    const inPlace = cut > 0 || isShortTcp(buf, start, length)
    const reason = inPlace ? parseIp(buf, start, length, ip) : this.#take(buf, start, length, ip)
    if (reason !== DropReason.NONE && reason !== DropReason.FRAGMENT) {
      this.#host.counts.ip.InHdrErrors++
      return this.#drop(reason)
    }
    if (!this.#isWelcome(ip, into)) return
    const where = inPlace ? buf : scratch.bytes
    if (!this.#host.sourceRoutes.notice(where, ip)) return this.#drop(DropReason.NOT_LOCAL)
    if (reason === DropReason.FRAGMENT) return this.#fragmentArrives(where, ip)
    this.#deliver(ip, where, cut)
  }

  /** A whole packet goes to whom it is for. */
  #deliver(ip: IpHeader, buf: Uint8Array, cut: number): void {
    const local = this.#host.addresses.find(ip.d0, ip.d1, ip.d2, ip.d3)
    const failed = this.#dispatch(ip, local, buf, cut)
    if (failed !== DropReason.UNKNOWN_PROTOCOL) this.#host.counts.ip.InDelivers++
    if (failed !== DropReason.NONE) this.#drop(failed)
  }

  /** What is whole with it goes on as if it had come so. */
  #fragmentArrives(buf: Uint8Array, ip: IpHeader): void {
    const length = this.reassembly.take(buf, ip)
    if (length < 0) return this.#drop(DropReason.FRAGMENT)
    if (length === 0) return
    const reason = parseIp(scratch.bytes, scratch.IN, length, ip)
    if (reason !== DropReason.NONE) {
      this.#host.counts.ip.InHdrErrors++
      return this.#drop(reason)
    }
    this.#deliver(ip, scratch.bytes, 0)
  }

  /** A segment has arrived as fields; see `Handover`. */
  receiveFields(iface: number, from: Handover, at: number, octets: number, cut: number): void {
    const into = this.#host.interfaces.at(iface)
    if (into === undefined || !into.up) return
    this.#host.counts.ip.InReceives++
    const text = octets - FIELDS_LENGTH
    const ip = this.#ip
    readPacket(from.words, at, text, ip)
    if (!this.#isWelcome(ip, into)) return
    this.#host.sourceRoutes.notice(from.bytes, ip)
    this.#host.counts.ip.InDelivers++
    readSegment(from, at, text, cut, this.#segment)
    const local = this.#host.addresses.find(ip.d0, ip.d1, ip.d2, ip.d3)
    const failed = this.#segmentArrives(this.#segment, ip, local)
    if (failed !== DropReason.NONE) this.#drop(failed)
  }

  /** Into `scratch`, where sums are quick, unless it is there already. */
  #take(buf: Uint8Array, start: number, length: number, ip: IpHeader): DropReason {
    if (buf !== scratch.bytes || start !== scratch.IN) copyOctets(buf, start, length, scratch.bytes, scratch.IN)
    return parseIp(scratch.bytes, scratch.IN, length, ip)
  }

  /** Whether a packet goes on; what does not is counted and dropped. */
  #isWelcome(ip: IpHeader, into: NetworkInterface): boolean {
    const refused = this.#isForUs(ip, into)
    if (refused === DropReason.NONE) return true
    // Where IPv4 packets say that they come from is no error of the address that they go to.
    if (ip.version === 6 || refused !== DropReason.BAD_ADDRESS) this.#host.counts.ip.InAddrErrors++
    this.#drop(refused)
    return false
  }

  /** Nobody outside has an address of ours, or none (Linux). */
  #isImpossible({ s0, s1, s2, s3 }: IpHeader): boolean {
    return s3 === 0 || this.#host.addresses.isOwn(this.#host.addresses.find(s0, s1, s2, s3))
  }

  /** Addressed to one of our addresses, from somebody who may send: not from ourselves, nor from a group. */
  #isForUs(ip: IpHeader, into: NetworkInterface): DropReason {
    // MUST-63: a group sends nothing
    if (isGroup(ip.s0, ip.s3, ip.version)) return DropReason.BAD_ADDRESS
    const outside = into.index !== LOOPBACK
    if (outside && ip.version === 4 && this.#isImpossible(ip)) return DropReason.BAD_ADDRESS
    if (outside && isLoopback(ip.s0, ip.s1, ip.s2, ip.s3, ip.version)) return DropReason.BAD_ADDRESS
    const local = this.#host.addresses.find(ip.d0, ip.d1, ip.d2, ip.d3)
    if (local >= 0 && this.#host.addresses.isOwn(local)) {
      return outside && isLoopback(ip.d0, ip.d1, ip.d2, ip.d3, ip.version) ? DropReason.NOT_LOCAL : DropReason.NONE
    }
    // All of 127/8 is the host itself, to itself.
    // MUST-57: addressed to nobody in particular
    if (outside || !isLoopback(ip.d0, ip.d1, ip.d2, ip.d3, ip.version)) return DropReason.NOT_LOCAL
    return this.#host.addresses.number(ip.destination()) < 0 ? DropReason.NOT_LOCAL : DropReason.NONE
  }

  /** @param buf where the packet lies; only TCP is ever read elsewhere than in `scratch` */
  #dispatch(ip: IpHeader, local: number, buf: Uint8Array, cut: number): DropReason {
    switch (ip.protocol) {
      case Protocol.TCP:
        return this.#tcpArrives(ip, local, buf, cut)
      case Protocol.UDP:
        return this.#host.udp.arrives(ip, local)
      // Each is its own family's alone.
      case ip.version === 4 ? Protocol.ICMP : Protocol.ICMPV6:
        return this.#host.icmp.arrives(ip)
      default:
        if (ip.version === 6 && ip.protocol === NO_NEXT_HEADER) return DropReason.NONE
        this.#host.counts.ip.InUnknownProtos++
        this.#host.icmp.sendProtocolUnreachable(ip)
        return DropReason.UNKNOWN_PROTOCOL
    }
  }

  #drop(reason: DropReason): void {
    this.#host.drops[reason] = (this.#host.drops[reason] as number) + 1
    if (this.#host.trace === null) return
    if (reason === DropReason.BAD_TRANSPORT_CHECKSUM || reason === DropReason.BAD_IP_CHECKSUM) {
      this.#host.trace.note(this.#host.now, 0, Note.BAD_CHECKSUM, reason)
    } else if (reason !== DropReason.NOT_LOCAL) this.#host.trace.note(this.#host.now, 0, Note.MALFORMED, reason)
  }

  #tcpArrives(ip: IpHeader, local: number, buf: Uint8Array, cut: number): DropReason {
    const { payloadStart, payloadLength } = ip
    const segment = this.#segment
    const reason = parseTcp(buf, payloadStart, payloadLength, ip.pseudoSum(), segment, cut === 0)
    segment.cut = cut
    if (reason !== DropReason.NONE) {
      if (ip.protocol !== Protocol.TCP) return reason
      this.#host.counters.InSegs++
      this.#host.counters.InErrs++
      if (reason === DropReason.BAD_TRANSPORT_CHECKSUM) this.#host.counters.InCsumErrors++
      return reason
    }
    return this.#segmentArrives(segment, ip, local)
  }

  #segmentArrives(segment: TcpSegment, ip: IpHeader, local: number): DropReason {
    const { s0, s1, s2, s3 } = ip
    this.#host.counters.InSegs += segment.segments
    const ports = (segment.destinationPort << 16) | segment.sourcePort
    const tcb = this.#host.connections.find(s0, s1, s2, s3, local, ports)
    // MUST-41: a connection comes before a listener
    if (tcb !== null && !(tcb.state === State.SYN_RECEIVED && isLeftBehind(tcb))) {
      if (this.#isTooFar(tcb, ip) || !this.#signatureCounts(tcb, keysOf(tcb), segment, ip)) return DropReason.NONE
      this.#host.sourceRoutes.follow(tcb, segment)
      this.#traceArrival(tcb.id, segment)
      segmentArrives(tcb, segment, ip)
      return DropReason.NONE
    }
    const record = this.#host.timeWait.find(s0, s1, s2, s3, ports, local)
    if (record >= 0) {
      segment.signatureKey = this.#host.timeWait.keyOf(record)
      const next = this.#host.timeWait.nextSequence(record)
      const entry = this.#host.timeWait.cursor.at(record)
      this.#traceArrival(entry.conn, segment)
      if (!segmentArrivesTimeWait(this.#host, entry, segment, ip)) return DropReason.NONE
      // MAY-2: numbers beyond all that the old connection used
      this.#host.inheritSequence(next)
    }
    const listener = this.#host.listenerFor(segment, ip, local)
    let refused: DropReason = DropReason.NONE
    if (listener === null) {
      if (!this.#host.personality.sockets.checksSignatures) segment.signatureStart = -1
      if (record < 0) this.#traceArrival(0, segment)
      segmentArrivesClosed(this.#host, segment, ip)
    } else if (
      !this.#isTooFar(listener, ip) &&
      this.#signatureCounts(listener, listener.options.signatureKeys, segment, ip)
    )
      refused = this.#listenerHears(listener, segment, ip, record >= 0)
    if (record >= 0) this.#host.inheritSequence(null)
    return refused
  }

  /** Once for each segment, under the connection that saw it first: who hands it on (TIME-WAIT, a listener) traces no second one. */
  #traceArrival(conn: number, segment: TcpSegment): void {
    const { trace, now } = this.#host
    if (trace !== null) trace.segmentIn(now, conn, segment)
  }

  /** RFC 5082: more routers lie between than the socket allows (IP_MINTTL, IPV6_MINHOPCOUNT). */
  #isTooFar({ state, options }: Tcb, ip: IpHeader): boolean {
    // Linux does not ask the ACK of a handshake.
    if (state === State.SYN_RECEIVED && this.#host.policy.halfOpenIsRequest) return false
    const { minTtl, minHopLimit } = options as SocketOptions
    if (ip.ttl >= (ip.version === 4 ? minTtl : minHopLimit)) return false
    this.#host.counters.TCPMinTTLDrop++
    return true
  }

  /** Without the module that checks them signatures are passed over (BSD), but of a SYN for a listener; elsewhere they must be good. */
  #signatureCounts(tcb: Tcb, keys: readonly SignatureKey[] | null, segment: TcpSegment, ip: IpHeader): boolean {
    if (this.#host.personality.sockets.checksSignatures) return this.#signatureIsGood(keys, segment, ip)
    const opens = (segment.ctl & (Ctl.SYN | Ctl.ACK | Ctl.RST)) === Ctl.SYN
    const hears = tcb.state === State.LISTEN || isLightHalfOpen(tcb)
    if (segment.signatureStart >= 0 && opens && hears) return false
    segment.signatureStart = -1
    return true
  }

  /** RFC 2385 §3.1: with a key shared, only what is signed with it counts; without one, nothing that is signed. */
  #signatureIsGood(keys: readonly SignatureKey[] | null, segment: TcpSegment, ip: IpHeader): boolean {
    const at = segment.signatureStart
    segment.signatureKey = null
    if (at < 0 && keys === null) return true
    const counters = this.#host.counters
    const from = ip.source()
    const key = keyFor(keys, from)
    if (key === null && at < 0) return true
    if (key === null) counters.TCPMD5Unexpected++
    else if (at < 0) counters.TCPMD5NotFound++
    else {
      const digest = signatureOf(from, ip.destination(), segment.buf, ip.payloadStart, ip.payloadLength, key)
      segment.signatureKey = key
      if (isSignature(segment.buf, at, digest)) return true
      counters.TCPMD5Failure++
    }
    return false
  }

  #listenerHears(listener: Tcb, segment: TcpSegment, ip: IpHeader, traced: boolean): DropReason {
    const source = ip.source()
    // MUST-63: nor does a net, or nobody
    if (source.isUnspecified || this.#host.interfaces.isBroadcast(source)) return DropReason.BAD_ADDRESS
    if (!traced) this.#traceArrival(listener.id, segment)
    const before = this.#host.counters.ListenDrops
    this.#host.sourceRoutes.hear(listener, source, () => segmentArrives(listener, segment, ip))
    const socket = listener.owner as StreamSocket | null
    if (socket !== null) socket.drops += this.#host.counters.ListenDrops - before
    return DropReason.NONE
  }
}

/** The listener of a request has closed, and no other takes over: it is forgotten as soon as something comes, which is then whoever's listens there now. */
function isLeftBehind(tcb: Tcb): boolean {
  if (tcb.listener === null || tcb.listener.state === State.LISTEN || !isRequest(tcb) || isEarly(tcb)) return false
  if (heirOfRequest(tcb) !== null) return false
  dropRequest(tcb)
  return true
}

/** What is shorter than any segment worth it goes its own way. */
function mayBeJoined(length: number): boolean {
  return length > SHORT && length <= scratch.AREA_LENGTH
}

/** SYN, ACK and FIN: reading them where they lie is cheaper than a copy, though `scratch` is the place where sums are quick. */
function isShortTcp(buf: Uint8Array, start: number, length: number): boolean {
  if (length > SHORT || length < IPV4_HEADER_LENGTH) return false
  const version = (buf[start] as number) >> 4
  return (version === 4 ? buf[start + 9] : version === 6 ? buf[start + 6] : 0) === Protocol.TCP
}

/** A multicast address or that of everybody, from which nobody may send; what lies between them is an address as any other (Linux). */
function isGroup(w0: number, w3: number, version: number): boolean {
  return version === 4 ? w3 >>> 28 === 14 || w3 === -1 : w0 >>> 24 === 0xff
}

function isLoopback(w0: number, w1: number, w2: number, w3: number, version: number): boolean {
  return version === 4 ? w3 >>> 24 === 127 : (w0 | w1 | w2) === 0 && w3 === 1
}
