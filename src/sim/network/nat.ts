import type { Micros } from '../../base/index.ts'
import { formatAddress } from '../../stack/index.ts'
import { Address, Protocol } from '../../wire/index.ts'
import { Box, type BoxMedium } from './box.ts'
import { type Packet, readHeaders } from './packet.ts'
import { rewriteEndpoint } from './rewrite.ts'

/** How a NAT behaves. */
export interface NatOptions {
  /** The address that the outside sees, IPv4. */
  readonly address: string
  /** A mapping that nothing has used for so long is forgotten. Default 300 s, which many a home router has for TCP. */
  readonly idleTimeoutUs?: Micros
  /** First port that is given out; they are given out in order. Default 40000. */
  readonly firstPort?: number
}

interface Mapping {
  readonly key: string
  readonly protocol: number
  readonly inside: Address
  readonly insidePort: number
  readonly outsidePort: number
  lastUsed: Micros
}

const IDLE_DEFAULT: Micros = 300_000_000
const FIRST_PORT = 40_000
const PORTS = 65_536

/**
 * A network address and port translator (RFC 4787: endpoint-independent mapping and filtering) for TCP and UDP over IPv4. A packet to
 * its own address goes inside, any other goes out under its address. ICMP and IPv6 do not pass.
 */
export class Nat extends Box {
  private readonly outside: Address
  private readonly idleTimeoutUs: Micros
  private readonly byInside = new Map<string, Mapping>()
  private readonly byOutside = new Map<string, Mapping>()
  private readonly firstPort: number
  private nextPort: number

  /**
   * Made by `World.nat`.
   *
   * @throws {RangeError} when the address is no IPv4 address.
   */
  constructor(medium: BoxMedium, name: string, index: number, options: NatOptions) {
    super(medium, name, index, [options.address])
    const outside = Address.parse(options.address)
    if (outside?.v4 !== true) throw new RangeError(`NAT address "${options.address}": expected an IPv4 address`)
    this.outside = outside
    this.idleTimeoutUs = options.idleTimeoutUs ?? IDLE_DEFAULT
    this.firstPort = options.firstPort ?? FIRST_PORT
    this.nextPort = this.firstPort
  }

  /** Forgets every mapping, as a restart does. */
  forgetAll(): void {
    this.byInside.clear()
    this.byOutside.clear()
  }

  /** What it translates now, one line each: `tcp 10.0.0.1:40001 as 203.0.113.1:40000`. */
  mappings(): string[] {
    const live = [...this.byOutside.values()].filter((mapping) => !this.expired(mapping))
    return live.map((m) => {
      const protocol = m.protocol === Protocol.TCP ? 'tcp' : 'udp'
      return `${protocol} ${formatAddress(m.inside, m.insidePort)} as ${formatAddress(this.outside, m.outsidePort)}`
    })
  }

  override receive(_port: number, packet: Packet): void {
    const { ip, isTcp, isUdp, sourcePort, destinationPort } = readHeaders(packet.bytes)
    if (!(isTcp || isUdp) || ip.version !== 4) {
      this.medium.fault(this, packet, 'drop', `${this.name}: neither TCP nor UDP over IPv4`)
      return
    }
    if (ip.destination().equals(this.outside)) this.inward(packet, destinationPort)
    else this.outward(packet, sourcePort)
  }

  private inward(packet: Packet, port: number): void {
    const { ip } = readHeaders(packet.bytes)
    const mapping = this.byOutside.get(`${ip.protocol} ${port}`)
    if (mapping === undefined || this.expired(mapping)) {
      this.medium.fault(this, packet, 'drop', `${this.name}: no mapping for port ${port}`)
      return
    }
    mapping.lastUsed = this.medium.now
    const bytes = rewriteEndpoint(packet.bytes, ip, 'destination', mapping.inside, mapping.insidePort)
    this.forward({ number: packet.number, bytes }, mapping.inside.toString())
  }

  private outward(packet: Packet, port: number): void {
    const { ip } = readHeaders(packet.bytes)
    const destination = ip.destination().toString()
    const mapping = this.mappingFor(ip.protocol, ip.source(), port)
    mapping.lastUsed = this.medium.now
    const bytes = rewriteEndpoint(packet.bytes, ip, 'source', this.outside, mapping.outsidePort)
    this.forward({ number: packet.number, bytes }, destination)
  }

  private mappingFor(protocol: number, inside: Address, insidePort: number): Mapping {
    const key = `${protocol} ${formatAddress(inside, insidePort)}`
    const known = this.byInside.get(key)
    if (known !== undefined && !this.expired(known)) return known
    if (known !== undefined) this.forget(known)
    const outsidePort = this.freePort(protocol)
    const mapping = { key, protocol, inside, insidePort, outsidePort, lastUsed: this.medium.now }
    this.byInside.set(key, mapping)
    this.byOutside.set(`${protocol} ${outsidePort}`, mapping)
    return mapping
  }

  private forget({ key, protocol, outsidePort }: Mapping): void {
    this.byInside.delete(key)
    this.byOutside.delete(`${protocol} ${outsidePort}`)
  }

  /** The next port that no live mapping of the protocol has; when each has one, that of the mapping longest unused. */
  private freePort(protocol: number): number {
    for (let tries = this.firstPort; tries < PORTS; tries++) {
      const port = this.nextPort
      this.nextPort = port + 1 < PORTS ? port + 1 : this.firstPort
      const holder = this.byOutside.get(`${protocol} ${port}`)
      if (holder !== undefined && !this.expired(holder)) continue
      if (holder !== undefined) this.forget(holder)
      return port
    }
    const all = [...this.byOutside.values()].filter((mapping) => mapping.protocol === protocol)
    const oldest = all.reduce((a, b) => (b.lastUsed < a.lastUsed ? b : a))
    this.forget(oldest)
    return oldest.outsidePort
  }

  private expired(mapping: Mapping): boolean {
    return this.medium.now - mapping.lastUsed > this.idleTimeoutUs
  }
}
