/** What a capture has of one packet several times: each interface that it crossed has shown it. */
import type { Micros } from '../base/index.ts'
import { type CapturedPacket, cookedInterface, get16, type IpHeader, LinkType, type TcpSegment } from '../wire/index.ts'

/** A packet that was seen, and where. */
interface Sighting {
  readonly id: number
  readonly seq: number
  readonly ack: number
  readonly checksum: number
  /** When it was last sent, as far as is known. */
  time: Micros
  /** The interfaces that have shown it, one for each time. */
  readonly places: number[]
  /** How often it was sent: as often as the interface that has shown it most often. */
  crossings: number
}

/** Packets that are remembered in each of two generations; the older one is forgotten as a whole. */
const GENERATION = 4096
/** A mirrored port shows a packet twice at nearly the same time. A retransmission comes later, and with another identification. */
const MIRRORED: Micros = 100_000
/** Without an identification, only a packet that comes again within this time is taken for a copy, not for a retransmission. */
const AT_ONCE: Micros = 1000
/** Room for a kernel's interface numbers in that of a place. */
const INTERFACES = 2 ** 32
/** Packets that are remembered of a capture at one interface: the copies of a mirrored packet come right one after the other. */
const RECENT = 16

/**
 * Tells copies from packets that were sent again. A packet that crosses several interfaces has one identification, and each shows it
 * once. Where a capture does not say which interface it was (Linux's "any" of version 1, a mirrored port), the time between them tells.
 */
export class CopyFilter {
  #young = new Map<number, Sighting>()
  #old = new Map<number, Sighting>()
  readonly #marks = new Int32Array(RECENT)
  readonly #seqs = new Int32Array(RECENT)
  readonly #times = new Float64Array(RECENT)
  #next = 0

  /**
   * Whether this packet has been seen before.
   * @param checksum as it stands in the segment, @param isOneInterface the whole capture was taken there, as far as is known
   */
  isCopy(
    packet: CapturedPacket,
    ip: IpHeader,
    segment: TcpSegment,
    checksum: number,
    time: Micros,
    isOneInterface: boolean,
  ): boolean {
    return isOneInterface && !isCooked(packet)
      ? this.#isMirrored(ip.id, segment.seq, checksum, time)
      : this.#hasCrossed(packet, ip, segment, checksum, time)
  }

  /** Nearly every capture is one of one interface: two million packets a gigabyte pass here, so it makes no objects. */
  #isMirrored(id: number, seq: number, checksum: number, time: Micros): boolean {
    if (id === 0) return false
    const mark = (id << 16) | checksum
    for (let i = 0; i < RECENT; i++) {
      if (this.#marks[i] !== mark || this.#seqs[i] !== seq) continue
      if (time - (this.#times[i] as number) <= MIRRORED) return true
    }
    const at = this.#next++ % RECENT
    this.#marks[at] = mark
    this.#seqs[at] = seq
    this.#times[at] = time
    return false
  }

  #hasCrossed(packet: CapturedPacket, ip: IpHeader, segment: TcpSegment, checksum: number, time: Micros): boolean {
    const key = keyOf(ip, segment)
    const place = placeOf(packet)
    const seen = this.#young.get(key) ?? this.#old.get(key)
    if (seen === undefined || seen.seq !== segment.seq || seen.ack !== segment.ack || seen.id !== ip.id) {
      const { seq, ack } = segment
      this.#remember(key, { id: ip.id, seq, ack, checksum, time, places: [place], crossings: 1 })
      return false
    }
    const isShownAgain = checksum === seen.checksum && time - seen.time <= limitOf(packet.linkType, ip.id)
    const before = seen.places.filter((one) => one === place).length
    if (before > 0 && isShownAgain) return true
    seen.places.push(place)
    if (before < seen.crossings) return true
    seen.crossings++
    seen.time = time
    return false
  }

  #remember(key: number, sighting: Sighting): void {
    this.#young.set(key, sighting)
    if (this.#young.size < GENERATION) return
    this.#old = this.#young
    this.#young = new Map()
  }
}

/** Linux's "any": many interfaces in one. */
export function isCooked({ linkType }: CapturedPacket): boolean {
  return linkType === LinkType.LINUX_SLL || linkType === LinkType.LINUX_SLL2
}

/** A number of the place that has shown it: the interface, or on "any" of version 1, which names none, the way that it went. */
export function placeOf({ interface: number, linkType, data }: CapturedPacket): number {
  const within = linkType === LinkType.LINUX_SLL && data.length > 1 ? get16(data, 0) : cookedInterface(linkType, data)
  return number * INTERFACES + within
}

/** How soon the same packet at the same place is a copy. */
function limitOf(linkType: number, id: number): Micros {
  if (id !== 0) return MIRRORED
  return linkType === LinkType.LINUX_SLL ? AT_ONCE : -1
}

/** A number of what routers and cards leave as it is; TTL and checksums are not. */
function keyOf({ id, s3, d3 }: IpHeader, segment: TcpSegment): number {
  const { seq, ack, ctl, wnd, dataLength, sourcePort, destinationPort } = segment
  let key = seq
  for (const field of [ack, (id << 16) ^ ctl, s3, d3, (sourcePort << 16) ^ destinationPort, (wnd << 16) ^ dataLength]) {
    key = Math.imul(key ^ field, 0x9e3779b1)
    key ^= key >>> 15
  }
  return key
}
