import { assert, MS, type Seq, scratch } from '../../base/index.ts'
import {
  type Departures as SegmentDepartures,
  speakerOf,
  type Tcb,
  timestampValue,
  transmitPending,
} from '../../tcp/index.ts'
import {
  type Address,
  beginTcpChecksum,
  finishTcpChecksum,
  type IpHeader,
  Protocol,
  pseudoSumBetween,
  stampedIpOptions,
} from '../../wire/index.ts'
import { AUTO_FLOW_LABEL } from '../constants.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'
import { FIELDS_LENGTH, headersLength, writePacket, writeSegment } from './handover.ts'
import { type IpOutput, mayFragment } from './ip-output.ts'
import { ALONE } from './link.ts'
import type { StreamSocket } from './socket-of-stream.ts'

function hasIpOptions(tcb: Tcb): boolean {
  if (!tcb.remote.v4) return false
  return (
    (speakerOf(tcb).options as SocketOptions).sourceRoute !== null || (tcb.options as SocketOptions).ipOptions !== null
  )
}

/** Of the TOS octet: RFC 3168. */
const ECN_BITS = 3

/** What a listener says of its own packets is not said of its connections'. */
function ipOptionsOf(tcb: Tcb): Uint8Array | null {
  const { ipOptions } = tcb.options as SocketOptions
  return ipOptions && stampedIpOptions(ipOptions, tcb.local.w3, Math.floor(tcb.host.now / MS))
}

/** A segment's way out: its checksum, what its socket says of the packet around it, and its turn when the link has enough to do. */
export class Departures implements SegmentDepartures {
  readonly #output: IpOutput
  /** Connections that hold back until their link has drained. */
  readonly #heldBack = new Set<Tcb>()

  constructor(output: IpOutput) {
    this.#output = output
  }

  transmit(tcb: Tcb, start: number, length: number, cut: number): void {
    const { ttl, hopLimit, pathMtuDiscovery, sourceRoute } = speakerOf(tcb).options as SocketOptions
    const { v4 } = tcb.remote
    const octet = serviceOf(tcb)
    this.#output.fragmentable = mayFragment(pathMtuDiscovery)
    if (v4) {
      this.#output.sourceRoute = sourceRoute
      this.#output.ipOptions = ipOptionsOf(tcb)
    } else this.#output.flowLabel = this.#labelOf(tcb)
    // MUST-45: for life
    this.#send(tcb.local, tcb.remote, v4 ? ttl : hopLimit, octet, start, length, cut)
    this.#output.fragmentable = false
    this.#output.sourceRoute = null
    this.#output.ipOptions = null
    this.#output.flowLabel = null
    if (tcb.watch !== null) {
      ;(tcb.owner as StreamSocket | null)?.reports?.transmitted(start, length, v4 ? start - 20 : start - 40)
    }
  }

  takesFields(tcb: Tcb): boolean {
    // Who watches what becomes of octets wants to see them.
    return tcb.watch === null && !hasIpOptions(tcb) && this.#output.handover(tcb.remote) !== null
  }

  handOver(tcb: Tcb, seq: Seq, ack: Seq, ctl: number, wnd: number, up: number, length: number, cut: number): void {
    const { ttl, hopLimit, pathMtuDiscovery } = speakerOf(tcb).options as SocketOptions
    const { v4 } = tcb.remote
    const handover = this.#output.handover(tcb.remote)
    assert(handover !== null, 'a segment is handed over to a link that takes octets')
    const at = this.#output.reserve(tcb.remote, handover, headersLength(tcb), length, cut || ALONE)
    if (at < 0) return
    const { words, bytes } = handover
    writeSegment(words, at, tcb, seq, ack, ctl, wnd, tcb.timestamps ? timestampValue(tcb) : 0)
    const hops = this.#output.hops(tcb.remote, v4 ? ttl : hopLimit)
    const octet = serviceOf(tcb)
    const flow = v4 ? this.#output.nextId() : this.#labelOf(tcb)
    writePacket(words, at, tcb, up, hops, octet, flow, !mayFragment(pathMtuDiscovery))
    if (length > 0) tcb.sendBuffer.copy(seq, bytes, at + FIELDS_LENGTH, length)
  }

  #labelOf({ local, remote, localPort, remotePort, pathChanges, options }: Tcb): number {
    const wanted = (options as SocketOptions).kept.get(AUTO_FLOW_LABEL)
    return this.#output.labelOf(local, remote, (localPort << 16) | remotePort, pathChanges, wanted)
  }

  transmitReply(ip: IpHeader, start: number, length: number, tos: number, hops: number): void {
    this.#send(ip.destination(), ip.source(), hops, tos, start, length, 0)
  }

  transmitReplyOf(speaker: Tcb, ip: IpHeader, start: number, length: number): void {
    const { ttl, hopLimit, tos, trafficClass } = speaker.options as SocketOptions
    const { v4 } = ip.source()
    this.transmitReply(ip, start, length, (v4 ? tos : trafficClass) & ~ECN_BITS, v4 ? ttl : hopLimit)
  }

  #send(local: Address, remote: Address, ttl: number, tos: number, start: number, length: number, burst: number): void {
    const cuts = this.#output.linkCuts(remote)
    if (burst > 0 && !cuts) return this.#output.sendBurst(local, remote, ttl, tos, start, length, burst)
    const cut = burst === 0 && cuts ? ALONE : burst
    const pseudo = pseudoSumBetween(local, remote, Protocol.TCP, length)
    if (cut > 0) beginTcpChecksum(scratch.bytes, start, pseudo)
    else finishTcpChecksum(scratch.bytes, start, length, pseudo)
    this.#output.send(local, remote, Protocol.TCP, ttl, tos, start, length, cut)
  }

  takesBursts(tcb: Tcb): boolean {
    // There is no room for the IP options of each segment.
    if (hasIpOptions(tcb)) return false
    const iface = this.#output.towards(tcb.remote)
    if (iface === null) return false
    // Who watches what becomes of octets gets the packets themselves: what is cut here is written over.
    return iface.link.cuts === true || (iface.genericOffload && tcb.watch === null)
  }

  linkIsFull(tcb: Tcb): boolean {
    if (!this.#hasFullLink(tcb)) return false
    this.#heldBack.add(tcb)
    return true
  }

  #hasFullLink(tcb: Tcb): boolean {
    return this.#output.towards(tcb.remote)?.link.full === true
  }

  /** Whether `resume` would find somebody. */
  mayResume(): boolean {
    for (const tcb of this.#heldBack) if (!this.#hasFullLink(tcb)) return true
    return false
  }

  /** Whoever held back goes on, in the order in which they came, as far as their links have drained. */
  resume(): void {
    if (this.#heldBack.size === 0) return
    for (const tcb of [...this.#heldBack]) {
      if (this.#hasFullLink(tcb)) continue
      this.#heldBack.delete(tcb)
      transmitPending(tcb)
    }
  }

  /** The connection is gone. */
  forget(tcb: Tcb): void {
    this.#heldBack.delete(tcb)
  }
}

/** TOS or traffic class of a packet. What a SYN brought with it goes back, if the host is set so. */
function serviceOf(tcb: Tcb): number {
  if (tcb.service >= 0) return tcb.service
  const speaker = (tcb.host as StackHost).config.reflectTos ? tcb : speakerOf(tcb)
  const { tos, trafficClass } = speaker.options as SocketOptions
  // MUST-48: IP_TOS, IPV6_TCLASS
  const asked = tcb.remote.v4 ? tos : trafficClass
  return asked | tcb.ecn.codepoint
}
