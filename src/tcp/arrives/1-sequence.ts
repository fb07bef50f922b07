import { seqDiff, seqGt, seqLt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { takeRepeatedSyn } from '../ecn/handshake.ts'
import { isEarly } from '../fast-open/early.ts'
import { answerUnacceptable, mayAnswerSynAgain } from '../output/ack.ts'
import { resetSegment } from '../output/reset.ts'
import { sendSyn } from '../output/syn.ts'
import { isUnread } from '../receive-memory.ts'
import { isAskedAsRequest, isRequest } from '../request.ts'
import { State } from '../state.ts'
import { countStrayCookie } from '../syn-cookies.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { Note } from '../trace-sink.ts'
import { isResetAtFin } from './2-reset.ts'
import { echoesSyn, Paws, paws } from './paws.ts'
import { challengeSyn } from './syn-challenge.ts'

/** RFC 9293 §3.10.7.4, first: check sequence number, preceded by PAWS (RFC 7323 §5.3 R1). */
export function checkSequence(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  tcb.tsAdvanced = false
  const age = paws(tcb, segment)
  if (isRepeatedSyn(tcb, segment) && (age === Paws.PASSES || !isAskedAsRequest(tcb))) {
    if (mayAnswerSynAgain(tcb)) {
      // Our SYN-ACK was lost, or is late: send it again rather than an ACK, which the peer could not use in SYN-SENT.
      takeRepeatedSyn(tcb, segment, ip)
      sendSyn(tcb, true, true)
      // Karn: which of them will be acknowledged nobody knows.
      if (tcb.sent.head !== null) tcb.sent.head.everRetransmitted = true
      // A request that was asked again need not ask by itself for as long.
      if (isRequest(tcb) && !isEarly(tcb)) restartRetransmit(tcb)
    }
    return false
  }
  if (isAskedAsRequest(tcb)) return checkRequest(tcb, segment, ip, age)
  const reset = (segment.ctl & Ctl.RST) !== 0
  const syn = (segment.ctl & Ctl.SYN) !== 0
  // RFC 7323 §3.2: they were agreed to
  if (!reset && tcb.timestamps && !segment.timestamps && !tcb.host.config.toleratesMissingTimestamps) return false
  if (!reset && age !== Paws.PASSES) {
    if (syn) challengeSyn(tcb)
    else if (age === Paws.OVERTAKEN) tcb.host.counters.PAWSOldAck++
    else {
      tcb.host.counters.PAWSEstab++
      answerUnacceptable(tcb, segment, Note.PAWS)
    }
    return false
  }
  if (isAcceptable(tcb, segment)) return true
  if (reset) return isResetAtFin(tcb, segment)
  if (syn) {
    challengeSyn(tcb)
    return false
  }
  refuse(tcb, segment)
  return false
}

function refuse(tcb: Tcb, segment: TcpSegment): void {
  if (!seqLt((segment.seq + segment.len) | 0, tcb.rcv.wup)) tcb.host.counters.BeyondWindow++
  answerUnacceptable(tcb, segment, Note.UNACCEPTABLE_SEQUENCE)
}

/** Of the TOS octet: RFC 3168. */
const ECN_BITS = 3

/** Of a request Linux asks first whether its SYN is acknowledged, then for the timestamps, then for the number. */
function checkRequest(tcb: Tcb, segment: TcpSegment, ip: IpHeader, age: Paws): boolean {
  const { host } = tcb
  const reset = (segment.ctl & Ctl.RST) !== 0
  if (!reset && (segment.ctl & Ctl.ACK) !== 0 && !isEarly(tcb) && segment.ack !== tcb.snd.nxt) {
    // It may have been for a cookie of the listener's.
    countStrayCookie(tcb)
    resetSegment(host, segment, ip)
    return false
  }
  const strange = isStrangeEcho(tcb, segment)
  if (age === Paws.PASSES && !strange && isAcceptable(tcb, segment)) return true
  if (age !== Paws.PASSES) host.counters.PAWSEstab++
  else if (strange) host.counters.TSEcrRejected++
  if (reset) return false
  // No socket speaks for it: the answer has the service of what it answers.
  tcb.service = ip.tos & ~ECN_BITS
  answerUnacceptable(tcb, segment, age === Paws.PASSES ? Note.UNACCEPTABLE_SEQUENCE : Note.PAWS)
  tcb.service = -1
  return false
}

/** RFC 7323 §3.2: the echo is none of what our SYN-ACKs said. */
function isStrangeEcho(tcb: Tcb, segment: TcpSegment): boolean {
  if (!tcb.timestamps || !segment.timestamps || segment.tsEcr === 0 || isEarly(tcb)) return false
  // What a cookie brought back was asked then.
  if (tcb.firstOffer === 0) return false
  return !echoesSyn(tcb, segment, tcb.sent.head?.sentAt ?? tcb.synSentAt)
}

function isRepeatedSyn(tcb: Tcb, segment: TcpSegment): boolean {
  return (
    // Fast Open: closed before its SYN-ACK was acknowledged, it still owes that.
    (tcb.state === State.SYN_RECEIVED || tcb.sent.uncounted > 0) &&
    segment.seq === tcb.irs &&
    (segment.ctl & (Ctl.SYN | Ctl.ACK | Ctl.RST)) === Ctl.SYN &&
    // One that crosses again is left of the window as any (RFC 5961 §4).
    !tcb.active
  )
}

/**
 * The SYN-ACK of a simultaneous open, in SYN-RECEIVED: it repeats the peer's SYN and acknowledges ours. RFC 9293 figure 8 goes to
 * ESTABLISHED on it, although by table 6 it lies left of the window.
 */
export function isCrossedSynAck(tcb: Tcb, segment: TcpSegment): boolean {
  return (
    tcb.state === State.SYN_RECEIVED &&
    tcb.active &&
    segment.seq === tcb.irs &&
    segment.ack === tcb.snd.nxt &&
    (segment.ctl & (Ctl.SYN | Ctl.ACK | Ctl.RST)) === (Ctl.SYN | Ctl.ACK) &&
    // With text it is a SYN out of place (Linux).
    (segment.len === 1 || !tcb.host.policy.crossedOpenIsSynchronised)
  )
}

function isAcceptable(tcb: Tcb, segment: TcpSegment): boolean {
  if (isCrossedSynAck(tcb, segment)) return true
  if (isAskedAsRequest(tcb)) return isAcceptableToRequest(tcb, segment)
  if (tcb.host.policy.acceptFromLastAck) return isAcceptableFromLastAck(tcb, segment)
  return isAcceptableByTable(tcb, segment) || tellsOfProbe(tcb, segment)
}

/**
 * DIFFERS: from the RFC's table, because two ends whose windows were both closed may each have taken the octet of the other's probe. Neither
 * counts its own as sent before it is acknowledged, so that the ACKs which say so lie left of both windows and would call for each
 * other without end.
 */
function tellsOfProbe(tcb: Tcb, segment: TcpSegment): boolean {
  if (!tcb.probedAhead || segment.len > 0 || segment.seq !== ((tcb.rcv.nxt - 1) | 0)) return false
  return segment.ack === ((tcb.snd.nxt + 1) | 0)
}

/** Of a request that is a connection already (Fast Open) the number is asked for twice: of the request, then of the connection (Linux). */
export function isWithinWindow(tcb: Tcb, segment: TcpSegment): boolean {
  return !isRequest(tcb) || isAcceptableFromLastAck(tcb, segment)
}

/** RFC 9293 §3.4, the four cases of table 6. */
function isAcceptableByTable(tcb: Tcb, segment: TcpSegment): boolean {
  const { nxt, wnd } = tcb.rcv
  const length = segment.len
  const offset = seqDiff(segment.seq, nxt)
  // MUST-66: of a closed window the text is refused later (`7-text.ts`); ACK, RST and URG count
  if (wnd === 0) return offset === 0
  if (length === 0) return offset >= 0 && offset < wnd
  const last = offset + length - 1
  return (offset >= 0 && offset < wnd) || (last >= 0 && last < wnd)
}

/** The table, but for a segment without length at the right edge, which Linux takes. */
function isAcceptableToRequest(tcb: Tcb, segment: TcpSegment): boolean {
  const { nxt, edge } = tcb.rcv
  if (segment.seq === nxt) return true
  if (segment.len === 0 && segment.seq === edge) return true
  return seqGt((segment.seq + segment.len) | 0, nxt) && seqLt(segment.seq, edge)
}

/**
 * DIFFERS: from the RFC's table, because Linux does. The window begins at the last ACK sent, so that segments crossing an ACK are
 * not answered; what goes beyond the window, but for a FIN, is taken only while nothing is unread: a FIN counts there.
 */
function isAcceptableFromLastAck(tcb: Tcb, segment: TcpSegment): boolean {
  const edge = seqGt(tcb.rcv.nxt, tcb.rcv.edge) ? tcb.rcv.nxt : tcb.rcv.edge
  const end = (segment.seq + segment.len) | 0
  if (seqLt(end, tcb.rcv.wup)) return false
  const fin = (segment.ctl & Ctl.FIN) === 0 ? 0 : 1
  if (!seqGt((end - fin) | 0, edge)) return true
  return !seqGt(segment.seq, edge) && !isUnread(tcb)
}
