import type { Micros, Seq } from '../../base/index.ts'
import { seqGt } from '../../base/index.ts'
import { formatAddress } from '../../stack/index.ts'
import { type Address, buildTcpPacket, Ctl } from '../../wire/index.ts'
import { FlowBook } from '../faults/flows.ts'
import { type FaultRule, FaultRules, type PacketChoice } from '../faults/rules.ts'
import { Box, type BoxMedium } from './box.ts'
import { type Headers, isOpening, type Packet, readHeaders } from './packet.ts'

/** What a firewall does with what it does not let through. */
export type Refusal = 'drop' | 'reset'

/** How it tells the two ends of a flow that it has forgotten them; no real one says `fin`. */
export type Farewell = 'silence' | 'reset' | 'fin'

/** How a firewall behaves. */
export interface FirewallOptions {
  /** A flow that has been silent for so long is forgotten. Default: never. */
  readonly idleTimeoutUs?: Micros
  /** For a segment of a flow that it does not know and that is no SYN. Default `drop`, which most do. */
  readonly unknown?: Refusal
  /** Default `silence`. */
  readonly farewell?: Farewell
}

/** One end of a flow as the firewall saw it. */
interface Side {
  readonly address: Address
  readonly port: number
  /** One past the last sequence number it sent; null before its first segment. */
  end: Seq | null
}

interface Flow {
  readonly sides: readonly [Side, Side]
  lastSeen: Micros
}

/**
 * A stateful firewall: a SYN opens a flow, what belongs to a known flow passes, everything else of TCP does not. Other
 * protocols pass. Beyond that it has rules like a link's, for what it blocks in any case.
 */
export class Firewall extends Box {
  private readonly flows = new Map<string, Flow>()
  private readonly book: FlowBook
  private readonly dropRules: FaultRules
  private readonly resetRules: FaultRules
  private readonly idleTimeoutUs: Micros
  private readonly unknown: Refusal
  private readonly farewell: Farewell
  private failed = false

  /** Made by `World.firewall`. */
  constructor(medium: BoxMedium, name: string, index: number, options: FirewallOptions) {
    super(medium, name, index)
    const names = (): readonly string[] => medium.hostNames()
    this.book = new FlowBook((address) => medium.nameOf(address))
    this.dropRules = new FaultRules(names)
    this.resetRules = new FaultRules(names)
    this.idleTimeoutUs = options.idleTimeoutUs ?? Number.POSITIVE_INFINITY
    this.unknown = options.unknown ?? 'drop'
    this.farewell = options.farewell ?? 'silence'
  }

  /** Blocks packets, by name or predicate: drops them, or answers them with a RST. */
  block(packets: PacketChoice, how: Refusal = 'drop'): FaultRule {
    return (how === 'drop' ? this.dropRules : this.resetRules).add(packets, { kind: 'drop' }, 'blocked')
  }

  /** Forgets every flow, as a restart or a fail-over does. */
  forgetAll(): void {
    for (const [key, flow] of this.flows) this.forget(key, flow)
  }

  /** Fails: from now on nothing passes. What it had in mind is forgotten. */
  fail(): void {
    this.medium.recorder.fault(this.medium.now, this.index, 0, 'cut', `${this.name} fails`)
    this.forgetAll()
    this.failed = true
  }

  /** Works again. */
  recover(): void {
    this.medium.recorder.fault(this.medium.now, this.index, 0, 'restart', `${this.name} works again`)
    this.failed = false
  }

  /** How many flows it remembers. */
  get flowCount(): number {
    return this.flows.size
  }

  override receive(_port: number, packet: Packet): void {
    if (this.failed) {
      this.refuse(packet, 'drop', 'it has failed')
      return
    }
    const { ip } = readHeaders(packet.bytes)
    const info = this.book.enter(packet, this.medium.nameOf(ip.source().toString()), this.name)
    const dropped = this.dropRules.judge(info)
    if (dropped !== null) {
      this.refuse(packet, 'drop', dropped.rule)
      return
    }
    const rejected = this.resetRules.judge(info)
    if (rejected !== null) {
      this.refuse(packet, 'reset', rejected.rule)
      return
    }
    const headers = readHeaders(packet.bytes)
    if (headers.isTcp && !this.track(headers)) {
      this.refuse(packet, this.unknown, 'unknown flow')
      return
    }
    this.forward(packet, info.destination)
  }

  /** Brings the segment's flow up to date; false: there is none and may not be. */
  private track({ ip, tcp }: Headers): boolean {
    const opening = isOpening(tcp)
    const source = ip.source()
    const a = formatAddress(source, tcp.sourcePort)
    const b = formatAddress(ip.destination(), tcp.destinationPort)
    const key = a < b ? `${a} ${b}` : `${b} ${a}`
    let flow = this.flows.get(key)
    if (flow !== undefined && this.medium.now - flow.lastSeen > this.idleTimeoutUs) {
      this.flows.delete(key)
      flow = undefined
    }
    if (flow === undefined) {
      if (!opening) return false
      const from: Side = { address: source, port: tcp.sourcePort, end: null }
      const to: Side = { address: ip.destination(), port: tcp.destinationPort, end: null }
      flow = { sides: [from, to], lastSeen: 0 }
      this.flows.set(key, flow)
      this.watch(key, flow)
    }
    flow.lastSeen = this.medium.now
    const [one, two] = flow.sides
    const [side, other] = one.port === tcp.sourcePort && one.address.equals(source) ? [one, two] : [two, one]
    const end = (tcp.seq + tcp.len) | 0
    // Another SYN between the same ports opens another connection: the other end begins anew as well.
    if (opening && side.end !== null && side.end !== end) other.end = null
    if (opening || side.end === null || seqGt(end, side.end)) side.end = end
    return true
  }

  /** With a farewell to say, the moment of forgetting matters; without, it is enough to notice it at the next packet. */
  private watch(key: string, flow: Flow): void {
    if (this.idleTimeoutUs === Number.POSITIVE_INFINITY || this.farewell === 'silence') return
    const look = (): void => {
      if (this.flows.get(key) !== flow) return
      const due = flow.lastSeen + this.idleTimeoutUs
      if (this.medium.now >= due) this.forget(key, flow)
      else this.medium.plan(due, look)
    }
    this.medium.plan(this.medium.now + this.idleTimeoutUs, look)
  }

  private forget(key: string, flow: Flow): void {
    this.flows.delete(key)
    if (this.farewell === 'silence') return
    const [a, b] = flow.sides
    const bit = this.farewell === 'fin' ? Ctl.FIN : Ctl.RST
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      if (from.end === null || to.end === null) continue
      this.say(from, to, from.end, to.end, bit | Ctl.ACK)
    }
  }

  private refuse(packet: Packet, how: Refusal, why: string): void {
    this.medium.fault(this, packet, how === 'drop' ? 'drop' : 'reject', `${this.name}: ${why}`)
    const { ip, tcp, isTcp, sourcePort, destinationPort } = readHeaders(packet.bytes)
    if (how === 'drop' || !isTcp || (tcp.ctl & Ctl.RST) !== 0) return
    // RFC 9293 §3.5.2: the reset takes its sequence number from the ACK, or acknowledges what came.
    const acks = (tcp.ctl & Ctl.ACK) !== 0
    const from: Side = { address: ip.destination(), port: destinationPort, end: null }
    const to: Side = { address: ip.source(), port: sourcePort, end: null }
    if (acks) this.say(from, to, tcp.ack, 0, Ctl.RST)
    else this.say(from, to, 0, (tcp.seq + tcp.len) | 0, Ctl.RST | Ctl.ACK)
  }

  /** Sends a segment in the name of one end to the other. */
  private say(from: Side, to: Side, seq: Seq, ack: Seq, ctl: number): void {
    const ends = { source: from.address, sourcePort: from.port, destination: to.address, destinationPort: to.port }
    const bytes = buildTcpPacket({ ...ends, seq, ack, ctl })
    this.forward({ number: this.medium.recorder.newPacket(), bytes }, to.address.toString())
  }
}
