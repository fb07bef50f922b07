import type { Address } from './address.ts'

/**
 * The partial sum of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1) for either version: address words, the upper
 * protocol, and the length of its header and data.
 *
 * One formula serves both, because the two 0xffff words of IPv4-mapped addresses count as zero in ones-complement.
 */
export function pseudoSum(
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  d0: number,
  d1: number,
  d2: number,
  d3: number,
  protocol: number,
  length: number,
): number {
  return (
    halves(s0) +
    halves(s1) +
    halves(s2) +
    halves(s3) +
    halves(d0) +
    halves(d1) +
    halves(d2) +
    halves(d3) +
    protocol +
    (length >>> 16) +
    (length & 0xffff)
  )
}

/** The same between two addresses of one family. */
export function pseudoSumBetween(source: Address, destination: Address, protocol: number, length: number): number {
  const { w0, w1, w2, w3 } = destination
  return pseudoSum(source.w0, source.w1, source.w2, source.w3, w0, w1, w2, w3, protocol, length)
}

/** The two 16-bit words of an address word or of 32 bits of a header, added. */
export function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff)
}
