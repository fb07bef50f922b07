import { type Seq, seqGt } from '../../base/index.ts'
import type { TcpSegment } from '../../wire/index.ts'
import { windowNow } from '../output/window.ts'
import type { Tcb } from '../tcb.ts'

/**
 * RFC 9293 §3.10.7.3, fourth: text of a SYN that crosses ours waits until the connection is open, and so does what comes before the ACK of
 * ours. It is not acknowledged before, and what comes behind a gap is not kept.
 * @param seq the number of the segment's first octet
 */
export function holdText(tcb: Tcb, segment: TcpSegment, seq: Seq): void {
  const held = tcb.heldText
  const before = held?.length ?? 0
  const known = (tcb.rcv.nxt + before - seq) | 0
  const length = Math.min(segment.dataLength - known, windowNow(tcb) - before)
  if (known < 0 || length <= 0) return
  const text = new Uint8Array(before + length)
  if (held !== null) text.set(held)
  const start = segment.dataStart + known
  text.set(segment.buf.subarray(start, start + length), before)
  tcb.heldText = text
}

/** The connection is open: what waited for that can be read. */
export function takeHeldText(tcb: Tcb): void {
  const { heldText, rcv } = tcb
  if (heldText === null) return
  tcb.heldText = null
  tcb.receiveBuffer.insert(rcv.nxt, heldText, 0, heldText.length)
  tcb.octetsReceived += heldText.length
  rcv.nxt = (rcv.nxt + heldText.length) | 0
  if (seqGt(rcv.nxt, rcv.edge)) rcv.edge = rcv.nxt
  tcb.owner?.ready(tcb)
}
