import { Address, buildUdpPacket, FRAGMENT_HEADER, writeFragmentHeader, writeIpv4Fragment } from '../../wire/index.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM } from '../index.ts'
import type { UdpSocket } from '../sockets/udp-socket.ts'
import { TwoHosts } from '../two-hosts.testing.ts'

/** Of each family: AF_…, the client's address, the server's. */
export const FAMILIES: readonly [readonly [4, number, string, string], readonly [6, number, string, string]] = [
  [4, AF_INET, '10.0.0.1', '10.0.0.2'],
  [6, AF_INET6, '2001:db8::1', '2001:db8::2'],
]

/** A piece of the datagram; `protocol` is the one that it names. */
export type Piece = readonly [offset: number, length: number, more: boolean, tos?: number, protocol?: number]

const DATA: Uint8Array = Uint8Array.from({ length: 600 }, (_, i) => i * 7 + (i >> 8))

/** A datagram to the server's port 53, whole: UDP's header and the data are 608 octets. */
function datagram(version: number): Uint8Array {
  const [, , here, there] = FAMILIES[version === 4 ? 0 : 1]
  const source = Address.parse(here) as Address
  const destination = Address.parse(there) as Address
  return buildUdpPacket({ source, destination, sourcePort: 4000, destinationPort: 53, data: DATA, id: 9 })
}

/** The piece of it that a router, or its sender, would make. */
export function pieceOf(version: number, [offset, length, more, tos = 0, protocol = 17]: Piece, id = 9): Uint8Array {
  const whole = datagram(version)
  const headers = version === 4 ? 20 : 40
  const octets = new Uint8Array(length)
  octets.set(whole.subarray(headers + offset, headers + offset + length))
  if (version === 4) {
    const packet = new Uint8Array(headers + length)
    packet.set(whole.subarray(0, headers))
    packet.set(octets, headers)
    packet[1] = tos
    packet[4] = id >> 8
    packet[5] = id
    packet[9] = protocol
    writeIpv4Fragment(packet, 0, offset, more, length)
    return packet
  }
  const packet = new Uint8Array(headers + 8 + length)
  packet.set(whole.subarray(0, headers))
  packet[0] = 0x60 | (tos >> 4)
  packet[1] = tos << 4
  packet[4] = (8 + length) >> 8
  packet[5] = 8 + length
  packet[6] = FRAGMENT_HEADER
  writeFragmentHeader(packet, headers, protocol, id, offset, more)
  packet.set(octets, headers + 8)
  return packet
}

/** A server that hears at port 53, and what it has heard. */
export class Server {
  readonly world: TwoHosts = new TwoHosts()
  readonly #fds: number[] = []

  constructor() {
    for (const [, family] of FAMILIES) {
      const fd = this.world.httpd.socket(family, SOCK_DGRAM)
      this.world.httpd.bind(fd, { address: family === AF_INET ? '10.0.0.2' : '2001:db8::2', port: 53 })
      this.#fds.push(fd)
    }
  }

  give(packet: Uint8Array): void {
    this.world.server.input(this.world.now, 1, packet, 0, packet.length)
  }

  /** The lengths of what has been heard, −1 for what has other octets. */
  heard(): number[] {
    const lengths: number[] = []
    const into = new Uint8Array(70_000)
    for (const fd of this.#fds) {
      for (let n = this.world.httpd.recv(fd, into); n >= 0; n = this.world.httpd.recv(fd, into))
        lengths.push(DATA.subarray(0, n).every((octet, i) => octet === into[i]) ? n : -1)
    }
    return lengths
  }

  /** TOS or traffic class of what has been heard. */
  marks(): (number | undefined)[] {
    const firsts = this.#fds.map((fd) => (this.world.httpd.file(fd) as UdpSocket).first)
    return firsts.filter((first) => first !== undefined).map(({ tos }) => tos)
  }

  counts(): number[] {
    const { ReasmReqds, ReasmOKs, ReasmFails } = this.world.server.counts.ip
    return [ReasmReqds, ReasmOKs, ReasmFails]
  }
}
