import {
  type LinkOptions,
  type Packet,
  type Program,
  type SimHost,
  type Station,
  World,
} from '../../../src/sim/index.ts'
import { Level, type OptionValue, type PersonalityName } from '../../../src/stack/index.ts'
import {
  Address,
  buildTcpPacket,
  Ctl,
  describePacket,
  type PacketSummary,
  type TcpPacketFields,
} from '../../../src/wire/index.ts'

/** Which system, with which sysctls, a measurement is made on. */
export interface Subject {
  readonly personality: PersonalityName
  readonly set: Readonly<Record<string, string>>
}

/** What was measured: names to values that can be compared. */
export type Measures = Readonly<Record<string, string | number>>

export const HOST = '10.0.0.1'
export const PEER = '10.0.0.2'
export const SECOND = 1_000_000
export const MS = 1000
export const SERVICE = 8080

/** The host that is measured and a Linux host with nothing set, 10 ms apart. */
export function twoHosts(subject: Subject, link: LinkOptions = {}): { world: World; host: SimHost; peer: SimHost } {
  const world = new World({ seed: 5, capture: false })
  const host = world.host('host', {
    addresses: [HOST, 'fd00::1'],
    personality: subject.personality,
    sysctl: subject.set,
  })
  const peer = world.host('peer', { addresses: [PEER, 'fd00::2'] })
  world.link(host, peer, { delayUs: 10 * MS, ...link })
  return { world, host, peer }
}

/** A segment that was heard, and when. */
export interface Heard {
  readonly at: number
  readonly packet: PacketSummary
  readonly bytes: Uint8Array
}

/** The other end of the wire, without a stack: it says what a measurement tells it to, and remembers what it hears. */
export class RawPeer implements Station {
  readonly name = 'peer'
  readonly kind = 'host'
  readonly addresses: readonly string[]
  readonly index: number
  readonly heard: Heard[] = []
  readonly world: World
  private readonly own: Address
  private readonly host: Address

  constructor(world: World, family: 4 | 6 = 4) {
    this.world = world
    this.index = world.stations.length
    this.addresses = [family === 4 ? PEER : 'fd00::2']
    this.own = Address.parse(this.addresses[0] as string) as Address
    this.host = Address.parse(family === 4 ? HOST : 'fd00::1') as Address
    world.attach(this)
  }

  receive(_port: number, { bytes }: Packet): void {
    this.heard.push({ at: this.world.now, packet: describePacket(bytes, 0, bytes.length), bytes })
  }

  /** Segments heard, the newest last. */
  get segments(): NonNullable<PacketSummary['tcp']>[] {
    return this.heard.flatMap(({ packet }) => (packet.tcp === undefined ? [] : [packet.tcp]))
  }

  /** Sends octets as they are. */
  sendRaw(bytes: Uint8Array): void {
    this.world.links[0]?.from('peer').transmit(bytes, 0, bytes.length)
  }

  /** Sends a segment to the host. */
  send(fields: Omit<TcpPacketFields, 'source' | 'destination'>): void {
    this.sendRaw(buildTcpPacket({ source: this.own, destination: this.host, wnd: 65_535, ...fields }))
  }

  /** Opens a connection to the host's service and tells where both directions stand. */
  connect(port: number, options: Partial<TcpPacketFields> = {}): RawConnection {
    const ends = { sourcePort: port, destinationPort: SERVICE }
    this.send({ ...ends, seq: 1000, ctl: Ctl.SYN, mss: 1460, ...options })
    this.world.run({ forUs: 50 * MS })
    const answer = this.segments.findLast((s) => s.destinationPort === port && (s.ctl & Ctl.SYN) !== 0)
    const connection: RawConnection = {
      ...ends,
      seq: 1001,
      ack: ((answer?.seq ?? 0) + 1) | 0,
      // What it was sent, it echoes from now on.
      ...(answer?.timestamps && { timestamps: { tsVal: 1, tsEcr: answer.timestamps.tsVal } }),
    }
    this.send({ ...connection, ctl: Ctl.ACK, ...(options.wnd !== undefined && { wnd: options.wnd }) })
    this.world.run({ forUs: 50 * MS })
    return connection
  }
}

export interface RawConnection {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: number
  readonly ack: number
  readonly timestamps?: { readonly tsVal: number; readonly tsEcr: number }
}

/** The host that is measured, and a peer without a stack. */
export function hostAndRaw(subject: Subject, family: 4 | 6 = 4): { world: World; host: SimHost; peer: RawPeer } {
  const world = new World({ seed: 5, capture: false })
  const { personality, set } = subject
  const host = world.host('host', { addresses: [family === 4 ? HOST : 'fd00::1'], personality, sysctl: set })
  const peer = new RawPeer(world, family)
  world.link(host, peer, { delayUs: 10 * MS })
  return { world, host, peer }
}

/** A listening socket on the service's port. */
export function listening(p: Program, backlog = 64): number {
  const fd = p.socket()
  p.bind(fd, HOST, SERVICE)
  p.listen(fd, backlog)
  return fd
}

/** What getsockopt says of a number. */
export function optionOf(p: Program, fd: number, name: number): number {
  const box = { value: 0 as OptionValue }
  p.process.getsockopt(fd, Level.SOL_SOCKET, name, box)
  return Number(box.value)
}

/** A duration, rounded to what a difference in it must exceed. */
export function rounded(us: number, to: number): number {
  return Math.round(us / to) * to
}
