import { foldChecksum, sumOctets } from '../base/index.ts'
import { DropReason } from './drop.ts'
import { get16, put16 } from './octets.ts'

/** Octets of a UDP header. */
export const UDP_HEADER_LENGTH = 8

const NO_OCTETS: Uint8Array = new Uint8Array(0)

/** The fields of one UDP datagram (RFC 768); one instance is read into again and again. */
export class UdpDatagram {
  /** Where the datagram lies. */
  buf: Uint8Array = NO_OCTETS
  sourcePort = 0
  destinationPort = 0
  /** Index in `buf` of the first octet of data. */
  dataStart = 0
  dataLength = 0
}

/**
 * Reads a UDP datagram. Octets behind its own length are not its data.
 *
 * @param length octets of IP payload, which is also the length in `pseudo`.
 * @param checksumRequired IPv6: a datagram without checksum is dropped (RFC 8200 §8.1). IPv4: it is taken.
 * @param verify false when the checksum is known to be right.
 * @returns 0, or why the datagram is to be dropped.
 */
export function parseUdp(
  buf: Uint8Array,
  start: number,
  length: number,
  pseudo: number,
  checksumRequired: boolean,
  into: UdpDatagram,
  verify = true,
): DropReason {
  if (length < UDP_HEADER_LENGTH) return DropReason.TRUNCATED
  const udpLength = get16(buf, start + 4)
  into.buf = buf
  into.sourcePort = get16(buf, start)
  into.destinationPort = get16(buf, start + 2)
  into.dataStart = start + UDP_HEADER_LENGTH
  into.dataLength = 0
  if (udpLength < UDP_HEADER_LENGTH || udpLength > length) return DropReason.BAD_UDP_LENGTH
  into.dataLength = udpLength - UDP_HEADER_LENGTH
  if (get16(buf, start + 6) === 0) return checksumRequired ? DropReason.BAD_TRANSPORT_CHECKSUM : DropReason.NONE
  if (!verify) return DropReason.NONE
  // The pseudo-header holds UDP's own length: take the other one out, which in ones-complement is adding its inverse.
  const seed = pseudo + (~length & 0xffff) + udpLength
  return foldChecksum(sumOctets(buf, start, udpLength, seed)) === 0
    ? DropReason.NONE
    : DropReason.BAD_TRANSPORT_CHECKSUM
}

/** Writes the header, the checksum 0. `length` counts header and data. */
export function writeUdpHeader(
  buf: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): void {
  put16(buf, at, sourcePort)
  put16(buf, at + 2, destinationPort)
  put16(buf, at + 4, length)
  put16(buf, at + 6, 0)
}

/** Fills in the checksum of a datagram whose checksum field is 0; a sum of 0 is sent as 0xffff, since 0 means none. */
export function finishUdpChecksum(buf: Uint8Array, at: number, length: number, pseudo: number): void {
  const sum = foldChecksum(sumOctets(buf, at, length, pseudo))
  put16(buf, at + 6, sum === 0 ? 0xffff : sum)
}
