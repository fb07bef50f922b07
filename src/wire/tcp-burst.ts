import { get32, put16, put32 } from './octets.ts'
import { Ctl } from './tcp.ts'

/**
 * A burst: several segments as one, which a link or a card cuts before the wire and joins behind it (segmentation and receive offload).
 * What its header says holds for each of them, but PSH and FIN, which belong to the last. URG is never in one, and CWR means ACE's
 * highest bit there (RFC 9768 §3.2.3.1), which all of them repeat.
 */

/**
 * Writes the header of one of the segments of a burst, its checksum 0.
 * @param like the burst's header, of `length` octets with its options
 * @param offset octets of text before this segment's
 */
export function writeSegmentOfBurst(
  buf: Uint8Array,
  at: number,
  like: Uint8Array,
  length: number,
  offset: number,
  isLast: boolean,
): void {
  for (let i = 0; i < length; i++) buf[at + i] = like[i] as number
  put32(buf, at + 4, (get32(like, 4) + offset) | 0)
  if (!isLast) buf[at + 13] = (like[13] as number) & ~(Ctl.PSH | Ctl.FIN)
  put16(buf, at + 16, 0)
}
