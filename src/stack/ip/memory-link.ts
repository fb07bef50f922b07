import type { Micros } from '../../base/index.ts'
import type { Handover } from './handover.ts'
import { checkMtu } from './interfaces.ts'
import type { Driver, Link } from './link.ts'
import { PacketQueue } from './packet-queue.ts'

/** Octets of packets that one direction holds before it is full. */
const QUEUE_OCTETS = 1 << 22

/** A burst and its headers find room in as much. */
const BURST_LEAST = 1 << 17

/** Octets that wait from which on senders hold back: what is on the way then still lies in the processor's cache. */
const BURST_OCTETS = 1 << 17

/** One direction's end: what one host sends, until the other one takes it. */
export class MemoryLink implements Link {
  readonly mtu: number
  readonly cuts: boolean
  readonly handover: Handover | undefined
  /** @internal Where what this end sends waits. */
  readonly queue: PacketQueue

  constructor(mtu: number, queueOctets: number, cuts: boolean) {
    this.mtu = mtu
    this.cuts = cuts
    this.queue = new PacketQueue(queueOctets)
    this.handover = cuts ? this.queue : undefined
  }

  transmit(buf: Uint8Array, start: number, length: number, cut = 0): boolean {
    return this.queue.push(buf, start, length, cut)
  }

  get full(): boolean {
    return this.queue.octets > BURST_OCTETS
  }

  /** Packets that wait at the other end. */
  get waiting(): number {
    return this.queue.size
  }
}

/** A host that takes batches, and segments as fields. */
interface JoinedHost extends Driver {
  enter(): void
  leave(): void
  inputFields(now: Micros, iface: number, from: Handover, at: number, octets: number, cut: number): void
}

/** Which host has which end of a pair as which interface. */
export interface Attachment<H extends JoinedHost = JoinedHost> {
  readonly host: H
  /** The interface's number, as `addInterface` returned it. */
  readonly iface: number
  /** The end from which this interface sends. */
  readonly link: MemoryLink
}

/** What a pair of links is like. */
export interface LinkPairOptions {
  /** Octets of the largest IP packet. Default 1500. */
  readonly mtu?: number
  /** Octets of packets that each direction holds at most, a power of two, room for two packets or a burst. Default 4 MiB. */
  readonly queueOctets?: number
  /**
   * Bursts of TCP segments cross as one packet of up to 64 KiB, without checksums and most of them without the octets of their
   * headers, as between a computer and a network card that cuts and joins them: memory does not garble. Default false: every segment
   * is a packet.
   */
  readonly offload?: boolean
}

/**
 * Two ends of a cable without length, loss or delay: for embedding two hosts in one program, for tests and benchmarks.
 * Nothing moves before `pump`.
 *
 * @throws {TypeError} for an MTU below 68, or a queue that is no power of two or too small
 */
export function linkPair(options: LinkPairOptions = {}): [MemoryLink, MemoryLink] {
  const { mtu = 1500, queueOctets = QUEUE_OCTETS, offload = false } = options
  checkMtu('the pair', mtu)
  const isPower = Number.isInteger(queueOctets) && (queueOctets & (queueOctets - 1)) === 0
  const least = offload ? BURST_LEAST : 2 * mtu
  if (!isPower || queueOctets < least)
    throw new TypeError(`queueOctets: ${queueOctets}: expected a power of two, ${least} at least`)
  return [new MemoryLink(mtu, queueOctets, offload), new MemoryLink(mtu, queueOctets, offload)]
}

/**
 * Carries what waits on both ends of a pair to the other side, once in each direction and as one batch per host; answers
 * wait for the next call. Returns how many packets were carried: 0, and nothing is under way.
 */
export function pump(now: Micros, a: Attachment, b: Attachment): number {
  return carry(now, a.link.queue, b) + carry(now, b.link.queue, a)
}

function carry(now: Micros, queue: PacketQueue, to: Attachment): number {
  const count = queue.size
  if (count === 0) return 0
  const { host, iface } = to
  host.enter()
  try {
    for (let left = count; left > 0; left--) {
      if (queue.isFields) host.inputFields(now, iface, queue, queue.start, queue.length, queue.cut)
      else host.input(now, iface, queue.bytes, queue.start, queue.length, queue.cut)
      queue.shift()
    }
  } finally {
    host.leave()
  }
  return count
}
