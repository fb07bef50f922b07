import { type Micros, scratch } from '../../base/index.ts'
import {
  type Address,
  FRAGMENT_UNIT,
  Fragment,
  holdsUpperHeader,
  IcmpType,
  Icmpv6Type,
  IPV6_HEADER_LENGTH,
  type IpHeader,
  type Piece,
  Pieces,
  Protocol,
  parseFragment,
  wholeKey,
  writeWholeHeaders,
} from '../../wire/index.ts'
import type { StackHost } from '../stack-host.ts'
import type { Icmp } from './icmp.ts'

/** IP's length fields have 16 bits: IPv4's counts the header too, IPv6's does not. */
const LENGTH_MAX = 65_535

/** What Linux counts in memory: for a packet that is not whole, for a piece's bookkeeping, behind its octets, and at least for these. */
const WHOLE_OVERHEAD = 200
const PIECE_OVERHEAD = 256
const PIECE_TAIL = 320
const PIECE_LEAST = 576

/** What a parameter problem points at: IPv6's payload length, the offset in its fragment header, the packet. */
const PAYLOAD_LENGTH_AT = 4
const OFFSET_AT = 2
/** Codes of ICMPv6's parameter problem: a field that is wrong (RFC 4443 §3.4), headers that are not all in the first piece (RFC 7112). */
const WRONG_FIELD = 0
const INCOMPLETE_HEADERS = 3

/** ICMP's types that ask, beside the echo, begin and end with these. */
const TIMESTAMP = 13
const MASK_REPLY = 18

/** ECN codepoints: congestion experienced, and not capable of ECN. */
const CE = 3
const NOT_ECT = 0

/** A packet of which pieces have arrived. */
interface Whole {
  readonly key: string
  readonly from: Address
  readonly to: Address
  /** When it is given up. */
  readonly until: Micros
  readonly pieces: Pieces
  /** What it counts for in memory. */
  octets: number
  /** The ECN codepoints of its pieces, a bit each. */
  codepoints: number
  protocol: number
  headersLength: number
}

/** What waits of one family, oldest first: all wait equally long. */
interface Waiting {
  readonly wholes: Map<string, Whole>
  octets: number
}

/** Where packets are put together. */
interface ReassemblingHost extends StackHost {
  readonly icmp: Icmp
}

/**
 * Fragments put together again (RFC 791 §3.2, RFC 8200 §4.5). Pieces that overlap give their packet up (RFC 5722; Linux in IPv4 too),
 * a piece that is there already is passed over; what is not whole in time is given up, and its sender told if the first piece came.
 */
export class Reassembly {
  readonly #host: ReassemblingHost
  readonly #fragment = new Fragment()
  readonly #v4: Waiting = { wholes: new Map(), octets: 0 }
  readonly #v6: Waiting = { wholes: new Map(), octets: 0 }

  constructor(host: ReassemblingHost) {
    this.#host = host
  }

  /**
   * A fragment for this host has arrived; `ip` is as `parseIp` left it.
   * @returns octets of the packet that is whole now, at `scratch.IN`; 0: it waits for others, or came before; −1: it is dropped
   */
  take(buf: Uint8Array, ip: IpHeader): number {
    this.#host.counts.ip.ReasmReqds++
    const piece = this.#fragment
    parseFragment(buf, ip, piece)
    if (ip.version === 6 && !this.#isSound(buf, ip, piece)) {
      this.#host.counts.ip.InHdrErrors++
      return -1
    }
    const waiting = ip.version === 4 ? this.#v4 : this.#v6
    const key = wholeKey(ip, piece)
    const whole = waiting.wholes.get(key) ?? this.#begin(waiting, key, ip)
    if (whole === null) return this.#fail()
    if (!this.#insert(waiting, whole, buf, ip, piece)) {
      this.#forget(waiting, whole)
      return this.#fail()
    }
    return whole.pieces.isWhole ? this.#join(waiting, whole) : 0
  }

  /** When the oldest packet is given up. */
  nextDeadline(): Micros {
    return Math.min(oldest(this.#v4), oldest(this.#v6))
  }

  /** Gives up what is due. */
  expire(now: Micros): void {
    for (const waiting of [this.#v4, this.#v6]) {
      for (const whole of waiting.wholes.values()) {
        if (whole.until > now) break
        this.#forget(waiting, whole)
        this.#host.counts.ip.ReasmTimeout++
        this.#fail()
        const [first] = whole.pieces.list
        if (first?.offset === 0 && !isError(first, whole))
          this.#host.icmp.sendReassemblyTimeExceeded(first.packet, whole.to, whole.from)
      }
    }
  }

  /** RFC 8200 §4.5: pieces are cut at multiples of eight octets, end below 2^16, and the first holds all headers. */
  #isSound(buf: Uint8Array, ip: IpHeader, piece: Fragment): boolean {
    const { icmp } = this.#host
    const { offset, more, dataStart, dataLength, protocol, headersLength } = piece
    if (more && dataLength % FRAGMENT_UNIT !== 0) icmp.sendParameterProblem(buf, ip, WRONG_FIELD, PAYLOAD_LENGTH_AT)
    else if (offset + dataLength > LENGTH_MAX)
      icmp.sendParameterProblem(buf, ip, WRONG_FIELD, headersLength + OFFSET_AT)
    else if (offset === 0 && !holdsUpperHeader(buf, dataStart, dataLength, protocol))
      icmp.sendParameterProblem(buf, ip, INCOMPLETE_HEADERS, 0)
    else return true
    return false
  }

  /** @returns null when too much waits already */
  #begin(waiting: Waiting, key: string, ip: IpHeader): Whole | null {
    const { reassemblyOctets4, reassemblyOctets6, reassembly4Us, reassembly6Us } = this.#host.config
    const v4 = ip.version === 4
    if (waiting.octets > (v4 ? reassemblyOctets4 : reassemblyOctets6)) return null
    const whole: Whole = {
      key,
      from: ip.source(),
      to: ip.destination(),
      until: this.#host.now + (v4 ? reassembly4Us : reassembly6Us),
      pieces: new Pieces(),
      octets: WHOLE_OVERHEAD,
      codepoints: 0,
      protocol: 0,
      headersLength: 0,
    }
    waiting.wholes.set(key, whole)
    waiting.octets += WHOLE_OVERHEAD
    return whole
  }

  /** @returns false: the piece contradicts the others, and the packet is given up */
  #insert(waiting: Waiting, whole: Whole, buf: Uint8Array, ip: IpHeader, fragment: Fragment): boolean {
    const piece = whole.pieces.add(buf, ip.payloadStart - ip.headerLength, fragment)
    if (typeof piece === 'string') return piece === 'known'
    whole.codepoints |= 1 << (ip.tos & 3)
    const memory = memoryOf(piece.packet.length)
    whole.octets += memory
    waiting.octets += memory
    if (piece.offset > 0) return true
    whole.protocol = fragment.protocol
    whole.headersLength = fragment.headersLength
    return true
  }

  /** Writes the packet, which is whole, at `scratch.IN`. @returns its octets; −1: it is none */
  #join(waiting: Waiting, whole: Whole): number {
    this.#forget(waiting, whole)
    const { bytes, IN } = scratch
    const { headersLength, pieces, protocol } = whole
    const { list, length } = pieces
    const [first] = list as [Piece, ...Piece[]]
    const v4 = whole.to.v4
    const counted = v4 ? headersLength : headersLength - IPV6_HEADER_LENGTH
    if (counted + length > LENGTH_MAX || isMixed(whole.codepoints)) return this.#fail()
    bytes.set(first.packet.subarray(0, headersLength), IN)
    for (const { offset, packet, dataStart } of list) bytes.set(packet.subarray(dataStart), IN + headersLength + offset)
    // One piece that met congestion speaks for all (RFC 3168 §5.3).
    const experienced = (whole.codepoints & (1 << CE)) === 0 ? 0 : CE
    bytes[IN + 1] = (bytes[IN + 1] as number) | (v4 ? experienced : experienced << 4)
    writeWholeHeaders(bytes, IN, headersLength, length, protocol)
    this.#host.counts.ip.ReasmOKs++
    return headersLength + length
  }

  #forget(waiting: Waiting, whole: Whole): void {
    waiting.wholes.delete(whole.key)
    waiting.octets -= whole.octets
  }

  #fail(): -1 {
    this.#host.counts.ip.ReasmFails++
    return -1
  }
}

function oldest({ wholes }: Waiting): Micros {
  // Asked for all the time, and hardly ever is there one.
  if (wholes.size === 0) return Number.POSITIVE_INFINITY
  for (const { until } of wholes.values()) return until
  return Number.POSITIVE_INFINITY
}

function memoryOf(octets: number): number {
  const room = octets + PIECE_TAIL
  return PIECE_OVERHEAD + (room <= PIECE_LEAST ? PIECE_LEAST : 2 ** Math.ceil(Math.log2(room)))
}

/** An ICMP error is never answered by one (RFC 1122 §3.2.2, RFC 4443 §2.4). */
function isError({ packet, dataStart }: Piece, { to, protocol }: Whole): boolean {
  const type = packet[dataStart] as number
  if (to.v4) return protocol === Protocol.ICMP && !isQuery(type)
  return protocol === Protocol.ICMPV6 && type < Icmpv6Type.ECHO
}

/** Echoes, and what asks for times, addresses and masks, or answers that (RFC 792, RFC 950). */
function isQuery(type: number): boolean {
  return type === IcmpType.ECHO || type === IcmpType.ECHO_REPLY || (type >= TIMESTAMP && type <= MASK_REPLY)
}

/** RFC 3168 §5.3: some say that they are capable of ECN and some that they are not; nobody knows what that would mean. */
function isMixed(codepoints: number): boolean {
  return (codepoints & (1 << NOT_ECT)) !== 0 && codepoints !== 1 << NOT_ECT
}
