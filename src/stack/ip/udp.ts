import { Errno, scratch } from '../../base/index.ts'
import {
  type Address,
  DropReason,
  finishUdpChecksum,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  type IpHeader,
  Protocol,
  parseUdp,
  pseudoSumBetween,
  UDP_HEADER_LENGTH,
  UdpDatagram,
  writeUdpHeader,
} from '../../wire/index.ts'
import { ANY_V4, ANY_V6ONLY } from '../ports/port-table.ts'
import type { ErrorReport } from '../sockets/error-queue.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'
import { datagramSize } from './datagram-size.ts'

/** Room before a UDP header for an IPv6 header; that of a fragment reaches into the room for a link's. */
const IP_ROOM = 40

/** Where there is somebody to say that nobody listens. */
interface UdpHost extends StackHost {
  readonly icmp: { sendPortUnreachable(ip: IpHeader): void }
}

/** A socket of datagrams as packets see it. */
export interface DatagramSocket {
  readonly options: SocketOptions
  /** How well it fits a datagram; 0: not at all. @param local the number of the address it was sent to; `any`: that of no address */
  score(local: number, any: number, remote: Address, remotePort: number): number
  /** A datagram has come for it. */
  deliver(
    buf: Uint8Array,
    start: number,
    length: number,
    remote: Address,
    remotePort: number,
    hops: number,
    tos: number,
  ): void
  /** Puts a report on its error queue. */
  report(report: ErrorReport): void
  /** The next call fails. @param asked the program has asked for errors */
  fail(error: number, asked?: boolean): void
}

/** UDP (RFC 768): sockets by port, datagrams in and out. */
export class Udp {
  readonly #host: UdpHost
  readonly #byPort = new Map<number, DatagramSocket[]>()
  readonly #datagram = new UdpDatagram()

  constructor(host: UdpHost) {
    this.#host = host
  }

  add(port: number, socket: DatagramSocket): void {
    const sockets = this.#byPort.get(port)
    if (sockets === undefined) this.#byPort.set(port, [socket])
    else sockets.push(socket)
  }

  remove(port: number, socket: DatagramSocket): void {
    const left = (this.#byPort.get(port) ?? []).filter((one) => one !== socket)
    if (left.length === 0) this.#byPort.delete(port)
    else this.#byPort.set(port, left)
  }

  /** Sends a datagram, in fragments where it is large; returns its octets, or −EMSGSIZE when it may not be cut. */
  send(
    socket: DatagramSocket,
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
    data: Uint8Array,
  ): number {
    const host = this.#host
    const length = UDP_HEADER_LENGTH + data.length
    const { mtu, cuts, fragmentable } = datagramSize(host, socket.options, remote)
    const fits = length + (remote.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH) <= mtu
    if (!fits && !cuts) return -Errno.EMSGSIZE
    const start = scratch.OUT + IP_ROOM
    writeUdpHeader(scratch.bytes, start, localPort, remotePort, length)
    scratch.bytes.set(data, start + UDP_HEADER_LENGTH)
    finishUdpChecksum(scratch.bytes, start, length, pseudoSumBetween(local, remote, Protocol.UDP, length))
    host.counts.udp.OutDatagrams++
    const ttl = remote.v4 ? socket.options.ttl : socket.options.hopLimit
    host.output.fragmentable = fragmentable
    const tos = remote.v4 ? socket.options.tos : socket.options.trafficClass
    if (fits) host.output.send(local, remote, Protocol.UDP, ttl, tos, start, length)
    else host.output.sendInPieces(local, remote, Protocol.UDP, ttl, start, length, mtu, tos)
    host.output.fragmentable = false
    return data.length
  }

  /** A UDP packet for this host has arrived. `local` is the number of the address it was sent to. */
  arrives(ip: IpHeader, local: number): DropReason {
    const { payloadStart, payloadLength, version } = ip
    const datagram = this.#datagram
    const reason = parseUdp(scratch.bytes, payloadStart, payloadLength, ip.pseudoSum(), version === 6, datagram)
    if (reason !== DropReason.NONE) {
      this.#host.counts.udp.InErrors++
      return reason
    }
    const remote = ip.source()
    const socket = this.find(datagram.destinationPort, local, remote, datagram.sourcePort)
    if (socket === null) {
      this.#host.counts.udp.NoPorts++
      this.#host.icmp.sendPortUnreachable(ip)
      return DropReason.NONE
    }
    socket.deliver(scratch.bytes, datagram.dataStart, datagram.dataLength, remote, datagram.sourcePort, ip.ttl, ip.tos)
    return DropReason.NONE
  }

  /** The socket that hears a datagram best; among equals the one bound last. */
  find(port: number, local: number, remote: Address, remotePort: number): DatagramSocket | null {
    const any = remote.v4 ? ANY_V4 : ANY_V6ONLY
    let best = 0
    let chosen: DatagramSocket | null = null
    for (const socket of this.#byPort.get(port) ?? []) {
      const points = socket.score(local, any, remote, remotePort)
      if (points > 0 && points >= best) {
        best = points
        chosen = socket
      }
    }
    return chosen
  }
}
