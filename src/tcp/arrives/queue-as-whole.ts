import { type Seq, seqGt, seqLt } from '../../base/index.ts'
import type { QueueRules } from '../personality.ts'
import type { Tcb } from '../tcb.ts'

/** Text behind a gap as the BSDs judge it (`policy.queueRules`): by the whole queue that waits there. */

/** Text that would stand alone behind a gap, when as many such stretches wait as a connection may have, or as its buffer has segments (BSD). */
function hasNoPlace({ receiveBuffer: buffer, host, options, sendMss }: Tcb, seq: Seq, end: Seq): boolean {
  const most = host.config.earlyStretchesMax
  if (most === Number.POSITIVE_INFINITY) return false
  return buffer.stretches >= Math.min(Math.floor(options.receiveBuffer / sendMss) + 1, most) && !buffer.meets(seq, end)
}

/** The left edge of what stands last in the queue, which an early FIN may be by itself. */
function lastLeft(tcb: Tcb): Seq {
  const { receiveBuffer: buffer, finEarly, finEarlyAt } = tcb
  return finEarly && (!buffer.hasGap || seqGt(finEarlyAt, buffer.highest)) ? finEarlyAt : buffer.lastEarly
}

function lastRight(tcb: Tcb): Seq {
  return tcb.finEarly ? tcb.finEarlyAt : tcb.receiveBuffer.highest
}

/**
 * The end of the stream is told to be before text that waits behind a gap, or text comes from beyond the end: the BSDs pass over both.
 * There is such text, or an early FIN.
 */
function contradicts(tcb: Tcb, seq: Seq, end: Seq, fin: boolean): boolean {
  const right = lastRight(tcb)
  if (fin && seqLt(end, right)) return true
  if (!tcb.finEarly || seqLt(seq, lastLeft(tcb))) return false
  return !seqLt(seq, right) || seqGt(end, right)
}

/**
 * Text that goes over the whole of what stands last in the queue takes its place, and an early FIN there is forgotten; of text that is there
 * already nobody reads the FIN (BSD).
 * @returns whether the segment's own FIN is not read
 */
function hidesEnd(tcb: Tcb, seq: Seq, end: Seq): boolean {
  const left = lastLeft(tcb)
  const right = lastRight(tcb)
  if (seqLt(seq, left)) {
    if (!seqLt(end, right)) tcb.finEarly = false
    return false
  }
  return seqLt(seq, right) && !seqGt(end, right)
}

/** `TcpPolicy.queueRules` of the BSDs. */
export const queueRules: QueueRules = { hasNoPlace, contradicts, hidesEnd }
