import type { TcpSegment } from '../../wire/index.ts'
import { isEarly } from '../fast-open/early.ts'
import { TIMESTAMPS_LENGTH } from '../output/options.ts'
import type { AckEvent } from '../recovery/ack-event.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import type { Tcb } from '../tcb.ts'
import { ACE_FIRST, type AccurateEcn, aceOf, Codepoint } from './accurate.ts'
import { ASKABLE, takeOption } from './accurate-option.ts'

/** The ACE field counts modulo 8. */
const ACE_LAST = 7
/** So many marks that the peer has not heard of are told at the next opportunity. */
const UNTOLD_MOST = 6
const AVERAGE_SHIFT = 6
/** From four segments an ACK on, somebody thins ACKs out, and a large step need not mean that the counter has wrapped. */
const THINNED = 4 << AVERAGE_SHIFT

/** What an ACK of an accurate connection says of congestion (RFC 9768 §3.2.2.5, appendix A): `event.ece` if there are new marks, and how many. */
export function takeFeedback(tcb: Tcb, segment: TcpSegment, event: AckEvent): number {
  const { accurate } = tcb.ecn
  if (accurate === null) return 0
  const marks = newMarks(tcb, accurate, segment, event)
  if (marks <= 0) return 0
  tcb.recovery.deliveredCe += marks
  event.ece = true
  return marks
}

function newMarks(tcb: Tcb, accurate: AccurateEcn, segment: TcpSegment, event: AckEvent): number {
  // Of a request that is answered nothing is the connection's yet, but for what Fast Open has sent.
  if (event.synAcked && !tcb.active && !event.dataAcked && !(isEarly(tcb) && tcb.tsAdvanced)) return 0
  const { recovery: r } = tcb
  const delivered = r.delivered - event.deliveredBefore
  // An ACK that was overtaken by another, or may have been.
  if (!event.newData && !event.dataSacked && !tcb.tsAdvanced) return 0
  const before = tcb.ecn.counts?.delivered[Codepoint.CE - 1] ?? 0
  const reliable = takeOption(tcb, accurate, segment, event.octets)
  if (delivered > 0) noteAckPace(accurate, delivered)
  // Header prediction has seen that the field says nothing new, unless it has wrapped.
  if (event.foreseen && delivered <= ACE_LAST) return 0
  // During the handshake the field says something else.
  if (event.synAcked && tcb.active) return 0
  if (accurate.untold >= UNTOLD_MOST) tcb.acknowledging.atOnce = true
  const marks = (aceOf(segment.ctl) - ACE_FIRST - r.deliveredCe) & ACE_LAST
  if (delivered <= ACE_LAST) return marks
  const most = delivered - ((delivered - marks) & ACE_LAST)
  const thinned = accurate.acknowledgedPace > THINNED && tcb.host.config.ecn >= ASKABLE
  if (!reliable) return thinned ? marks : most
  const octets = (((tcb.ecn.counts?.delivered[Codepoint.CE - 1] ?? 0) - before) | 0) >>> 0
  return octets === 0 ? marks : byOctets(tcb, event, { marks, most, octets, delivered })
}

interface Estimate {
  /** Marks if the field has not wrapped, and if it has as often as it can have. */
  readonly marks: number
  readonly most: number
  /** Octets that were marked, and segments delivered. */
  readonly octets: number
  readonly delivered: number
}

/** The field may have wrapped: the octets that were marked tell how often. */
function byOctets(tcb: Tcb, event: AckEvent, { marks, most, octets, delivered }: Estimate): number {
  const countsHold = tcb.sackPermitted || tcb.recovery.phase === Phase.OPEN || tcb.recovery.phase === Phase.CWR
  if (delivered >= 2 * (ACE_LAST + 1) && countsHold) {
    if (event.octets <= octets) return most
    const likely = Math.ceil((octets * delivered) / event.octets)
    return Math.min(most, marks + (likely & ~ACE_LAST))
  }
  const mss = tcb.sendMss - (tcb.timestamps ? TIMESTAMPS_LENGTH : 0)
  if (octets > marks * mss) return most
  return octets < (most * mss) >> 1 ? marks : most
}

function noteAckPace(accurate: AccurateEcn, delivered: number): void {
  const old = accurate.acknowledgedPace
  const now = delivered << AVERAGE_SHIFT
  accurate.acknowledgedPace = Math.min(old === 0 ? now : (old * 63 + now) >> AVERAGE_SHIFT, 0xffff)
}
