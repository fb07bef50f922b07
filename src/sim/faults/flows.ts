import { type Seq, seqGt, seqLt } from '../../base/index.ts'
import { Ctl, Protocol } from '../../wire/index.ts'
import { type Packet, readHeaders } from '../network/packet.ts'
import type { PacketInfo } from './packet-info.ts'

/** One direction of one connection, as someone beside the wire knows it. */
interface Flow {
  /** The sequence number of its SYN, or of the first segment that was seen. */
  readonly start: Seq
  /** One past the last sequence number sent. */
  end: Seq
  /** One past the FIN, null before it was sent. */
  finEnd: Seq | null
}

/**
 * Looks at every packet as its maker sends it and keeps what a name like "the final ACK" or "the retransmission" needs: per
 * direction, how far it has sent and whether that included its FIN.
 */
export class FlowBook {
  private readonly flows = new Map<string, Flow>()
  private readonly nameOf: (address: string) => string

  /** @param nameOf the station that has an address, empty if none has. */
  constructor(nameOf: (address: string) => string) {
    this.nameOf = nameOf
  }

  /** The packet's fields, and the book is brought up to date. `from` is its maker. */
  enter(packet: Packet, from: string, link: string): PacketInfo {
    const { ip, tcp, sound, isTcp, isUdp, sourcePort, destinationPort, length } = readHeaders(packet.bytes)
    const source = sound ? ip.source().toString() : ''
    const destination = sound ? ip.destination().toString() : ''
    let retransmission = false
    let finalAck = false
    if (isTcp) {
      const there = `${source} ${sourcePort} ${destination} ${destinationPort}`
      const back = `${destination} ${destinationPort} ${source} ${sourcePort}`
      if ((tcp.ctl & Ctl.SYN) !== 0) this.open(there, tcp.seq)
      const flow = this.flow(there, tcp.seq)
      retransmission = tcp.len > 0 && seqLt(tcp.seq, flow.end)
      const end = (tcp.seq + tcp.len) | 0
      if (seqGt(end, flow.end)) flow.end = end
      if ((tcp.ctl & Ctl.FIN) !== 0) flow.finEnd = end
      const pure = tcp.len === 0 && (tcp.ctl & (Ctl.ACK | Ctl.RST)) === Ctl.ACK
      finalAck = pure && flow.finEnd !== null && this.flows.get(back)?.finEnd === tcp.ack
    }
    const icmp = ip.protocol === Protocol.ICMP || ip.protocol === Protocol.ICMPV6
    return {
      number: packet.number,
      from,
      to: this.nameOf(destination),
      link,
      protocol: isTcp ? 'tcp' : isUdp ? 'udp' : icmp && sound ? 'icmp' : 'other',
      source,
      destination,
      sourcePort,
      destinationPort,
      seq: isTcp ? tcp.seq : 0,
      ack: isTcp ? tcp.ack : 0,
      flags: isTcp ? tcp.ctl : 0,
      length,
      octets: packet.bytes.length,
      retransmission,
      finalAck,
    }
  }

  /** A SYN that is not a repetition begins a new incarnation: what was known of the old one is forgotten. */
  private open(key: string, seq: Seq): void {
    const flow = this.flows.get(key)
    if (flow !== undefined && flow.start !== seq) this.flows.delete(key)
  }

  private flow(key: string, seq: Seq): Flow {
    let flow = this.flows.get(key)
    if (flow === undefined) {
      flow = { start: seq, end: seq, finEnd: null }
      this.flows.set(key, flow)
    }
    return flow
  }
}
