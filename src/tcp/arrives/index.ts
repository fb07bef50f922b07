import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { countCodepoint } from '../ecn/received.ts'
import { isRequest } from '../request.ts'
import { measureByEcho } from '../right-sizing.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { checkSequence } from './1-sequence.ts'
import { checkReset } from './2-reset.ts'
import { checkSyn } from './4-syn.ts'
import { checkAck, waitForFin } from './5-ack.ts'
import { checkUrgent } from './6-urgent.ts'
import { processText } from './7-text.ts'
import { checkFin } from './8-fin.ts'
import { afterArrival } from './after.ts'
import { arrivesInLightFinWait2 } from './light-fin-wait-2.ts'
import { isLightHalfOpen } from './light-half-open.ts'
import { arrivesInListen } from './listen.ts'
import { arrivesInSynSent } from './syn-sent.ts'

export { segmentArrivesClosed } from './closed.ts'
export { segmentArrivesTimeWait } from './time-wait.ts'

/**
 * RFC 9293 §3.10.7 SEGMENT ARRIVES for a connection or a listener. The segment's buffer is read before this returns.
 */
export function segmentArrives(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { segments } = segment
  tcb.segmentsIn += segments
  tcb.flowLabelArrived = ip.flowLabel
  if (segment.dataLength > 0) tcb.dataSegmentsIn += segments
  switch (tcb.state) {
    case State.LISTEN: {
      const child = arrivesInListen(tcb, segment, ip)
      if (child !== null) segmentArrives(child, segment, ip)
      return
    }
    case State.SYN_SENT:
      tcb.lastSegmentReceivedAt = tcb.host.now
      return arrivesInSynSent(tcb, segment, ip)
    case State.CLOSED:
    case State.TIME_WAIT:
      return
    default:
      return arrivesSynchronized(tcb, segment, ip)
  }
}

/**
 * §3.10.7.4, otherwise: the eight steps in their order; each says whether to go on. (Third, security and precedence, is not
 * done: RFC 9293 lets a host without IP security options leave it out.)
 */
function arrivesSynchronized(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { policy } = tcb.host
  tcb.lastSegmentReceivedAt = tcb.host.now
  if (tcb.light) return arrivesInLightFinWait2(tcb, segment, ip)
  if (isBare(segment) && policy.dropsUnacknowledging && !isRequest(tcb)) return
  if (isLightHalfOpen(tcb) && policy.lightHalfOpen?.(tcb, segment, ip) === false) return
  const goesOn =
    policy.trimming !== null
      ? policy.trimming.toWindow(tcb, segment, ip)
      : checkSequence(tcb, segment, ip) && checkReset(tcb, segment) && checkSyn(tcb, segment, ip)
  const { una, wnd } = tcb.snd
  const measures = tcb.state === State.ESTABLISHED && policy.packetBuffers !== null
  if (!goesOn) return
  noteCodepoint(tcb, segment, ip)
  if (!checkAck(tcb, segment, ip)) return
  // A bare ACK too: text that echoes what it did comes later than it had to, and tells no time.
  if (measures) measureByEcho(tcb, segment)
  checkUrgent(tcb, segment)
  processText(tcb, segment)
  checkFin(tcb, segment)
  waitForFin(tcb)
  afterArrival(tcb, segment.ack === una && tcb.snd.wnd === wnd)
}

/** The mark that the packet brought; while closing nobody counts any more. */
function noteCodepoint(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  if (tcb.state === State.ESTABLISHED) countCodepoint(tcb, segment, ip)
  else tcb.ecn.arrived = ip.tos & 3
}

/** Neither ACK nor RST nor SYN: no segment of a synchronised connection is like that. */
function isBare(segment: TcpSegment): boolean {
  return (segment.ctl & (Ctl.ACK | Ctl.RST | Ctl.SYN)) === 0
}
