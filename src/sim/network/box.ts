import type { LinkEnd } from './link.ts'
import type { Medium } from './medium.ts'
import { type Packet, readHeaders, type Station } from './packet.ts'

/** What a box asks of its world beside what a link asks. */
export interface BoxMedium extends Medium {
  /** The port of `station` behind which that address lies, −1 when nowhere. */
  route(station: Station, address: string): number
  /** The station that has an address; empty if none has. */
  nameOf(address: string): string
  /** The first address of the station of that name. */
  addressOf(name: string): string | undefined
  /** Names that packet rules may use. */
  hostNames(): readonly string[]
}

/** Something in the path that is no host: it forwards packets by their destination, as a switch does. */
export class Box implements Station {
  readonly name: string
  readonly index: number
  readonly kind = 'box'
  readonly addresses: readonly string[]
  /** Its side of each link, in the order they were made. */
  readonly ports: LinkEnd[] = []
  protected readonly medium: BoxMedium

  /** Made by `World.switch`, `World.firewall` and `World.nat`. */
  constructor(medium: BoxMedium, name: string, index: number, addresses: readonly string[] = []) {
    this.medium = medium
    this.name = name
    this.index = index
    this.addresses = addresses
  }

  /** A packet has come in. */
  receive(_port: number, packet: Packet): void {
    const { ip, sound } = readHeaders(packet.bytes)
    if (sound) this.forward(packet, ip.destination().toString())
    else this.medium.fault(this, packet, 'drop', `${this.name}: not an IP packet`)
  }

  /** Sends a packet towards an address. */
  protected forward(packet: Packet, destination: string): void {
    const port = this.medium.route(this, destination)
    const end = this.ports[port]
    if (end === undefined) this.medium.fault(this, packet, 'drop', `${this.name}: no way to ${destination}`)
    else end.carry(packet)
  }
}
