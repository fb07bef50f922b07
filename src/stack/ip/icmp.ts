import { assert, Errno, type Micros, scratch } from '../../base/index.ts'
import {
  abortCall,
  doubtedError,
  forgetRequest,
  isEarly,
  isLightHalfOpen,
  isRequest,
  knownMss,
  pathMtuChanged,
  State,
  softError,
  type Tcb,
  takeBackOff,
} from '../../tcp/index.ts'
import {
  type Address,
  DropReason,
  finishIcmpChecksum,
  ICMP_HEADER_LENGTH,
  ICMP_QUOTE_MAX,
  ICMPV6_QUOTE_MAX,
  IcmpKind,
  IcmpMessage,
  IcmpType,
  IcmpUnreachable,
  Icmpv6Type,
  Icmpv6Unreachable,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  IpHeader,
  lastNextHeader,
  Protocol,
  parseIcmp,
  parseIcmpv6,
  parseIp,
  pseudoSumBetween,
  type QuotedPacket,
  sourceRouteLength,
  UDP_HEADER_LENGTH,
  writeIcmpEcho,
  writeIcmpError,
} from '../../wire/index.ts'
import { PathMtuDiscovery } from '../constants.ts'
import { icmpReport } from '../sockets/icmp-report.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'
import type { IcmpMeaning } from './icmp-meanings.ts'
import { mayFragment } from './ip-output.ts'
import type { StreamSocket } from './socket-of-stream.ts'
import type { DatagramSocket, Udp } from './udp.ts'

const IP_ROOM = 40
/** RFC 1191 §3: no router may ask for less than this; RFC 8200 §5 for IPv6. */
const SMALLEST_MTU_V4 = 68
const SMALLEST_MTU_V6 = 1280
/** IPv6's header, one of a fragment, and the least piece: who asks for less means nothing. */
const LEAST_SENSE = 56
/** RFC 4443 §2.4 f: errors of a host are limited; a bucket of 50, refilled at 1000 a second, as on Linux. */
const ERRORS_BURST = 50
const ERROR_INTERVAL_US = 1000
/** Code of a parameter problem: a next header that nobody knows. */
const UNKNOWN_HEADER = 1
/** Code of "time exceeded", in both families. */
const REASSEMBLY_TIME = 1

/** IPv4's header and TCP's. */
const TCP_IP_HEADERS = 40
/** IPv6's and TCP's. */
const TCP_IP6_HEADERS = 60
/** RFC 1191 §7.1: MTUs that networks have. */
const PLATEAUS: readonly number[] = [32_000, 17_914, 8166, 4352, 2002, 1492, 1280, 1006, 508, 296, SMALLEST_MTU_V4]

function nextSmaller(mtu: number): number {
  return PLATEAUS.find((plateau) => plateau < mtu) ?? SMALLEST_MTU_V4
}

/** IP_RECVERR, IPV6_RECVERR. */
function wantsReports({ receiveErrors, receiveErrors6 }: SocketOptions, version: number): boolean {
  return version === 4 ? receiveErrors : receiveErrors6
}

/** Where errors find the datagrams that they are about. */
interface IcmpHost extends StackHost {
  readonly udp: Udp
}

/** ICMP and ICMPv6: echo is answered, errors go to the connection or socket they are about, port unreachable is sent. */
export class Icmp {
  readonly #host: IcmpHost
  readonly #message = new IcmpMessage()
  #errorsLeft = ERRORS_BURST
  #errorsAt: Micros = 0

  constructor(host: IcmpHost) {
    this.#host = host
  }

  /** An ICMP or ICMPv6 message for this host has arrived. */
  arrives(ip: IpHeader): DropReason {
    const counters = this.#host.counts.icmp
    counters.InMsgs++
    const message = this.#message
    const reason = this.#parse(ip, message)
    if (reason !== DropReason.NONE) {
      counters.InErrors++
      return reason
    }
    const { code } = message
    const v4 = ip.version === 4
    const meanings = this.#host.personality.sockets.icmp
    switch (message.kind) {
      case IcmpKind.ECHO:
        counters.InEchos++
        this.#answerEcho(ip, message)
        break
      case IcmpKind.ECHO_REPLY:
        counters.InEchoReps++
        break
      case IcmpKind.UNREACHABLE:
        counters.InDestUnreachs++
        this.#report(message, v4 ? meanings.unreachable4(code) : meanings.unreachable6(code))
        break
      case IcmpKind.TIME_EXCEEDED:
        counters.InTimeExcds++
        this.#report(message, meanings.timeExceeded(code, ip.version))
        break
      case IcmpKind.PARAMETER_PROBLEM:
        this.#report(message, v4 ? meanings.parameterProblem4(code) : meanings.parameterProblem6(code))
        break
      case IcmpKind.UNKNOWN_ERROR:
        this.#report(message, meanings.unknown6)
        break
      case IcmpKind.TOO_BIG:
        this.#tooBig(message)
        break
      default:
      // Redirects are not followed, neighbour discovery is the link's, the rest means nothing to a host.
    }
    return DropReason.NONE
  }

  #parse(ip: IpHeader, message: IcmpMessage): DropReason {
    const { payloadStart, payloadLength } = ip
    if (ip.version === 4) return parseIcmp(scratch.bytes, payloadStart, payloadLength, message)
    return parseIcmpv6(scratch.bytes, payloadStart, payloadLength, ip.pseudoSum(), message)
  }

  #answerEcho(ip: IpHeader, message: IcmpMessage): void {
    if (this.#host.config.ignoreEcho) return
    const start = scratch.OUT + IP_ROOM
    const type = ip.version === 4 ? IcmpType.ECHO_REPLY : Icmpv6Type.ECHO_REPLY
    writeIcmpEcho(scratch.bytes, start, type, message.id, message.seq)
    const { dataStart, dataLength } = message
    scratch.bytes.copyWithin(start + ICMP_HEADER_LENGTH, dataStart, dataStart + dataLength)
    this.#host.counts.icmp.OutEchoReps++
    this.#send(ip.destination(), ip.source(), start, ICMP_HEADER_LENGTH + dataLength)
  }

  /** RFC 1122 §4.1.3.1: nobody hears at that port. */
  sendPortUnreachable(ip: IpHeader): void {
    if (!this.#mayError()) return
    this.#host.counts.icmp.OutDestUnreachs++
    if (ip.version === 4) this.#sendErrorFor(ip, IcmpType.UNREACHABLE, IcmpUnreachable.PORT)
    else this.#sendErrorFor(ip, Icmpv6Type.UNREACHABLE, Icmpv6Unreachable.PORT)
  }

  /**
   * Nobody answers on the last hop of a packet of this host's own: whoever sent it hears what a router would have said, as on Linux. An
   * attempt to open fails with EHOSTUNREACH then, and an open connection goes on.
   */
  sendHostUnreachable(packet: Uint8Array): void {
    const { NONE, FRAGMENT } = DropReason
    const ip = new IpHeader()
    const reason = parseIp(packet, 0, packet.length, ip)
    assert(reason === NONE || reason === FRAGMENT, `a packet of the host's own is none (${reason})`)
    const own = ip.source()
    const [type, code] = own.v4
      ? [IcmpType.UNREACHABLE, IcmpUnreachable.HOST]
      : [Icmpv6Type.UNREACHABLE, Icmpv6Unreachable.ADDRESS]
    this.#host.counts.icmp.OutDestUnreachs++
    this.#sendError(own, own, type, code, 0, packet, 0, packet.length)
  }

  /** RFC 1122 §3.2.2.1, RFC 8200 §4: nobody here understands what the packet carries. */
  sendProtocolUnreachable(ip: IpHeader): void {
    if (ip.version === 6)
      return this.sendParameterProblem(scratch.bytes, ip, UNKNOWN_HEADER, lastNextHeader(scratch.bytes, ip))
    if (!this.#mayError()) return
    this.#host.counts.icmp.OutDestUnreachs++
    this.#sendErrorFor(ip, IcmpType.UNREACHABLE, IcmpUnreachable.PROTOCOL)
  }

  /** RFC 792, RFC 4443 §3.3: pieces of the packet that began so did not come. */
  sendReassemblyTimeExceeded(first: Uint8Array, local: Address, remote: Address): void {
    if (!this.#mayError()) return
    this.#host.counts.icmp.OutTimeExcds++
    const type = remote.v4 ? IcmpType.TIME_EXCEEDED : Icmpv6Type.TIME_EXCEEDED
    this.#sendError(local, remote, type, REASSEMBLY_TIME, 0, first, 0, first.length)
  }

  /** RFC 4443 §3.4: a packet breaks the rules there. It lies in `scratch` or was read in place. */
  sendParameterProblem(buf: Uint8Array, ip: IpHeader, code: number, pointer: number): void {
    if (!this.#mayError()) return
    this.#host.counts.icmp.OutParmProbs++
    this.#sendErrorFor(ip, Icmpv6Type.PARAMETER_PROBLEM, code, pointer, buf)
  }

  /** An error about the packet that arrived, to where it came from. */
  #sendErrorFor(ip: IpHeader, type: number, code: number, rest = 0, buf: Uint8Array = scratch.bytes): void {
    const { payloadStart, headerLength, payloadLength } = ip
    const start = payloadStart - headerLength
    this.#sendError(ip.destination(), ip.source(), type, code, rest, buf, start, headerLength + payloadLength)
  }

  #sendError(
    local: Address,
    remote: Address,
    type: number,
    code: number,
    rest: number,
    packet: Uint8Array,
    packetStart: number,
    packetLength: number,
  ): void {
    const start = scratch.OUT + IP_ROOM
    const most = remote.v4 ? ICMP_QUOTE_MAX : ICMPV6_QUOTE_MAX
    const length = writeIcmpError(scratch.bytes, start, type, code, rest, packet, packetStart, packetLength, most)
    this.#send(local, remote, start, length)
  }

  #mayError(): boolean {
    const now = this.#host.now
    const earned = Math.floor((now - this.#errorsAt) / ERROR_INTERVAL_US)
    if (earned > 0) {
      this.#errorsLeft = Math.min(ERRORS_BURST, this.#errorsLeft + earned)
      this.#errorsAt = now
    }
    if (this.#errorsLeft === 0) return false
    this.#errorsLeft--
    return true
  }

  #send(local: Address, remote: Address, start: number, length: number): void {
    const protocol = remote.v4 ? Protocol.ICMP : Protocol.ICMPV6
    const pseudo = remote.v4 ? 0 : pseudoSumBetween(local, remote, protocol, length)
    finishIcmpChecksum(scratch.bytes, start, length, pseudo)
    this.#host.counts.icmp.OutMsgs++
    const { output } = this.#host
    const mtu = this.#host.pathMtu(remote)
    // No system forbids routers to cut what it answers.
    output.fragmentable = true
    if (length + (remote.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH) <= mtu)
      output.send(local, remote, protocol, -1, 0, start, length)
    else output.sendInPieces(local, remote, protocol, -1, start, length, mtu)
    output.fragmentable = false
  }

  /** Hands an error to whom the quoted packet belongs. */
  #report(message: IcmpMessage, meaning: IcmpMeaning | undefined): void {
    if (meaning === undefined) return
    const { quote } = message
    if (quote.ip.protocol === Protocol.TCP) {
      const tcb = this.#quotedConnection(message)
      if (tcb !== null) this.#reportTcp(tcb, message, meaning)
    } else if (quote.ip.protocol === Protocol.UDP) {
      const socket = this.#quotedSocket(quote)
      if (socket !== null) reportDatagram(socket, message, meaning.errno, meaning.hard)
    }
  }

  #reportTcp(tcb: Tcb, message: IcmpMessage, meaning: IcmpMeaning): void {
    if (this.#host.policy.icmpIsDoubted) return doubtedError(tcb, meaning.errno, meaning.hard)
    if (isRequest(tcb) && !isEarly(tcb)) {
      if (meaning.endsRequest === true) forgetRequest(tcb)
      return
    }
    // Accepted before its handshake is complete, it counts as open.
    const opening = tcb.state === State.SYN_SENT || (tcb.state === State.SYN_RECEIVED && !isAcceptedEarly(tcb))
    // Of routes that are gone for a while the loss of packets says nothing more.
    const takesBack = meaning.takesBack === 'always' || (meaning.takesBack === 'open' && !opening)
    if (takesBack && message.quote.seq === tcb.snd.una) takeBackOff(tcb)
    const { unreachableEndsOpening, hardErrorsEnd } = this.#host.personality.sockets
    const ends = meaning.hard || unreachableEndsOpening
    const { version } = message.quote.ip
    // MUST-56: a soft one not even ends the attempt to open
    if (opening && ends) {
      // Over IPv4 the end of an attempt is told of even to whoever did not ask.
      const told = version === 4 || wantsReports(tcb.options as SocketOptions, version)
      if (told) (tcb.owner as StreamSocket | null)?.report(icmpReport(message, meaning.errno, version, 0))
      softError(tcb, meaning.errno)
      // SHLD-26: in every state
    } else if (meaning.hard && hardErrorsEnd) abortCall(tcb, meaning.errno)
    else remember(tcb, meaning.errno)
  }

  #quotedSocket({ ip, sourcePort, destinationPort }: QuotedPacket): DatagramSocket | null {
    const local = this.#host.addresses.find(ip.s0, ip.s1, ip.s2, ip.s3)
    return local < 0 ? null : this.#host.udp.find(sourcePort, local, ip.destination(), destinationPort)
  }

  /** R1 (RFC 9293 §3.8.3): text was sent again and again, and nothing comes back. */
  reportDelivery(tcb: Tcb): void {
    const asked = this.#host.personality.sockets.reportsDelivery && asksForErrors(tcb)
    // SHLD-9: before R2 ends it
    if (asked) tellError(tcb, Errno.ETIMEDOUT)
  }

  /** RFC 5927 §4.1: an error counts only if it quotes a sequence number that is in flight; others may be forged. */
  #quotedConnection(message: IcmpMessage): Tcb | null {
    const { seq } = message.quote
    const tcb = this.#connectionOf(message.quote)
    if (tcb === null) return null
    const beyond = (seq - tcb.snd.nxt) | 0
    // A request has sent one number, and no other can be quoted.
    const last = this.#host.policy.icmpIsDoubted || (isRequest(tcb) && !isEarly(tcb)) ? -1 : 0
    const inFlight = ((seq - tcb.snd.una) | 0) >= 0 && beyond <= last
    if (!inFlight) this.#host.counters.OutOfWindowIcmps++
    return inFlight ? tcb : null
  }

  #connectionOf({ ip, sourcePort, destinationPort }: QuotedPacket): Tcb | null {
    const local = this.#host.addresses.find(ip.s0, ip.s1, ip.s2, ip.s3)
    if (local < 0) return null
    const ports = (sourcePort << 16) | destinationPort
    // MUST-54: by the quoted addresses and ports
    return this.#host.connections.find(ip.d0, ip.d1, ip.d2, ip.d3, local, ports)
  }

  /** No less than any path carries; a router that names no number means the next smaller of those in use. */
  #believableMtu(message: IcmpMessage): number {
    const { config, policy } = this.#host
    const { ip } = message.quote
    const doubts = policy.icmpIsDoubted
    if (ip.version !== 4) return Math.max(message.mtu, SMALLEST_MTU_V6)
    const least = doubts ? Math.max(policy.smallestMss, config.leastMss) + TCP_IP_HEADERS : 0
    const named =
      message.mtu === 0 && policy.guessesPathMtu ? nextSmaller(ip.headerLength + ip.payloadLength) : message.mtu
    return Math.max(named, least)
  }

  /** What packets may be smaller than, to be believed: the path's MTU, or as large as this connection's segments get (BSD). */
  #currentMtu(tcb: Tcb, version: number): number {
    if (!this.#host.policy.icmpIsDoubted) return this.#host.pathMtu(tcb.remote)
    return knownMss(tcb) + (version === 4 ? TCP_IP_HEADERS : TCP_IP6_HEADERS)
  }

  /** RFC 1191, RFC 8201: the path carries less than we thought. */
  #tooBig(message: IcmpMessage): void {
    const { quote } = message
    if (quote.ip.protocol === Protocol.UDP) return this.#datagramTooBig(message)
    this.#cacheUnasked(message)
    const tcb = quote.ip.protocol === Protocol.TCP ? this.#quotedConnection(message) : null
    // Whoever cannot quote what we sent does not get to shrink our packets.
    if (tcb === null) return
    // A record of a SYN knows no sizes; to it this is an error as any other.
    if (isLightHalfOpen(tcb)) return doubtedError(tcb, Errno.EMSGSIZE, false)
    // Nor has a request anything that could be smaller, and nobody else is told.
    if (isRequest(tcb) && !isEarly(tcb)) return
    const { now, output, config } = this.#host
    const { leastPathMtu, pathMtuLifeUs, noPathMtuDiscovery } = config
    const { v4 } = tcb.remote
    if (v4 && noPathMtuDiscovery === 2) return
    // RFC 8201 §4: no link is that narrow.
    if (!v4 && message.mtu < SMALLEST_MTU_V6 && !this.#host.policy.icmpIsDoubted) return
    // Who does not ask for it takes a router's word for that of the narrowest path.
    const said = v4 && noPathMtuDiscovery === 1 ? 0 : this.#believableMtu(message)
    const mtu = v4 ? Math.max(said, leastPathMtu) : said
    const current = this.#currentMtu(tcb, quote.ip.version)
    const isFinal = output.isPathFinal(tcb.remote, now)
    if (v4) this.#rememberTooNarrow(tcb, said, isFinal ? current : Math.min(current, mtu))
    if (said >= current || isFinal) return
    if (!v4 && !this.#host.policy.icmpIsDoubted && isSmallEnough(tcb, said)) return
    const { sourceRoute, pathMtuDiscovery, pathMtuDiscovery6 } = tcb.options as SocketOptions
    const taken = sourceRoute === null ? mtu : mtu - sourceRouteLength(sourceRoute)
    if (this.#host.config.hostCache) output.learnPathMtu(tcb.remote, taken, now, now + pathMtuLifeUs, said < mtu)
    else tcb.peerMss = Math.min(tcb.peerMss, taken - (tcb.remote.v4 ? TCP_IP_HEADERS : TCP_IP6_HEADERS))
    // Whoever lets routers fragment has lost nothing: what is in flight goes on.
    if (!mayFragment(v4 ? pathMtuDiscovery : pathMtuDiscovery6)) pathMtuChanged(tcb)
  }

  /**
   * Where errors are doubted, those of IPv6 reach the host cache before anybody asks what they quote: half-open connections and such as are to come
   * begin with it. DIFFERS: of what quotes an open connection wrongly nothing is kept, because that would learn it from the cache.
   */
  #cacheUnasked(message: IcmpMessage): void {
    const { policy, config, now, output } = this.#host
    const { ip } = message.quote
    if (ip.version === 4 || !policy.icmpIsDoubted || !config.hostCache || message.mtu < LEAST_SENSE) return
    const whose = this.#connectionOf(message.quote)
    if (whose !== null && whose.state !== State.SYN_SENT && !isLightHalfOpen(whose)) return
    const remote = ip.destination()
    const mtu = this.#believableMtu(message)
    if (mtu < this.#host.pathMtu(remote)) output.learnPathMtu(remote, mtu, now, now + config.pathMtuLifeUs, false)
  }

  /** The next datagrams leave in smaller pieces; a program that asked for whole ones, or is connected, is told (Linux). */
  #datagramTooBig(message: IcmpMessage): void {
    const socket = this.#quotedSocket(message.quote)
    if (socket === null) return
    const { now, output, config } = this.#host
    const remote = message.quote.ip.destination()
    const { pathMtuDiscovery, pathMtuDiscovery6 } = socket.options
    const discovery = remote.v4 ? pathMtuDiscovery : pathMtuDiscovery6
    const believes = discovery !== PathMtuDiscovery.INTERFACE && discovery !== PathMtuDiscovery.OMIT
    // Nothing that a datagram quotes proves that it has been sent.
    if (remote.v4 ? config.noPathMtuDiscovery >= 2 : !believes) return
    const said = remote.v4 && config.noPathMtuDiscovery === 1 ? 0 : message.mtu
    const mtu = remote.v4 ? Math.max(said, config.leastPathMtu) : said
    const counts = believes && (remote.v4 || mtu >= SMALLEST_MTU_V6)
    if (counts && mtu < this.#host.pathMtu(remote) && !output.isPathFinal(remote, now))
      output.learnPathMtu(remote, mtu, now, now + config.pathMtuLifeUs, said < mtu)
    if (!remote.v4 || discovery !== PathMtuDiscovery.DONT)
      reportDatagram(socket, message, Errno.EMSGSIZE, discovery !== PathMtuDiscovery.DONT)
  }

  /** Packets that nobody may fragment, on a path that takes less than they will ever be: the connection may fail of it (Linux). */
  #rememberTooNarrow(tcb: Tcb, said: number, path: number): void {
    const { pathMtuDiscovery } = tcb.options as SocketOptions
    if (this.#host.policy.icmpIsDoubted || pathMtuDiscovery !== PathMtuDiscovery.DO) return
    if (said < path) tcb.softError = Errno.EMSGSIZE
  }
}

/** The program hears of it by the error queue if it asked (IP_RECVERR); of what is hard it hears by the next call, if it is connected. */
function reportDatagram(socket: DatagramSocket, message: IcmpMessage, errno: number, hard: boolean): void {
  const { version } = message.quote.ip
  const asked = wantsReports(socket.options, version)
  if (asked) socket.report(icmpReport(message, errno, version, UDP_HEADER_LENGTH))
  if (asked || hard) socket.fail(errno, asked)
}

/** What a router says of an IPv6 path is no news where segments would not become smaller by it. */
function isSmallEnough(tcb: Tcb, mtu: number): boolean {
  return Math.max(Math.min(mtu - TCP_IP6_HEADERS, tcb.peerMss), tcb.host.config.minSendMss) >= tcb.sendMss
}

/** Fast Open: the program has it already. */
function isAcceptedEarly(tcb: Tcb): boolean {
  return isEarly(tcb) && tcb.listener === null
}

/** A soft error: told at once to a program that asked (IP_RECVERR), else kept for SO_ERROR and for the day when the connection ends. */
function remember(tcb: Tcb, errno: number): void {
  // SHLD-20: only who asks is told
  if (asksForErrors(tcb)) tellError(tcb, errno)
  // SHLD-25: SO_ERROR tells it
  else tcb.softError = errno
}

function asksForErrors(tcb: Tcb): boolean {
  return wantsReports(tcb.options as SocketOptions, tcb.remote.v4 ? 4 : 6)
}

/** The next call fails with it, poll() says so, and the connection goes on. */
function tellError(tcb: Tcb, errno: number): void {
  tcb.error = errno
  // MUST-47: whoever polls hears of it at once
  tcb.owner?.ready(tcb)
}
