import type { Link } from './link.ts'
import { PacketQueue } from './packet-queue.ts'

/** As large as Linux's: no TCP segment of this stack is split on it. */
const LOOPBACK_MTU = 65_536
const QUEUE_OCTETS = 1 << 26

/** What a host sends to itself waits here until the host is advanced, at the same instant: nothing is delivered synchronously. */
export class Loopback implements Link {
  readonly mtu: number = LOOPBACK_MTU
  readonly queue: PacketQueue = new PacketQueue(QUEUE_OCTETS)

  transmit(buf: Uint8Array, start: number, length: number): boolean {
    return this.queue.push(buf, start, length)
  }
}
