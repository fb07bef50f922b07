import { seqGt, seqInWindow, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { takeEcnSyn } from '../ecn/handshake.ts'
import { sendChallengeAck } from '../output/ack.ts'
import { resetUseless } from '../output/reset.ts'
import { sendSyn } from '../output/syn.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { segmentArrivesClosed } from './closed.ts'

/**
 * DIFFERS: from RFC 9293 §3.10.7.4 in SYN-RECEIVED, because the BSDs do (`policy.lightHalfOpen`): of a passive open they keep no more than
 * its numbers and what was agreed. It understands a repeated SYN, a RST and the ACK that completes it; what else comes is for a
 * listener, which knows nothing of it.
 *
 * @returns true when the segment completes the handshake, and goes on as any other
 */
export function arrivesHalfOpen(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  const { ctl } = segment
  // The record outlives its listener, and goes on asking; but whoever answers finds the port closed.
  if (tcb.listener?.state !== State.LISTEN) {
    segmentArrivesClosed(tcb.host, segment, ip)
    return false
  }
  if ((ctl & (Ctl.RST | Ctl.ACK | Ctl.SYN)) === Ctl.ACK) return completes(tcb, segment, ip)
  if ((ctl & Ctl.RST) !== 0) judgeReset(tcb, segment)
  else if ((ctl & Ctl.SYN) === 0) return false
  else if ((ctl & Ctl.ACK) !== 0) refuseAnswer(tcb, segment, ip)
  else if ((ctl & Ctl.FIN) === 0 || !tcb.host.config.dropSynFin) answerAgain(tcb, segment, ip)
  return false
}

/** No listener asked for anything: whoever answers with a SYN,ACK did not mean this connection, and it is forgotten. */
function refuseAnswer(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  resetUseless(tcb.host, segment, ip, tcb.listener)
  tcb.host.counters.AttemptFails++
  deleteTcb(tcb, 0)
}

/** A number outside of the window is challenged, as everywhere; inside of it, only the ACK of our SYN completes. */
function completes(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  if (isDoubtfulByTimestamp(tcb, segment)) return false
  const end = (tcb.irs + tcb.rcv.wnd) | 0
  if (seqLeq(segment.seq, tcb.irs) || seqGt(segment.seq, end)) {
    sendChallengeAck(tcb)
    return false
  }
  if (segment.ack !== ((tcb.iss + 1) | 0)) {
    resetUseless(tcb.host, segment, ip)
    return false
  }
  beginTimeouts(tcb)
  return true
}

/** How long the record waited for its answer says nothing of the connection that is made of it. */
function beginTimeouts(tcb: Tcb): void {
  tcb.backoff = 0
  tcb.rto = tcb.host.config.rtoInitialUs
}

/** RFC 7323 §3.2 and §5.3: without the timestamp that was agreed to, or older than the SYN's. */
function isDoubtfulByTimestamp(tcb: Tcb, segment: TcpSegment): boolean {
  if (!tcb.timestamps) return false
  if (!segment.timestamps) return !tcb.host.config.toleratesMissingTimestamps
  return seqLt(segment.tsVal, tcb.tsRecent)
}

/** RFC 5961 §3.2, whatever other bits it has. */
function judgeReset(tcb: Tcb, segment: TcpSegment): void {
  const { nxt, wnd } = tcb.rcv
  const exact = segment.seq === nxt
  if (!exact && !seqInWindow(segment.seq, nxt, wnd)) return
  if (!exact && !tcb.host.config.insecureRst) return sendChallengeAck(tcb)
  tcb.host.counters.AttemptFails++
  deleteTcb(tcb, 0)
}

/** The SYN once more, whatever its number: our answer was lost, so it leaves again and its repetitions begin anew. */
function answerAgain(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  if (tcb.timestamps) {
    if (segment.timestamps) tcb.tsRecent = segment.tsVal
    else tcb.timestamps = false
  }
  // Who did not ask at first is not granted anything by a repetition.
  if (tcb.ecn.on || tcb.ecn.accurate !== null) takeEcnSyn(tcb, segment, ip)
  tcb.retransmits = 0
  beginTimeouts(tcb)
  sendSyn(tcb, true, true)
  restartRetransmit(tcb)
}
