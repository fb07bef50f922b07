/** A capture file, played back: octets in, connections with both ends' states out. */
import { grouped, type Micros } from '../base/index.ts'
import type { SocketRow } from '../inspect/index.ts'
import { State } from '../tcp/index.ts'
import {
  type CapturedPacket,
  CaptureStream,
  Ctl,
  IcmpKind,
  type IpHeader,
  icmpName,
  icmpv6Name,
  type TcpSegment,
} from '../wire/index.ts'
import { Connection, type ReplayedConnection } from './connection.ts'
import { CopyFilter, isCooked, placeOf } from './copies.ts'
import { Decoder } from './decode.ts'

/** What to keep of a capture. */
export interface ReplayOptions {
  /** Only connections of this port, at either end; all when left out. */
  readonly port?: number | undefined
  /** Which connections keep their segments, for a ladder; the first thousand when left out. */
  readonly keepsSegments?: ((number: number) => boolean) | undefined
  /** Whether a connection is wanted, by its number and by both ends as rows of a socket table at its end; all when left out. */
  readonly isWanted?: ((number: number, rows: readonly SocketRow[]) => boolean) | undefined
  /** Connections that are listed; further ones are only counted. 10,000 when left out. */
  readonly listMax?: number | undefined
  /** True: segments with a wrong checksum are played too, as of a capture whose addresses were changed. */
  readonly ignoresChecksums?: boolean | undefined
  /**
   * True: connections with which nothing was wrong are counted, and not listed.
   */
  readonly wrongOnly?: boolean | undefined
  /**
   * Connections that are followed at a time; beyond it, those that have closed and then the longest silent are concluded as they are, and
   * what comes of one after that is a connection of its own. 20,000 when left out.
   */
  readonly followedMax?: number | undefined
}

/** What is counted over the whole capture. */
export interface CaptureCounts {
  packets: number
  /** Packets with a TCP segment that could be read. */
  segments: number
  /** Packets of other protocols. */
  others: number
  /** Packets that were read out of others, which carried them: IP, GRE, VXLAN, GENEVE. */
  carried: number
  /** Packets cut short where their TCP header is, or that break their own format. */
  malformed: number
  /** Packets that are fragments of others, of any protocol. */
  fragments: number
  /** Of them, those of packets that were not put together: other pieces were not captured, or contradict them. */
  fragmentsLeft: number
  /** Packets that were put together. */
  reassembled: number
  /** TCP segments with a wrong checksum; one that is left to the network card is not wrong. They are not played. */
  badChecksums: number
  /** The same packet once more: captured at another interface too, or at a mirrored port. */
  copies: number
  /** Packets with a time before that of one that stands before them; they are played in the file's order. */
  earlier: number
  /** Packets of which the file does not say when they were captured. */
  timeless: number
  connections: number
}

/** The whole capture. */
export interface ReplayedCapture {
  readonly format: 'pcap' | 'pcapng' | 'unknown'
  /** One line: that the file is truncated, damaged or no capture, and at which octet; what was whole before it is played. */
  readonly problem: string | undefined
  /** When its first packet was captured, µs since 1970; undefined when it has none. */
  readonly startedAt: Micros | undefined
  /** To its last packet, µs. */
  readonly duration: Micros
  readonly counts: Readonly<CaptureCounts>
  /** In the order in which they began. */
  readonly connections: readonly ReplayedConnection[]
  /** Wanted connections that are not listed. */
  readonly unlisted: number
  /** Packets of link types that cannot be read here, by the type's number. */
  readonly unknownLinks: Readonly<Record<number, number>>
  /** Of all wanted connections: how many have a problem of that kind. */
  readonly problems: Readonly<Record<string, number>>
}

const SEGMENTS_KEPT = 1000
const LIST_MAX = 10_000
const FOLLOWED_MAX = 20_000
/** The comment of a packet that was captured as it left, and of which it is known that it was lost: lastack's own captures have it. */
const LOST = /^lost: (.*)/

/** Where a tuple's segments go. */
interface Place {
  current: Connection
  /** An earlier connection between the same ports whose other end has not been told that it is over. */
  previous: Connection | undefined
  /** Whether the tuple's first address and port are end 0. */
  readonly isFirst: boolean
}

/**
 * Plays a capture back, piece by piece and in bounded memory.
 *
 * ```ts
 * const replay = new CaptureReplay()
 * for (const piece of file) replay.feed(piece)
 * const { connections, problem } = replay.finish()
 * ```
 */
export class CaptureReplay {
  readonly #options: ReplayOptions
  readonly #stream = new CaptureStream()
  readonly #decoder: Decoder
  readonly #places = new Map<string, Place>()
  readonly #listed: ReplayedConnection[] = []
  readonly #problems: Record<string, number> = {}
  readonly #copies = new CopyFilter()
  readonly counts: CaptureCounts = {
    ...{ packets: 0, segments: 0, others: 0, malformed: 0, fragments: 0, badChecksums: 0, copies: 0, connections: 0 },
    ...{ fragmentsLeft: 0, reassembled: 0, carried: 0, earlier: 0, timeless: 0 },
  }
  readonly #unknownLinks: Record<number, number> = {}
  #startedAt: Micros | undefined
  #now: Micros = 0
  #unlisted = 0

  constructor(options: ReplayOptions = {}) {
    this.#options = options
    this.#decoder = new Decoder(options.ignoresChecksums)
  }

  /** What is wrong with the file, as soon as it is known; what is fed after that is not read. */
  get problem(): string | undefined {
    return this.#stream.problem
  }

  /** The next octets of the file, in pieces of any size. The array may be used again afterwards. */
  feed(octets: Uint8Array): void {
    for (const packet of this.#stream.push(octets)) this.#take(packet)
  }

  /** The file is over: everything that is to be said of it. */
  finish(): ReplayedCapture {
    for (const packet of this.#stream.finish()) this.#take(packet)
    const { taken, used } = this.#decoder.fragments
    this.counts.fragments = taken
    this.counts.fragmentsLeft = taken - used
    for (const place of this.#places.values()) this.#conclude(place)
    this.#places.clear()
    return {
      ...{ format: this.#stream.format, problem: this.#stream.problem, startedAt: this.#startedAt },
      ...{ duration: this.#now, counts: this.counts, unlisted: this.#unlisted, problems: this.#problems },
      unknownLinks: this.#unknownLinks,
      connections: this.#listed.sort((a, b) => a.number - b.number),
    }
  }

  #take(packet: CapturedPacket): void {
    const { counts } = this
    counts.packets++
    this.#startedAt ??= packet.timeUs
    const captured = packet.timeUs - this.#startedAt
    if (packet.isTimeless === true) counts.timeless++
    else if (captured < this.#now) counts.earlier++
    // Clocks are set; what is later in the file is not earlier.
    const time = Math.max(this.#now, captured)
    this.#now = time
    const verdict = this.#decoder.read(packet)
    if (this.#decoder.isCarried) counts.carried++
    if (this.#decoder.isJoined) counts.reassembled++
    switch (verdict) {
      case 'tcp':
        counts.segments++
        this.#takeSegment(packet, time)
        break
      case 'icmp-error':
        counts.others++
        this.#takeIcmp(time)
        break
      case 'bad-checksum':
        counts.badChecksums++
        break
      case 'malformed':
        counts.malformed++
        break
      case 'fragment':
        // Counted where they are put together.
        break
      case 'unknown-link':
        counts.others++
        this.#unknownLinks[packet.linkType] = (this.#unknownLinks[packet.linkType] ?? 0) + 1
        break
      case 'other':
        counts.others++
        break
    }
  }

  #takeSegment(packet: CapturedPacket, time: Micros): void {
    const { ip, segment, checksum } = this.#decoder
    const { port } = this.#options
    if (port !== undefined && segment.sourcePort !== port && segment.destinationPort !== port) return
    const isOneInterface = this.#stream.interfaces.length <= 1
    const isCopy = this.#copies.isCopy(packet, ip, segment, checksum, time, isOneInterface)
    const isFromFirst = isFirst(ip, segment)
    const key = keyOf(ip, segment, isFromFirst)
    const known = this.#places.get(key)
    const isRecut = !isOneInterface || isCooked(packet) ? this.#isRecut(packet, known, isFromFirst, time) : false
    if (isCopy || isRecut) {
      this.counts.copies++
      return
    }
    const place =
      known === undefined ? this.#open(key, undefined, isFromFirst, time) : this.#next(key, known, isFromFirst, time)
    const from = isFromFirst === place.isFirst ? 0 : 1
    const connection =
      place.previous !== undefined && isOfPrevious(place, segment, from) ? place.previous : place.current
    // One socket that is connected to itself is at both ends of what it sends.
    const isOwn = segment.sourcePort === segment.destinationPort && hasOneAddress(ip)
    const isForgotten = connection === place.previous && from === 0 && (segment.ctl & Ctl.RST) !== 0
    if (isForgotten) connection.successor = place.current.number
    const lost = LOST.exec(this.#decoder.comment ?? '')?.[1]
    connection.add(segment, from, time, lost)
    if (isOwn) connection.add(segment, 1, time, lost)
  }

  /** Whether another interface has just shown the same octets, as more segments or as fewer. */
  #isRecut(packet: CapturedPacket, known: Place | undefined, isFromFirst: boolean, time: Micros): boolean {
    const { seq, dataLength, ctl } = this.#decoder.segment
    if (known === undefined || dataLength === 0 || (ctl & (Ctl.SYN | Ctl.RST)) !== 0) return false
    const from = isFromFirst === known.isFirst ? 0 : 1
    return known.current.crossings[from].isShownElsewhere(placeOf(packet), seq, (seq + dataLength) | 0, time)
  }

  /** An error belongs to the connection of the packet that it quotes. */
  #takeIcmp(time: Micros): void {
    const { ip, icmp } = this.#decoder
    const { quote, type, code, kind, mtu } = icmp
    const isFromFirst = isFirst(quote.ip, quote)
    const place = this.#places.get(keyOf(quote.ip, quote, isFromFirst))
    if (place === undefined) return
    const name = ip.version === 4 ? icmpName(type, code) : icmpv6Name(type, code)
    const said = kind === IcmpKind.TOO_BIG && mtu > 0 ? `${name}, ${grouped(mtu)} octets fit` : name
    const end = isFromFirst === place.isFirst ? 0 : 1
    place.current.addIcmp({ from: ip.source().toString(), end, said }, quote.ip.id, quote.seq, time)
  }

  /** The place of a segment between known ports; a SYN with another number begins a new connection there. */
  #next(key: string, known: Place, isFromFirst: boolean, time: Micros): Place {
    const { segment } = this.#decoder
    if ((segment.ctl & (Ctl.SYN | Ctl.ACK | Ctl.RST)) !== Ctl.SYN) return known
    const { current } = known
    const sender = current.ends[isFromFirst === known.isFirst ? 0 : 1]
    const isSame = sender.iss === segment.seq || (sender.iss === undefined && !hasBegun(current))
    if (isSame) return known
    return this.#open(key, known, isFromFirst, time)
  }

  #open(key: string, before: Place | undefined, isFromFirst: boolean, time: Micros): Place {
    const { ip, segment } = this.#decoder
    const isAnswer = (segment.ctl & (Ctl.SYN | Ctl.ACK)) === (Ctl.SYN | Ctl.ACK)
    const isOpening = (segment.ctl & Ctl.SYN) !== 0 && !isAnswer
    const isOpener = isOpening || (!isAnswer && segment.sourcePort >= segment.destinationPort)
    const [here, there] = [
      [ip.source().toString(), segment.sourcePort] as const,
      [ip.destination().toString(), segment.destinationPort] as const,
    ]
    const [opener, other] = isOpener ? [here, there] : [there, here]
    const number = ++this.counts.connections
    const ends = {
      addresses: [opener[0], other[0]],
      ports: [opener[1], other[1]],
      family: ip.version === 4 ? 4 : 6,
    } as const
    const current = new Connection(number, ends, segment, time, this.#keeps(number))
    const isPlacedFirst = isOpener === isFromFirst
    let previous: Connection | undefined
    if (before !== undefined) {
      if (before.previous !== undefined) this.#tell(before.previous)
      const isOver = before.current.isOver || before.isFirst !== isPlacedFirst
      if (isOver) this.#tell(before.current)
      else previous = before.current
    }
    const place: Place = { current, previous, isFirst: isPlacedFirst }
    this.#places.delete(key)
    this.#places.set(key, place)
    if (this.#places.size > this.#followedMax) this.#makeRoom()
    return place
  }

  get #followedMax(): number {
    return this.#options.followedMax ?? FOLLOWED_MAX
  }

  #keeps(number: number): boolean {
    const { keepsSegments } = this.#options
    return keepsSegments === undefined ? number <= SEGMENTS_KEPT : keepsSegments(number)
  }

  /** Concludes a quarter of the connections: those that are over, and of the others the ones that have been silent the longest. */
  #makeRoom(): void {
    const rank = ({ current }: Place): number => (current.hasClosed ? 0 : 1e15) + current.end
    const places = [...this.#places].sort(([, a], [, b]) => rank(a) - rank(b))
    for (const [key, place] of places.slice(0, Math.ceil(this.#followedMax / 4))) {
      this.#conclude(place)
      this.#places.delete(key)
    }
  }

  #conclude({ current, previous }: Place): void {
    if (previous !== undefined) this.#tell(previous)
    this.#tell(current)
  }

  #tell(connection: Connection): void {
    const { isWanted, wrongOnly = false, listMax = LIST_MAX } = this.#options
    const isListed = this.#listed.length < listMax
    const concluded = connection.conclude(this.#now, isListed)
    if (isWanted !== undefined && !isWanted(connection.number, connection.rows())) return
    if (wrongOnly && concluded.problems.length === 0) return
    for (const kind of new Set(concluded.problems.map((problem) => problem.kind))) {
      this.#problems[kind] = (this.#problems[kind] ?? 0) + 1
    }
    if (isListed) this.#listed.push(concluded)
    else this.#unlisted++
  }
}

/** A connection that has only been joined in the middle, or only begun by its other end, takes a SYN of this end as its own. */
function hasBegun({ ends }: Connection): boolean {
  return ends.some(({ state }) => state !== undefined && state !== State.SYN_SENT && state !== State.LISTEN)
}

/**
 * While a new SYN waits for its answer, the other end may still speak for the connection before: it acknowledges what it knows, and the
 * new one answers that with a RST, which ends the old one.
 */
function isOfPrevious({ current }: Place, { ctl, seq, ack }: TcpSegment, from: 0 | 1): boolean {
  const [opener, other] = current.ends
  if (opener.state !== State.SYN_SENT || other.iss !== undefined || opener.iss === undefined) return false
  const next = (opener.iss + 1) | 0
  if ((ctl & Ctl.SYN) !== 0) return false
  return from === 1 ? (ctl & Ctl.ACK) !== 0 && ack !== next : (ctl & Ctl.RST) !== 0 && seq !== next
}

/** The ports of a segment, or of what an error quotes of one. */
type Ports = Pick<TcpSegment, 'sourcePort' | 'destinationPort'>

function isFirst({ s0, s1, s2, s3, d0, d1, d2, d3 }: IpHeader, { sourcePort, destinationPort }: Ports): boolean {
  if (s3 !== d3) return s3 < d3
  if (s2 !== d2) return s2 < d2
  if (s1 !== d1) return s1 < d1
  return s0 !== d0 ? s0 < d0 : sourcePort <= destinationPort
}

function hasOneAddress({ s0, s1, s2, s3, d0, d1, d2, d3 }: IpHeader): boolean {
  return s3 === d3 && s2 === d2 && s1 === d1 && s0 === d0
}

/** The same for both directions. */
function keyOf(ip: IpHeader, { sourcePort, destinationPort }: Ports, isFromFirst: boolean): string {
  const { s0, s1, s2, s3, d0, d1, d2, d3, version } = ip
  const [a, b] = version === 4 ? [`${s3}`, `${d3}`] : [`${s0},${s1},${s2},${s3}`, `${d0},${d1},${d2},${d3}`]
  return isFromFirst ? `${a} ${sourcePort} ${b} ${destinationPort}` : `${b} ${destinationPort} ${a} ${sourcePort}`
}
