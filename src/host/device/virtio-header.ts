/**
 * `struct virtio_net_hdr`, which precedes every packet of a device with IFF_VNET_HDR: what is still to be done to the packet.
 * Ten octets in the machine's order: flags u8, gso_type u8, hdr_len u16, gso_size u16, csum_start u16, csum_offset u16.
 */
import { foldChecksum, sumOctets } from '../../base/index.ts'
import { ALONE } from '../../stack/index.ts'
import { IPV6_HEADER_LENGTH } from '../../wire/index.ts'
import { LITTLE_ENDIAN } from '../byte-order.ts'

/** Octets of the header. */
export const VNET_HEADER = 10

/** The checksum field holds the pseudo-header's sum only. */
const NEEDS_CSUM = 1

const GSO_TCPV4 = 1
const GSO_TCPV6 = 4
/** Where the checksum lies in a TCP header. */
const TCP_CHECKSUM = 16
/** And in a UDP header. */
const UDP_CHECKSUM = 6

/** Writes "nothing is to be done" at `at`. */
export function writePlainHeader(buf: Uint8Array, at: number): void {
  buf.fill(0, at, at + VNET_HEADER)
}

/**
 * Writes "TCP segments with `cut` octets of text each are to be made of this, and their checksums", for the packet that begins
 * at `packet`, a link's header of `link` octets before it. Of a segment that is `ALONE` only the checksum is to be made.
 */
export function writeCuttingHeader(buf: Uint8Array, at: number, packet: number, link: number, cut: number): void {
  const v4 = (buf[packet] as number) >>> 4 === 4
  const tcp = v4 ? ((buf[packet] as number) & 15) << 2 : IPV6_HEADER_LENGTH
  const headers = tcp + (((buf[packet + tcp + 12] as number) >>> 4) << 2)
  buf[at] = NEEDS_CSUM
  buf[at + 1] = cut === ALONE ? 0 : v4 ? GSO_TCPV4 : GSO_TCPV6
  put16(buf, at + 2, link + headers)
  put16(buf, at + 4, cut === ALONE ? 0 : cut)
  put16(buf, at + 6, link + tcp)
  put16(buf, at + 8, TCP_CHECKSUM)
}

/**
 * What the header at `at` says of the packet behind it. A checksum that the sender left to the device is made, but for TCP: the
 * machine itself vouches for those.
 * @returns the packet's cut, as `Driver.input` has it; −1 when the header names a place outside of the packet
 */
export function takeHeader(buf: Uint8Array, at: number, length: number): number {
  if (((buf[at] as number) & NEEDS_CSUM) === 0) return 0
  if (get16(buf, at + 8) !== TCP_CHECKSUM) return completeChecksum(buf, at, length) ? 0 : -1
  if (get16(buf, at + 6) + TCP_CHECKSUM + 2 > length) return -1
  return get16(buf, at + 4) || ALONE
}

/**
 * Completes the checksum of the packet behind the header at `at`, where the sender left that to the device. The header then says
 * that this is done: what is asked again changes nothing.
 * @returns false when the header names a place outside of the packet
 */
export function completeChecksum(buf: Uint8Array, at: number, length: number): boolean {
  if (((buf[at] as number) & NEEDS_CSUM) === 0) return true
  const from = get16(buf, at + 6)
  const field = from + get16(buf, at + 8)
  if (field + 2 > length) return false
  const start = at + VNET_HEADER
  // The field itself holds the sum of the pseudo-header, and is summed along.
  const sum = foldChecksum(sumOctets(buf, start + from, length - from)) || zeroOf(field - from)
  buf[start + field] = sum >>> 8
  buf[start + field + 1] = sum & 0xff
  buf[at] = (buf[at] as number) & ~NEEDS_CSUM
  return true
}

/** To UDP a field of 0 says that there is no checksum (RFC 768). */
function zeroOf(offset: number): number {
  return offset === UDP_CHECKSUM ? 0xffff : 0
}

function get16(buf: Uint8Array, at: number): number {
  const first = buf[at] as number
  const second = buf[at + 1] as number
  return LITTLE_ENDIAN ? first | (second << 8) : (first << 8) | second
}

function put16(buf: Uint8Array, at: number, value: number): void {
  buf[LITTLE_ENDIAN ? at : at + 1] = value & 0xff
  buf[LITTLE_ENDIAN ? at + 1 : at] = value >>> 8
}
