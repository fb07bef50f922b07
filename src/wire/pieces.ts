import { FRAGMENT_UNIT, type Fragment } from './fragment.ts'
import type { IpHeader } from './ip-header.ts'

/** A piece that is there. */
export interface Piece {
  /** Octets of the whole before it, and up to its own end. */
  readonly offset: number
  readonly end: number
  /** The packet that brought it, and where in it its data begin. Of one that was cut in a capture the end is missing. */
  readonly packet: Uint8Array
  readonly dataStart: number
  /** Pieces that came one behind the other at the end, each where the one before it ended, are of one run. */
  readonly run: number
}

/**
 * Why a piece is not kept: its octets have come before; or it overlaps others, or ends elsewhere than they do, so that none of them can
 * be trusted (RFC 5722; Linux in IPv4 too).
 */
export type PieceRefusal = 'known' | 'contradicts'

/** The pieces of one packet. */
export class Pieces {
  /** In their order; none overlaps another. */
  readonly list: Piece[] = []
  /** Octets up to where the whole ends, as far as is known. */
  length = 0
  /** The last piece is here: `length` is the whole's. */
  #ends = false
  /** Octets that are here. */
  #present = 0

  /** Nothing is missing. */
  get isWhole(): boolean {
    return this.#ends && this.#present === this.length
  }

  /** One more piece, copied out of `buf` if it is kept. @param start where in it the packet begins that brings the piece */
  add(buf: Uint8Array, start: number, { offset, more, dataStart, dataLength }: Fragment): Piece | PieceRefusal {
    // A router's cut that is not at eight octets says nothing of what follows it (IPv4; Linux).
    const length = more ? dataLength - (dataLength % FRAGMENT_UNIT) : dataLength
    const end = offset + length
    if (!this.#extend(end, more) || length === 0) return 'contradicts'
    const { list } = this
    const place = list.findLastIndex((piece) => piece.end <= offset) + 1
    const next = list[place]
    if (next !== undefined && next.offset < end) return this.#isCovered(place, offset, end) ? 'known' : 'contradicts'
    const last = next === undefined ? list.at(-1) : undefined
    const run = last?.end === offset ? last.run : list.length
    const packet = buf.slice(start, dataStart + length)
    const piece: Piece = { offset, end, packet, dataStart: dataStart - start, run }
    list.splice(place, 0, piece)
    this.#present += length
    return piece
  }

  /** Whether a piece that ends there agrees with where the others say that the whole ends. */
  #extend(end: number, more: boolean): boolean {
    if (more) {
      if (end <= this.length) return true
      this.length = end
      return !this.#ends
    }
    const agrees = this.#ends ? end === this.length : end >= this.length
    this.#ends = true
    this.length = end
    return agrees
  }

  /** Whether the octets are all there, in the piece at `place` and those of its run that follow it: then they have come before. */
  #isCovered(place: number, offset: number, end: number): boolean {
    const run = this.list[place]?.run
    let covered = offset
    for (let at = place; covered < end; at++) {
      const piece = this.list[at]
      if (piece === undefined || piece.run !== run || piece.offset > covered) return false
      covered = piece.end
    }
    return true
  }
}

/** RFC 791: source, destination, protocol and identification tell whole packets apart; RFC 8200: all but the protocol. */
export function wholeKey(ip: IpHeader, { id, protocol }: Fragment): string {
  const { s0, s1, s2, s3, d0, d1, d2, d3 } = ip
  return `${s0},${s1},${s2},${s3},${d0},${d1},${d2},${d3},${id},${ip.version === 4 ? protocol : 0}`
}
