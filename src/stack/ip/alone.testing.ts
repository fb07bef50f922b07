import { assert, type Micros } from '../../base/index.ts'
import {
  Address,
  buildTcpPacket,
  Ctl,
  describePacket,
  type TcpPacketFields,
  type TcpSummary,
} from '../../wire/index.ts'
import { AF_INET, Host, type Link, type Process, SOCK_STREAM } from '../index.ts'

/** The address that a text means. */
export function at(text: string): Address {
  return Address.parse(text) as Address
}

/** A TCP packet's header. */
export function tcpOf(packet: Uint8Array): TcpSummary {
  const { tcp } = describePacket(packet)
  assert(tcp !== undefined, 'a packet of another protocol')
  return tcp
}

interface AloneOptions {
  readonly genericOffload?: boolean
  readonly family?: number
  readonly sysctl?: Record<string, number>
  /** Whether the link takes the packet that would be its n-th. */
  readonly takes?: (n: number) => boolean
}

/** A host on a link whose other end is the test: every packet that leaves is kept, and the test says what arrives. */
export class Alone {
  readonly host: Host
  readonly program: Process
  /** Every packet that the link took. */
  readonly sent: Uint8Array[] = []
  readonly iface: number
  readonly #family: number
  readonly #own: Address
  readonly #peer: Address
  #tried = 0
  #port = 0
  /** The host's first number behind its SYN. */
  first = 0

  constructor({ genericOffload = true, family = AF_INET, sysctl = {}, takes = () => true }: AloneOptions = {}) {
    const v4 = family === AF_INET
    this.#family = family
    this.#own = at(v4 ? '10.0.0.1' : '2001:db8::1')
    this.#peer = at(v4 ? '10.0.0.2' : '2001:db8::2')
    const link: Link = {
      mtu: 1500,
      transmit: (buf, start, length) => takes(this.#tried++) && this.sent.push(buf.slice(start, start + length)) > 0,
    }
    this.host = new Host({ name: 'alone', seed: 3, sysctl })
    const addresses = [`${this.#own.toString()}/${v4 ? 24 : 64}`]
    this.iface = this.host.addInterface({ name: 'eth0', link, addresses, genericOffload }).index
    this.program = this.host.spawn('program')
  }

  /** A socket whose connection is to be opened. */
  socket(): number {
    return this.program.socket(this.#family, SOCK_STREAM)
  }

  /** Opens its connection. @param ctl what the SYN-ACK says beyond SYN and ACK */
  open(fd: number, ctl = 0): void {
    this.program.connect(fd, { address: this.#peer.toString(), port: 80 })
    const syn = tcpOf(this.sent[0] as Uint8Array)
    this.#port = syn.sourcePort
    this.first = syn.seq + 1
    const options = { mss: 1460, wscale: 7, sackPermitted: true }
    this.hears({
      seq: 0,
      ctl: Ctl.SYN | Ctl.ACK | ctl,
      ...options,
      timestamps: { tsVal: 9, tsEcr: syn.timestamps?.tsVal ?? 0 },
    })
  }

  /** A segment of the peer's arrives. @param acked octets of the host's text that it acknowledges */
  hears(fields: Partial<TcpPacketFields> & { acked?: number }, later: Micros = 1000): void {
    const { acked = 0, ...rest } = fields
    const packet = buildTcpPacket({
      source: this.#peer,
      destination: this.#own,
      sourcePort: 80,
      destinationPort: this.#port,
      seq: 1,
      ack: this.first + acked,
      ctl: Ctl.ACK,
      wnd: 65_535,
      timestamps: { tsVal: 9, tsEcr: 0 },
      ...rest,
    })
    this.host.input(this.host.now + later, this.iface, packet, 0, packet.length)
  }
}
