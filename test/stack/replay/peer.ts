/**
 * The other end of every connection in the tables, as test/kernel/truth/peer.py is on the real kernel: it sends what a step
 * says and nothing of itself. It acknowledges nothing, retransmits nothing and keeps no time.
 */
import {
  type Address,
  buildTcpPacket,
  buildUdpPacket,
  Ctl,
  DropReason,
  describePacket,
  finishIcmpChecksum,
  ICMP_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  type PacketSummary,
  Protocol,
  pseudoSum,
  type TcpSummary,
  writeIcmpError,
  writeIpv4,
  writeIpv6,
} from '../../../src/wire/index.ts'
import { wireAddress } from './addresses.ts'

/** Every connection of the peer starts at this sequence number, with this window and MSS. */
const ISS = 1000
const WINDOW = 65_535
const MSS = 1460
const TTL = 64
/** How much of the host's packet an error quotes. */
const QUOTE_MAX = 576

// In the order in which a reader wants them; PSH is left out.
const FLAG_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [Ctl.SYN, 'SYN'],
  [Ctl.FIN, 'FIN'],
  [Ctl.RST, 'RST'],
  [Ctl.URG, 'URG'],
  [Ctl.ACK, 'ACK'],
]

/** name → [type, code] of ICMP, then of ICMPv6. */
const ICMP_KINDS: Readonly<Record<string, readonly [readonly [number, number], readonly [number, number]]>> = {
  'net-unreachable': [
    [3, 0],
    [1, 0],
  ],
  'host-unreachable': [
    [3, 1],
    [1, 3],
  ],
  'protocol-unreachable': [
    [3, 2],
    [4, 1],
  ],
  'port-unreachable': [
    [3, 3],
    [1, 4],
  ],
  'admin-prohibited': [
    [3, 13],
    [1, 1],
  ],
  'time-exceeded': [
    [11, 0],
    [3, 0],
  ],
}

/** What the host sent, as a reader sees it, and when. */
export interface Seen {
  readonly atUs: number
  /** `SYN,ACK`, `ACK:3`, `UDP:5`, `ICMP port-unreachable`. */
  readonly text: string
  /** Place of the text in the host's stream, ` 1000-2000`; empty without text. */
  readonly place: string
}

/** One connection, or UDP conversation, as the peer knows it. */
export class Flow {
  readonly protocol: number
  readonly peer: Address
  readonly peerPort: number
  readonly host: Address
  readonly hostPort: number
  /** True once a name stands for it. */
  claimed = false
  sndNxt = ISS
  synSent = false
  /** The host's next octet, once its SYN has come. */
  rcvNxt: number | undefined
  /** What the peer has acknowledged so far. */
  acked: number | undefined
  window = WINDOW
  mss = MSS
  /** SACK is offered on a SYN. */
  sack = false
  /** The sequence number of the host's first octet. */
  origin = 0
  /** The host's latest TSval. */
  echo = 0
  /** The TSval of everything the peer sends; undefined: no timestamps. */
  timestamp: number | undefined
  lastPacket: Uint8Array = new Uint8Array(0)
  lastSent: Uint8Array = new Uint8Array(0)
  seen: Seen[] = []

  constructor(protocol: number, peer: Address, peerPort: number, host: Address, hostPort: number) {
    this.protocol = protocol
    this.peer = peer
    this.peerPort = peerPort
    this.host = host
    this.hostPort = hostPort
  }

  /** Notes a segment that the host sent: the next octet is behind it if it is the one awaited. */
  takeTcp(tcp: TcpSummary): void {
    if (tcp.timestamps !== undefined) this.echo = tcp.timestamps.tsVal
    if ((tcp.ctl & Ctl.RST) !== 0) return
    if ((tcp.ctl & Ctl.SYN) !== 0) {
      this.rcvNxt = tcp.seq
      this.origin = (tcp.seq + 1) | 0
    }
    if (this.rcvNxt === tcp.seq) this.rcvNxt = (tcp.seq + tcp.dataLength + controlOctets(tcp.ctl)) | 0
  }
}

/** A SACK block. */
interface Block {
  readonly left: number
  readonly right: number
}

/** How a segment departs from the one that comes next by itself. */
export interface SegmentOptions {
  readonly octets?: number | undefined
  /** Sent at this sequence number instead; the next one is what it was. */
  readonly seq?: number | undefined
  /** Added to the acknowledgment number. */
  readonly acking?: number | undefined
  /** SACK blocks. */
  readonly blocks?: readonly Block[] | undefined
}

/** All conversations of the peer's side of the wire. */
export class Peer {
  readonly #send: (packet: Uint8Array) => void
  readonly #flows = new Map<string, Flow>()
  readonly #named = new Map<string, Flow>()

  /** @param send puts a packet on the wire to the host. */
  constructor(send: (packet: Uint8Array) => void) {
    this.#send = send
  }

  /**
   * Takes in a packet that the host sent.
   * @throws {Error} when it is malformed, its checksums included.
   */
  take(packet: Uint8Array, atUs: number): void {
    const summary = describePacket(packet)
    // No case asks for a piece of a datagram.
    if (summary.reason === DropReason.FRAGMENT) return
    if (summary.reason !== DropReason.NONE)
      throw new Error(`the host sent a malformed packet (drop reason ${summary.reason})`)
    const { tcp, udp } = summary
    if (summary.icmp !== undefined) return this.#takeIcmp(summary, atUs)
    const ports = tcp ?? udp
    if (ports === undefined) return
    const flow = this.#flowOf(summary, ports.destinationPort, ports.sourcePort)
    flow.lastPacket = packet
    if (udp !== undefined) flow.seen.push({ atUs, text: withOctets('UDP', udp.dataLength), place: '' })
    if (tcp === undefined) return
    flow.takeTcp(tcp)
    flow.seen.push({ atUs, text: withOctets(flagNames(tcp.ctl), tcp.dataLength), place: placeOf(flow, tcp) })
  }

  #flowOf({ protocol, source, destination }: PacketSummary, peerPort: number, hostPort: number): Flow {
    const key = keyOf(protocol, destination, peerPort, source, hostPort)
    const known = this.#flows.get(key)
    if (known !== undefined) return known
    const flow = new Flow(protocol, destination, peerPort, source, hostPort)
    this.#flows.set(key, flow)
    return flow
  }

  /** An error that the host sends about a packet of the peer's. */
  #takeIcmp({ icmp, version }: PacketSummary, atUs: number): void {
    if (icmp?.quote === undefined) return
    const { source, destination, protocol, sourcePort, destinationPort } = icmp.quote
    const flow = this.#flows.get(keyOf(protocol, source, sourcePort, destination, destinationPort))
    const kind = Object.entries(ICMP_KINDS).find(([, codes]) => {
      const [type, code] = codes[version === 4 ? 0 : 1]
      return type === icmp.type && code === icmp.code
    })
    if (kind !== undefined) flow?.seen.push({ atUs, text: `ICMP ${kind[0]}`, place: '' })
  }

  /**
   * The conversation that `name` stands for: its own, or the oldest one that no name has taken.
   * @throws {Error} when there is none: the host has sent nothing to it.
   */
  flow(name: string): Flow {
    const flow = this.#named.get(name) ?? this.#unclaimed()
    if (flow === undefined) throw new Error(`${name} has no connection: the host has sent nothing to it`)
    flow.claimed = true
    this.#named.set(name, flow)
    return flow
  }

  /** True when `name` stands for a conversation, or there is one that no name has taken. */
  hasFlow(name: string): boolean {
    return this.#named.has(name) || this.#unclaimed() !== undefined
  }

  #unclaimed(): Flow | undefined {
    return [...this.#flows.values()].find((flow) => !flow.claimed)
  }

  /** A new conversation that the peer starts, from `peerPort` to the host's `hostPort`. */
  open(name: string, protocol: number, six: boolean, hostPort: number, peerPort: number): Flow {
    const peer = wireAddress('peer', six)
    const host = wireAddress('host', six)
    const flow = new Flow(protocol, peer, peerPort, host, hostPort)
    flow.claimed = true
    this.#flows.set(keyOf(protocol, peer, peerPort, host, hostPort), flow)
    this.#named.set(name, flow)
    return flow
  }

  /** Sends one segment at the flow's SND.NXT and advances it; with `seq` at that number, advancing nothing. */
  segment(flow: Flow, ctl: number, { octets = 0, seq, acking = 0, blocks = [] }: SegmentOptions = {}): void {
    const reset = (ctl & Ctl.RST) !== 0
    const acknowledges = (ctl & Ctl.ACK) !== 0
    if (acknowledges) flow.acked ??= flow.rcvNxt
    const ack = acknowledges ? ((flow.acked ?? 0) + acking) | 0 : 0
    // RFC 9293 §3.10.7.1: the answer to a segment for a port that is closed has sequence number 0.
    const answers = reset && !flow.synSent && seq === undefined
    const sequence = answers ? 0 : (seq ?? flow.sndNxt)
    if (!answers && seq === undefined) flow.sndNxt = (sequence + octets + controlOctets(ctl)) | 0
    flow.synSent ||= (ctl & Ctl.SYN) !== 0
    const timestamps = flow.timestamp === undefined || reset ? undefined : { tsVal: flow.timestamp, tsEcr: flow.echo }
    flow.lastSent = buildTcpPacket({
      source: flow.peer,
      destination: flow.host,
      sourcePort: flow.peerPort,
      destinationPort: flow.hostPort,
      seq: sequence,
      ack,
      ctl,
      wnd: flow.window,
      up: (ctl & Ctl.URG) !== 0 ? octets : 0,
      mss: (ctl & Ctl.SYN) !== 0 ? flow.mss : 0,
      sackPermitted: flow.sack && (ctl & Ctl.SYN) !== 0,
      sack: blocks,
      ...(timestamps === undefined ? {} : { timestamps }),
      data: text(octets),
    })
    this.#send(flow.lastSent)
  }

  /** Sends an ACK of the host's first `octets` octets, with SACK blocks counted the same way. */
  acknowledge(flow: Flow, octets: number, blocks: readonly Block[]): void {
    const at = (place: number): number => (flow.origin + place) | 0
    flow.acked = at(octets)
    this.segment(flow, Ctl.ACK, { blocks: blocks.map(({ left, right }) => ({ left: at(left), right: at(right) })) })
  }

  /** The last segment once more, octet for octet. */
  again(flow: Flow): void {
    this.#send(flow.lastSent)
  }

  /** Sends one UDP datagram. */
  datagram(flow: Flow, octets: number): void {
    const { peer, peerPort, host, hostPort } = flow
    this.#send(
      buildUdpPacket({
        source: peer,
        destination: host,
        sourcePort: peerPort,
        destinationPort: hostPort,
        data: text(octets),
      }),
    )
  }

  /**
   * Sends an ICMP error about the last packet that the host sent.
   * @throws {Error} for a kind that is none.
   */
  icmp({ peer, host, lastPacket }: Flow, kind: string): void {
    const codes = ICMP_KINDS[kind]
    if (codes === undefined) throw new Error(`there is no ICMP error called '${kind}'`)
    const [type, code] = codes[peer.v4 ? 0 : 1]
    const start = peer.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH
    const packet = new Uint8Array(start + ICMP_HEADER_LENGTH + Math.min(lastPacket.length, QUOTE_MAX))
    const length = packet.length - start
    writeIcmpError(packet, start, type, code, 0, lastPacket, 0, lastPacket.length, QUOTE_MAX)
    const { w0: s0, w1: s1, w2: s2, w3: s3 } = peer
    const { w0: d0, w1: d1, w2: d2, w3: d3 } = host
    if (peer.v4) {
      finishIcmpChecksum(packet, start, length, 0)
      writeIpv4(packet, 0, 0, packet.length, 0, true, TTL, Protocol.ICMP, s3, d3)
    } else {
      const pseudo = pseudoSum(s0, s1, s2, s3, d0, d1, d2, d3, Protocol.ICMPV6, length)
      finishIcmpChecksum(packet, start, length, pseudo)
      writeIpv6(packet, 0, 0, 0, length, Protocol.ICMPV6, TTL, s0, s1, s2, s3, d0, d1, d2, d3)
    }
    this.#send(packet)
  }
}

/**
 * The control bits of `SYN,FIN`; `none` is 0.
 * @throws {Error} for a flag that is none.
 */
export function flagsOf(names: string): number {
  if (names === 'none') return 0
  return names.split(',').reduce((bits, name) => {
    const found = FLAG_NAMES.find(([, known]) => known === name)
    if (found === undefined) throw new Error(`there is no flag called '${name}'`)
    return bits | found[0]
  }, 0)
}

function flagNames(ctl: number): string {
  return FLAG_NAMES.filter(([bit]) => (ctl & bit) !== 0)
    .map(([, name]) => name)
    .join(',')
}

function placeOf(flow: Flow, { seq, dataLength }: TcpSummary): string {
  const start = (seq - flow.origin) >>> 0
  return dataLength === 0 ? '' : ` ${start}-${start + dataLength}`
}

function withOctets(what: string, octets: number): string {
  return octets === 0 ? what : `${what}:${octets}`
}

/** SYN and FIN take a sequence number each. */
function controlOctets(ctl: number): number {
  return Number((ctl & Ctl.SYN) !== 0) + Number((ctl & Ctl.FIN) !== 0)
}

function text(octets: number): Uint8Array {
  return new Uint8Array(octets).fill(0x78)
}

function keyOf(protocol: number, peer: Address, peerPort: number, host: Address, hostPort: number): string {
  return `${protocol} ${peer.toString()}:${peerPort} ${host.toString()}:${hostPort}`
}
