/** One host of the personality rfc9293 and, at the other end of its wire, whatever the test says. */
import { type Micros, scratch } from '../../../src/base/index.ts'
import {
  AF_INET,
  AF_INET6,
  Host,
  type HostOptions,
  linkPair,
  type MemoryLink,
  type Process,
  SOCK_STREAM,
} from '../../../src/stack/index.ts'
import {
  Address,
  buildTcpPacket,
  Ctl,
  describePacket,
  finishIpv4Options,
  formatCtl,
  IpHeader,
  parseIp,
  type TcpPacketFields,
  type TcpSummary,
} from '../../../src/wire/index.ts'

export const HOST = '10.0.0.1'
export const PEER = '10.0.0.2'
const HOST6 = '2001:db8::1'
const PEER6 = '2001:db8::2'
const PEER_ISS = 5000

/** A TCP packet that left the host. */
export interface Sent {
  readonly at: Micros
  readonly octets: Uint8Array
  readonly tcp: TcpSummary
  readonly source: string
  readonly destination: string
  readonly ttl: number
  readonly tos: number
}

/** What the peer says; numbers count from both ends' SYNs. */
export interface Words extends Partial<Omit<TcpPacketFields, 'seq' | 'ack' | 'source' | 'destination'>> {
  readonly seq?: number
  readonly ack?: number
}

export interface BenchOptions extends Partial<HostOptions> {
  readonly mtu?: number
  readonly interfaceMtu?: number
}

/** An address that is one. */
export function address(text: string): Address {
  return Address.parse(text) as Address
}

export class Bench {
  readonly host: Host
  readonly program: Process
  now: Micros = 1_000_000
  readonly #link: MemoryLink

  constructor(options: BenchOptions = {}) {
    const { mtu = 1500, interfaceMtu = mtu, ...host } = options
    const [here] = linkPair({ mtu })
    this.#link = here
    this.host = new Host({ name: 'host', personality: 'rfc9293', seed: 1, ...host })
    const addresses = [`${HOST}/24`, `${HOST6}/64`]
    this.host.addInterface({ name: 'eth0', link: here, addresses, mtu: interfaceMtu })
    this.program = this.host.spawn('program')
    this.host.advance(this.now)
  }

  /** A packet arrives from the wire. */
  arrives(packet: Uint8Array): void {
    this.host.input(this.now, 1, packet, 0, packet.length)
  }

  /** Several arrive together. */
  arriveTogether(packets: readonly Uint8Array[]): void {
    this.host.enter()
    for (const packet of packets) this.arrives(packet)
    this.host.leave()
  }

  /** Every packet that left since the last look, as octets. */
  raw(): Uint8Array[] {
    const { queue } = this.#link
    const packets: Uint8Array[] = []
    while (queue.size > 0) {
      packets.push(queue.bytes.slice(queue.start, queue.start + queue.length))
      queue.shift()
    }
    return packets
  }

  /** The TCP packets that left since the last look. */
  sent(): Sent[] {
    return this.raw().flatMap((octets) => {
      const { tcp, source, destination, ttl } = describePacket(octets)
      const ip = new IpHeader()
      scratch.bytes.set(octets, scratch.IN)
      parseIp(scratch.bytes, scratch.IN, octets.length, ip)
      if (tcp === undefined) return []
      const names = { source: source.toString(), destination: destination.toString() }
      return [{ at: this.now, octets, tcp, ttl, tos: ip.tos, ...names }]
    })
  }

  /** Lets time pass; what leaves waits on the wire. */
  pass(duration: Micros): void {
    const until = this.now + duration
    while (this.host.nextDeadline() <= until) {
      this.now = Math.max(this.now, this.host.nextDeadline())
      this.host.advance(this.now)
    }
    this.now = until
    this.host.advance(until)
  }

  /** connect() to the peer's port 80; the SYN is on the wire. */
  connecting(family: 4 | 6 = 4): Connection {
    const fd = this.program.socket(family === 4 ? AF_INET : AF_INET6, SOCK_STREAM)
    this.program.connect(fd, { address: family === 4 ? PEER : PEER6, port: 80 })
    return this.begun(fd)
  }

  /** The connection whose SYN or SYN-ACK is next on the wire. */
  begun(fd: number): Connection {
    const [syn] = this.sent()
    if (syn === undefined) throw new Error('no SYN has left')
    return new Connection(this, fd, syn)
  }

  /** A connection that the host has opened; `words` are the SYN-ACK's. */
  connected(words: Words = {}, family: 4 | 6 = 4): Connection {
    const connection = this.connecting(family)
    connection.says({ ctl: Ctl.SYN | Ctl.ACK, seq: 0, ack: 1, wnd: 65_535, mss: family === 4 ? 1460 : 1440, ...words })
    this.sent()
    return connection
  }

  /** A listener at port 80. */
  listening(): number {
    const fd = this.program.socket(AF_INET, SOCK_STREAM)
    this.program.bind(fd, { address: '0.0.0.0', port: 80 })
    this.program.listen(fd, 8)
    return fd
  }

  /** A connection that the peer has opened to a listener; the host's SYN-ACK is what it began with. */
  called(listener: number, words: Words = {}): Connection {
    const syn = this.peerSyn(words)
    this.arrives(syn)
    const connection = this.begun(-1)
    const { timestamps } = words
    connection.says({ ctl: Ctl.ACK, seq: 1, ack: 1, ...(timestamps && { timestamps }) })
    return connection.as(this.program.accept(listener))
  }

  /** A SYN of the peer's from port 40000 to port 80. */
  peerSyn(words: Words = {}): Uint8Array {
    const { seq = 0, ack, ...rest } = words
    return buildTcpPacket({
      source: address(PEER),
      destination: address(HOST),
      sourcePort: 40_000,
      destinationPort: 80,
      ctl: Ctl.SYN,
      wnd: 65_535,
      mss: 1460,
      seq: PEER_ISS + seq,
      ack: ack ?? 0,
      ...rest,
    })
  }
}

/** The peer's end of one connection. */
export class Connection {
  readonly bench: Bench
  readonly fd: number
  /** The host's SYN or SYN-ACK. */
  readonly first: Sent

  constructor(bench: Bench, fd: number, first: Sent) {
    this.bench = bench
    this.fd = fd
    this.first = first
  }

  /** The same connection, once accept() has given it a descriptor. */
  as(fd: number): Connection {
    return new Connection(this.bench, fd, this.first)
  }

  /** A packet of the peer's, built and not yet sent. */
  packet(words: Words): Uint8Array {
    const { seq = 1, ack = 0, ...rest } = words
    const { tcp, source } = this.first
    return buildTcpPacket({
      // By a route the first packet goes to somebody else first.
      source: address(source.includes(':') ? PEER6 : PEER),
      destination: address(source),
      sourcePort: tcp.destinationPort,
      destinationPort: tcp.sourcePort,
      ctl: Ctl.ACK,
      wnd: 65_535,
      seq: (PEER_ISS + seq) | 0,
      ack: (tcp.seq + ack) | 0,
      ...rest,
    })
  }

  says(words: Words): void {
    this.bench.arrives(this.packet(words))
  }

  /** What the host says, one line a segment: `PSH,ACK 1:11 ack 1`. */
  hears(): string[] {
    return this.bench.sent().map((sent) => this.line(sent))
  }

  line({ tcp }: Sent): string {
    const seq = (tcp.seq - this.first.tcp.seq) | 0
    const ack = (tcp.ctl & Ctl.ACK) === 0 ? '' : ` ack ${(tcp.ack - PEER_ISS) | 0}`
    return `${formatCtl(tcp.ctl)} ${seq}:${seq + tcp.dataLength}${ack}`
  }
}

/** An IPv4 packet without options, with some; its lengths and its checksum follow. */
export function withIpOptions(plain: Uint8Array, options: readonly number[]): Uint8Array {
  const packet = new Uint8Array(plain.length + options.length)
  packet.set(plain.subarray(0, 20))
  packet.set(options, 20)
  packet.set(plain.subarray(20), 20 + options.length)
  packet[2] = packet.length >> 8
  packet[3] = packet.length & 0xff
  finishIpv4Options(packet, 0, options.length)
  return packet
}
