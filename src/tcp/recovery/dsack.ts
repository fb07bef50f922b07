import { type Seq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import type { TcpSegment } from '../../wire/index.ts'
import { usualMss } from '../output/mss.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'

/** RFC 2883 §4: the first block is a report of duplicates when it is acknowledged already or lies within the second. */
export function isDsack(segment: TcpSegment): boolean {
  const left = segment.sackLeft[0] as Seq
  const right = segment.sackRight[0] as Seq
  if (seqLt(left, segment.ack)) return true
  if (segment.sackCount < 2) return false
  return seqLeq(right, segment.sackRight[1] as Seq) && !seqLt(left, segment.sackLeft[1] as Seq)
}

/** Counts the duplicates that the first block reports. False: it cannot be about anything that was sent twice. */
export function countsDsack(tcb: Tcb, segment: TcpSegment, event: AckEvent): boolean {
  const r = tcb.recovery
  const { counters } = tcb.host
  const left = segment.sackLeft[0] as Seq
  const right = segment.sackRight[0] as Seq
  if (seqLt(left, segment.ack)) counters.TCPDSACKRecv++
  else counters.TCPDSACKOfoRecv++
  const octets = (right - left) | 0
  if (octets <= 0 || octets > tcb.snd.maxWnd) return dubious(tcb)
  const segments = reported(tcb, left, right)
  if (segments === 1 && r.probed && r.probeEnd === right) event.dsackOfProbe = true
  r.dsackDuplicates += segments
  // The network may copy packets too; then there is nothing to learn about our retransmissions.
  if (r.dsackDuplicates > tcb.totalRetransmissions) return dubious(tcb)
  r.dsackSeen = true
  if (r.reorderSeen > 0 && !event.dsackOfProbe) r.rackDsackSeen = true
  event.dsack = true
  r.delivered += segments
  if (event.ece) r.deliveredCe += segments
  counters.TCPDSACKRecvSegs += segments
  return true
}

function dubious(tcb: Tcb): boolean {
  tcb.host.counters.TCPDSACKIgnoredDubious++
  return false
}

/** Segments that a block reports. */
function reported(tcb: Tcb, left: Seq, right: Seq): number {
  return Math.max(1, Math.ceil(((right - left) | 0) / usualMss(tcb)))
}

/** The duplicate has left the retransmission queue already: it can only be counted against this episode's retransmissions. */
export function dsackOfForgotten(tcb: Tcb, left: Seq, right: Seq, una: Seq): void {
  const r = tcb.recovery
  if (!r.undoable || r.undoRetransmissions <= 0) return
  if (seqLeq(right, una) && seqGt(right, r.undoMarker))
    r.undoRetransmissions = Math.max(0, r.undoRetransmissions - reported(tcb, left, right))
}

/** Whether a report is about what is in flight, or about what this episode of recovery, which may be taken back, has sent again. */
export function isDsackOfEpisode({ snd, recovery: r }: Tcb, left: Seq, right: Seq): boolean {
  if (seqGt(right, snd.nxt) || !seqLt(left, right)) return false
  if (seqGt(left, snd.una)) return seqLt(left, snd.nxt)
  if (!r.undoable || seqGt(right, snd.una)) return false
  if (!seqLt(left, r.undoMarker)) return true
  return seqGt(right, r.undoMarker) && !seqLt(left, (right - snd.maxWnd) | 0)
}
