import { Errno, seqInWindow } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { resetDoubtsFastOpen } from '../fast-open/doubts.ts'
import { endEarlyByReset, isEarly } from '../fast-open/early.ts'
import { sendChallengeAck } from '../output/ack.ts'
import { isClosedEarly, isRequest } from '../request.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { enterTimeWait } from '../timeouts/time-wait.ts'

/**
 * RFC 9293 §3.10.7.4, second, with RFC 5961 §3.2: a RST counts only at exactly RCV.NXT; elsewhere in the window it is answered
 * by a challenge ACK, which makes an honest peer repeat it at the right number.
 */
export function checkReset(tcb: Tcb, segment: TcpSegment): boolean {
  if ((segment.ctl & Ctl.RST) === 0) return true
  // SHLD-2: whatever it carries
  if (segment.seq === tcb.rcv.nxt || isResetAtFin(tcb, segment)) resetReceived(tcb)
  else if (isResetAtSack(tcb, segment)) resetReceived(tcb)
  else if (tcb.host.policy.acceptFromLastAck || seqInWindow(segment.seq, tcb.rcv.nxt, tcb.rcv.wnd)) {
    if (tcb.state === State.ESTABLISHED) resetDoubtsFastOpen(tcb)
    sendChallengeAck(tcb)
  }
  return false
}

/** DIFFERS: from RFC 5961, because Linux does: behind a gap the peer's RST has the number behind what was reported last. */
function isResetAtSack(tcb: Tcb, segment: TcpSegment): boolean {
  if (!tcb.host.policy.takesResetAtFin || !tcb.sackPermitted) return false
  return segment.seq === tcb.sackReport.highest
}

/** DIFFERS: from RFC 5961, because Linux does: some systems number the RST that follows their FIN as if it had not been sent. */
export function isResetAtFin(tcb: Tcb, segment: TcpSegment): boolean {
  if (!tcb.host.policy.takesResetAtFin || segment.seq !== ((tcb.rcv.nxt - 1) | 0)) return false
  return tcb.state === State.CLOSE_WAIT || tcb.state === State.LAST_ACK || tcb.state === State.CLOSING
}

function resetReceived(tcb: Tcb): void {
  const host = tcb.host
  endEarlyByReset(tcb)
  if (isClosedEarly(tcb)) host.counters.AttemptFails++
  switch (tcb.state) {
    case State.SYN_RECEIVED:
      // A passive open goes back to LISTEN, which here never left it; an active one is refused.
      host.counters.AttemptFails += isEarly(tcb) && host.policy.halfOpenIsRequest ? 2 : 1
      if (isRequest(tcb) && !isEarly(tcb)) host.counters.EmbryonicRsts++
      if (host.policy.crossedOpenIsSynchronised) return deleteTcb(tcb, Errno.ECONNRESET)
      // MUST-11: from SYN-SENT its program hears of it
      return deleteTcb(tcb, tcb.active ? Errno.ECONNREFUSED : Errno.ECONNRESET)
    case State.CLOSE_WAIT:
      // The peer had finished; what it refuses now is our text.
      return deleteTcb(tcb, Errno.EPIPE)
    case State.ESTABLISHED:
      // MUST-12: aborted: an error
      return deleteTcb(tcb, Errno.ECONNRESET)
    default:
      if (!host.policy.laws.resetEndsAtOnce) return tcb.state === State.LAST_ACK ? undefined : enterTimeWait(tcb)
      return deleteTcb(tcb, Errno.ECONNRESET)
  }
}
