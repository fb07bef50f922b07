import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { reflection, takeLateSyn } from '../ecn/handshake.ts'
import { isEarly } from '../fast-open/early.ts'
import { resetSegment } from '../output/reset.ts'
import { isClosedEarly, isRequest } from '../request.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { isCrossedSynAck } from './1-sequence.ts'
import { challengeSyn } from './syn-challenge.ts'

/** RFC 9293 §3.10.7.4, fourth: check the SYN bit, with RFC 5961 §4.2. */
export function checkSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  if ((segment.ctl & Ctl.SYN) === 0) return true
  if (isCrossedSynAck(tcb, segment)) {
    takeLateSyn(tcb, segment, ip)
    return true
  }
  if (isRepeatedWithAck(tcb, segment)) {
    challengeSyn(tcb)
    return false
  }
  if (isClosedEarly(tcb)) {
    resetSegment(tcb.host, segment, ip)
    tcb.host.counters.AttemptFails++
    return false
  }
  // MUST-11: from LISTEN it goes back there
  if (tcb.state === State.SYN_RECEIVED && !tcb.active) {
    // "Return this connection to the LISTEN state": the listener never left it, so the half-open connection just ends.
    if (tcb.host.policy.resetsHalfOpenOnSyn) resetSegment(tcb.host, segment, ip)
    tcb.host.counters.AttemptFails++
    if (isRequest(tcb) && !isEarly(tcb)) tcb.host.counters.EmbryonicRsts++
    // Whom a program has already is not given up for it (Linux).
    if (!isEarly(tcb) || !isRequest(tcb)) deleteTcb(tcb, 0)
    return false
  }
  takeLateSyn(tcb, segment, ip)
  challengeSyn(tcb, reflection(tcb))
  return false
}

/** The SYN once more, with text and the ACK that completes the handshake: Linux takes it for a connection's, which challenges a SYN. */
function isRepeatedWithAck(tcb: Tcb, segment: TcpSegment): boolean {
  return isRequest(tcb) && segment.seq === tcb.irs && (segment.ctl & Ctl.ACK) !== 0
}
