import { Md5 } from '../base/index.ts'
import type { Address } from './address.ts'
import { put16, put32 } from './octets.ts'
import { putNop, TcpOption } from './tcp-options.ts'

/** Octets of NOP, NOP, signature. */
export const SIGNATURE_LENGTH = 20
/** Octets of the signature itself. */
const DIGEST_LENGTH = 16
/** TCP's fixed header, and where its checksum lies. */
const HEADER = 20
const CHECKSUM = 16
const TCP = 6

const head = new Uint8Array(40 + HEADER)

/** NOP, NOP, and room for a signature that `signSegment` fills in (RFC 2385 §3): twenty octets. */
export function putSignature(buf: Uint8Array, at: number): number {
  const option = putNop(buf, putNop(buf, at))
  buf[option] = TcpOption.MD5
  buf[option + 1] = 2 + DIGEST_LENGTH
  buf.fill(0, option + 2, option + 2 + DIGEST_LENGTH)
  return at + SIGNATURE_LENGTH
}

/**
 * RFC 2385 §2.0: the digest of the pseudo-header, the header without options and with a checksum of zero, the data, the key.
 * @param start where the TCP header begins
 * @param length octets of header and data
 */
export function signatureOf(
  from: Address,
  to: Address,
  buf: Uint8Array,
  start: number,
  length: number,
  key: Uint8Array,
): Uint8Array {
  const pseudo = writePseudoHeader(from, to, length)
  head.set(buf.subarray(start, start + HEADER), pseudo)
  put16(head, pseudo + CHECKSUM, 0)
  const text = ((buf[start + 12] as number) >>> 4) << 2
  return new Md5()
    .update(head, 0, pseudo + HEADER)
    .update(buf, start + text, length - text)
    .update(key)
    .digest()
}

/** The pseudo-header of IPv4 or IPv6, at the beginning of `head`. */
function writePseudoHeader(from: Address, to: Address, length: number): number {
  if (to.v4) {
    put32(head, 0, from.w3)
    put32(head, 4, to.w3)
    put16(head, 8, TCP)
    put16(head, 10, length)
    return 12
  }
  const words = [from.w0, from.w1, from.w2, from.w3, to.w0, to.w1, to.w2, to.w3]
  words.forEach((word, i) => {
    put32(head, i * 4, word)
  })
  put32(head, 32, length)
  put32(head, 36, TCP)
  return 40
}

/** Whether the sixteen octets at `at` are that signature. */
export function isSignature(buf: Uint8Array, at: number, digest: Uint8Array): boolean {
  return digest.every((octet, i) => buf[at + i] === octet)
}
