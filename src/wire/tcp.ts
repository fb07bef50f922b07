import { foldChecksum, sumOctets } from '../base/index.ts'
import { DropReason } from './drop.ts'
import { get16, get32, put16, put32 } from './octets.ts'
import { parseTcpOptions } from './tcp-options.ts'
import type { TcpSegment } from './tcp-segment.ts'

/** The control bits as they lie in the header (RFC 9293 §3.1); AE stands in the octet before (RFC 9768 §2.2). */
export const Ctl = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128, AE: 256 } as const

/** Octets of a TCP header without options. */
export const TCP_HEADER_LENGTH = 20
/** Octets of options that a TCP header can hold. */
export const TCP_OPTIONS_LENGTH_MAX = 40

/**
 * Reads a TCP segment of `length` octets and checks it against its pseudo-header's partial sum, whose length is this
 * `length`.
 *
 * Options of unknown kind are passed over by their length; a known option of the wrong length is ignored, as Linux does. An
 * option whose length is below two or reaches beyond the header condemns the segment: RFC 9293 MUST-7 asks to be prepared
 * for it and leaves the rest open. Linux keeps such a segment and what it read so far, we do not: nothing behind a lying
 * length can be believed, and no sender in use makes one.
 *
 * @param verify false when the checksum is known to be right or is not there yet (offload).
 * @returns 0, or why the segment is to be dropped; `into` then holds what was read before that was found.
 */
export function parseTcp(
  buf: Uint8Array,
  start: number,
  length: number,
  pseudo: number,
  into: TcpSegment,
  verify = true,
): DropReason {
  if (length < TCP_HEADER_LENGTH) return DropReason.TRUNCATED
  const headerLength = ((buf[start + 12] as number) >>> 4) << 2
  into.buf = buf
  into.sourcePort = get16(buf, start)
  into.destinationPort = get16(buf, start + 2)
  into.seq = get32(buf, start + 4)
  into.ack = get32(buf, start + 8)
  into.ctl = (buf[start + 13] as number) | (((buf[start + 12] as number) & 1) << 8)
  // MUST-1: sixteen bits without a sign
  into.wnd = get16(buf, start + 14)
  into.up = get16(buf, start + 18)
  into.headerLength = headerLength
  into.dataStart = start + headerLength
  into.dataLength = length - headerLength
  into.clearOptions()
  if (headerLength < TCP_HEADER_LENGTH || headerLength > length) {
    into.dataLength = 0
    return DropReason.BAD_DATA_OFFSET
  }
  // MUST-3: counted and forgotten
  if (verify && foldChecksum(sumOctets(buf, start, length, pseudo)) !== 0) return DropReason.BAD_TRANSPORT_CHECKSUM
  // MUST-5: whatever the control bits say
  if (headerLength === TCP_HEADER_LENGTH) return DropReason.NONE
  return parseTcpOptions(buf, start + TCP_HEADER_LENGTH, start + headerLength, into)
}

/** Writes the 20 fixed octets, the checksum 0. `dataOffsetWords` counts the options, which the caller writes. */
export function writeTcpHeader(
  buf: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  seq: number,
  ack: number,
  dataOffsetWords: number,
  ctl: number,
  wnd: number,
  up: number,
): void {
  put16(buf, at, sourcePort)
  put16(buf, at + 2, destinationPort)
  put32(buf, at + 4, seq)
  put32(buf, at + 8, ack)
  buf[at + 12] = (dataOffsetWords << 4) | (ctl >>> 8)
  buf[at + 13] = ctl
  put16(buf, at + 14, wnd)
  put16(buf, at + 16, 0)
  put16(buf, at + 18, up)
}

/**
 * Fills in the checksum of a segment whose checksum field is 0. `length` is what is still to be summed: header and data,
 * or the header alone when `pseudo` already contains the data's partial sum.
 */
export function finishTcpChecksum(buf: Uint8Array, at: number, length: number, pseudo: number): void {
  // MUST-2: over header, text and pseudo-header
  put16(buf, at + 16, foldChecksum(sumOctets(buf, at, length, pseudo)))
}

/**
 * Puts into the checksum field what a device that cuts the segment starts from: the sum of the pseudo-header, whose length is
 * that of the whole, not inverted.
 */
export function beginTcpChecksum(buf: Uint8Array, at: number, pseudo: number): void {
  put16(buf, at + 16, ~foldChecksum(pseudo) & 0xffff)
}

const CTL_NAMES: readonly string[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE']
const CTL_LETTERS: readonly string[] = ['F', 'S', 'R', 'P', '.', 'U', 'E', 'W', 'e']

/** Control bits as the RFC names them: `SYN,ACK`; empty for none. */
export function formatCtl(ctl: number): string {
  return CTL_NAMES.filter((_, bit) => (ctl >>> bit) & 1).join(',')
}

/** Control bits in tcpdump's letters: `S.`, `F.`, `P.`, `.`, `R`; `none` for none. */
export function flagsLetters(ctl: number): string {
  const letters = CTL_LETTERS.filter((_, bit) => (ctl >>> bit) & 1).join('')
  return letters === '' ? 'none' : letters
}
