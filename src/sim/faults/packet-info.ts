/** A packet on the wire as the rules see it: fields, not octets. */
export interface PacketInfo {
  /** Its number in the trace. */
  readonly number: number
  /** The host that made it. */
  readonly from: string
  /** The host that has the destination address; empty when none has. */
  readonly to: string
  /** The link it is about to cross. */
  readonly link: string
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'other'
  /** Addresses as text. */
  readonly source: string
  readonly destination: string
  /** 0 when the protocol has no ports. */
  readonly sourcePort: number
  readonly destinationPort: number
  /** TCP only, else 0. Sequence numbers are int32. */
  readonly seq: number
  readonly ack: number
  readonly flags: number
  /** Payload octets of TCP or UDP. */
  readonly length: number
  /** Octets of the whole IP packet. */
  readonly octets: number
  /** TCP: these sequence numbers were sent before. */
  readonly retransmission: boolean
  /** TCP: acknowledges the peer's FIN, and the sender's own FIN has been sent. */
  readonly finalAck: boolean
}
