import { type Address, get16, type IpHeader, Protocol, put16 } from '../../wire/index.ts'

const TCP_CHECKSUM = 16
const UDP_CHECKSUM = 6

/**
 * Replaces source or destination of an IPv4 TCP or UDP packet, in a copy. Checksums are adjusted by the difference (RFC 1624), so
 * that one which was wrong stays wrong.
 */
export function rewriteEndpoint(
  bytes: Uint8Array,
  ip: IpHeader,
  which: 'source' | 'destination',
  address: Address,
  port: number,
): Uint8Array {
  const copy = bytes.slice()
  const transport = ip.payloadStart
  const sumAt = transport + (ip.protocol === Protocol.TCP ? TCP_CHECKSUM : UDP_CHECKSUM)
  // UDP without a checksum (RFC 768: field zero) keeps none.
  const summed = ip.protocol === Protocol.TCP || get16(copy, sumAt) !== 0
  const addressAt = which === 'source' ? 12 : 16
  const portAt = transport + (which === 'source' ? 0 : 2)
  for (const [at, value] of [
    [addressAt, address.w3 >>> 16],
    [addressAt + 2, address.w3 & 0xffff],
  ] as const) {
    adjust(copy, 10, get16(copy, at), value)
    if (summed) adjust(copy, sumAt, get16(copy, at), value)
    put16(copy, at, value)
  }
  if (summed) adjust(copy, sumAt, get16(copy, portAt), port)
  put16(copy, portAt, port)
  return copy
}

/** RFC 1624 equation 3: HC' = ~(~HC + ~m + m'). */
function adjust(bytes: Uint8Array, at: number, before: number, after: number): void {
  let sum = (~get16(bytes, at) & 0xffff) + (~before & 0xffff) + after
  sum = (sum & 0xffff) + (sum >>> 16)
  sum = (sum & 0xffff) + (sum >>> 16)
  put16(bytes, at, ~sum & 0xffff)
}
