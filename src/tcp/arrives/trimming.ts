import { Errno, seqGeq, seqGt, seqInWindow, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { isEarly } from '../fast-open/early.ts'
import { reduceOfMark } from '../octets/reduction.ts'
import { sendChallengeAck } from '../output/ack.ts'
import { resetSegment, sendReset } from '../output/reset.ts'
import { sackList } from '../output/sack-list.ts'
import { sendSyn } from '../output/syn.ts'
import { windowNow } from '../output/window.ts'
import type { Trimming } from '../personality.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { Note } from '../trace-sink.ts'
import { acknowledgeNow } from './7-text.ts'
import { afterArrival } from './after.ts'
import { holdText } from './held-text.ts'
import { PAWS_IDLE_US } from './paws.ts'

/**
 * RFC 9293 §3.10.7.4, first to fourth, in the order and by the rules of the BSDs (`policy.trimming`): RST and SYN are judged by
 * their number alone, timestamps after them; then the segment is cut to the window, at its left what is here already and at its right
 * what has no place, and what is left goes on to the fifth step. The numbers begin at the last ACK sent where a RST is concerned, so
 * that a delayed ACK cannot make an honest one miss.
 *
 * @returns whether there is something left to go on with
 */
function toWindow(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  const { ctl } = segment
  const { config, policy } = tcb.host
  const reset = (ctl & Ctl.RST) !== 0
  tcb.autotuning.plain = isPlainText(tcb, segment)
  if (policy.sacksOfSmallCountNot && tcb.sendMss < config.mssDefaultV4) segment.sackCount = 0
  if (tcb.octets !== null) tcb.octets.bringsText = segment.dataLength > 0
  const congested = policy.ecnAsSaid?.takeMarks(tcb, segment, ip) === true
  if (congested && tcb.octets !== null && tcb.state !== State.SYN_RECEIVED) reduceOfMark(tcb, tcb.octets, segment.ack)
  if ((ctl & (Ctl.SYN | Ctl.FIN)) === (Ctl.SYN | Ctl.FIN) && config.dropSynFin) return false
  // RFC 7323 §3.2: who agreed to timestamps sends them.
  if (tcb.timestamps && !segment.timestamps && !reset && !config.toleratesMissingTimestamps) return false
  if (reset && tcb.state !== State.SYN_RECEIVED) return judgeReset(tcb, segment)
  if (tcb.state === State.SYN_RECEIVED) {
    if (reset) return judgeReset(tcb, segment)
    if (acknowledgesNoSyn(tcb, segment)) return refuse(tcb, segment, ip)
    if (isEarly(tcb) && !isOfEarly(tcb, segment, ip)) return false
  } else if ((ctl & Ctl.SYN) !== 0) return judgeSyn(tcb, segment, ip)
  if (isOldByTimestamp(tcb, segment)) {
    if (segment.dataLength > 0) dropAfterAck(tcb, Note.PAWS)
    return false
  }
  // Before the beginning of the connection: an old one's.
  if (tcb.state === State.SYN_RECEIVED && seqLt(segment.seq, tcb.irs)) return refuse(tcb, segment, ip)
  trimLeft(tcb, segment)
  if (tcb.orphan && segment.dataLength > 0 && !tcb.finReceived) return refuseAfterClose(tcb, segment, ip)
  if (!trimRight(tcb, segment)) return false
  rememberTimestamp(tcb, segment)
  if ((ctl & Ctl.ACK) !== 0) return true
  // Of SYNs that crossed, ours is still to be acknowledged: what comes without an ACK hears the SYN,ACK again.
  const early = tcb.state === State.SYN_RECEIVED && (segment.dataLength > 0 || (segment.ctl & Ctl.FIN) !== 0)
  if (early) holdText(tcb, segment, segment.seq)
  if (tcb.acknowledging.atOnce || early) dropAfterAck(tcb, Note.UNACCEPTABLE_SEQUENCE)
  return false
}

/** The BSDs' short way: text in its place, for which there is room, of a segment that says nothing else that is new. */
function isPlainText(tcb: Tcb, { ctl, seq, ack, wnd, dataLength }: TcpSegment): boolean {
  const { state, snd, rcv, receiveBuffer, options } = tcb
  if (dataLength === 0 || state !== State.ESTABLISHED || seq !== rcv.nxt || ack !== snd.una) return false
  if (wnd === 0 || wnd << tcb.sndScale !== snd.wnd || receiveBuffer.hasGap || tcb.finEarly) return false
  if (dataLength > options.receiveBuffer - receiveBuffer.length) return false
  return (ctl & (Ctl.SYN | Ctl.FIN | Ctl.RST | Ctl.URG | Ctl.ACK)) === Ctl.ACK
}

/** The connection stays, and its reset has the timestamps that it agreed to. */
function refuse(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  resetSegment(tcb.host, segment, ip, tcb)
  return false
}

/** Fast Open's server waits for the ACK of its answer, or a FIN: the SYN once more is passed over, its answer is under way. */
function isOfEarly(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  const { ctl } = segment
  if ((ctl & Ctl.SYN) === 0) return (ctl & (Ctl.ACK | Ctl.FIN)) !== 0
  return (ctl & Ctl.ACK) !== 0 && refuse(tcb, segment, ip)
}

function acknowledgesNoSyn(tcb: Tcb, segment: TcpSegment): boolean {
  if ((segment.ctl & Ctl.ACK) === 0) return false
  return seqLeq(segment.ack, tcb.snd.una) || seqGt(segment.ack, tcb.snd.nxt)
}

/** RFC 5961 §3.2: a RST counts at RCV.NXT, and at the last ACK sent, which is all that the peer may know. Always false: a RST ends here. */
function judgeReset(tcb: Tcb, segment: TcpSegment): boolean {
  const { host, rcv } = tcb
  const exact = segment.seq === rcv.wup || segment.seq === rcv.nxt
  const wnd = windowNow(tcb)
  // What is not acknowledged yet counts as part of a window that is open.
  if (!exact && (wnd === 0 || !seqInWindow(segment.seq, rcv.wup, ((rcv.nxt - rcv.wup) | 0) + wnd))) return false
  if (!exact && !host.config.insecureRst) {
    sendChallengeAck(tcb)
    return false
  }
  const opening = tcb.state === State.SYN_RECEIVED
  if (opening) host.counters.AttemptFails++
  deleteTcb(tcb, opening ? Errno.ECONNREFUSED : Errno.ECONNRESET)
  return false
}

/** RFC 5961 §4.2, wherever the SYN stands. Always false. */
function judgeSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  const { host, rcv } = tcb
  if (host.config.insecureSyn && seqInWindow(segment.seq, rcv.wup, windowNow(tcb))) {
    sendReset(tcb)
    deleteTcb(tcb, Errno.ECONNRESET)
    return false
  }
  host.counters.TCPSYNChallenge++
  host.policy.ecnAsSaid?.takeLateSyn(tcb, segment, ip)
  sendChallengeAck(tcb)
  return false
}

function isOldByTimestamp(tcb: Tcb, segment: TcpSegment): boolean {
  // Timestamps that nobody agreed to are judged as well.
  if (!segment.timestamps || tcb.tsRecent === 0) return false
  if (!seqLt(segment.tsVal, tcb.tsRecent)) return false
  if (tcb.host.now - tcb.tsRecentAt <= PAWS_IDLE_US) {
    tcb.host.counters.PAWSEstab++
    return true
  }
  tcb.tsRecent = 0
  return false
}

/** The segment is dropped, and the peer is told where we stand. */
function dropAfterAck(tcb: Tcb, note: Note): void {
  const { host } = tcb
  host.trace?.note(host.now, tcb.id, note, 0)
  if (tcb.state === State.SYN_RECEIVED) return sendSyn(tcb, true, true)
  acknowledgeNow(tcb)
  afterArrival(tcb)
}

/** What stands before RCV.NXT is here already: it goes, a SYN first, and the peer hears of it at once. */
function trimLeft(tcb: Tcb, segment: TcpSegment): void {
  let old = (tcb.rcv.nxt - segment.seq) | 0
  if (old <= 0) return
  if ((segment.ctl & Ctl.SYN) !== 0) {
    segment.ctl &= ~Ctl.SYN
    segment.seq = (segment.seq + 1) | 0
    old--
    if (segment.up > 1) segment.up--
    else segment.ctl &= ~Ctl.URG
  }
  if (old > segment.dataLength || (old === segment.dataLength && (segment.ctl & Ctl.FIN) === 0)) {
    // Nothing new, its FIN included; but what it acknowledges is worth reading.
    segment.ctl &= ~Ctl.FIN
    tcb.host.counters.DelayedACKLost++
    acknowledgeNow(tcb)
    old = segment.dataLength
  }
  if (old > 0 && tcb.sackPermitted) {
    tcb.sackReport.listOld(sackList, segment.seq, (segment.seq + old) | 0, tcb.rcv.nxt)
    acknowledgeNow(tcb)
  }
  segment.seq = (segment.seq + old) | 0
  segment.dataStart += old
  segment.dataLength -= old
  if (segment.up > old) segment.up -= old
  else segment.ctl &= ~Ctl.URG
}

/** Text for a connection that nobody holds any more: the peer must learn that it is lost (RFC 1122 §4.2.2.13). Always false. */
function refuseAfterClose(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  const { host } = tcb
  host.counters.TCPAbortOnData++
  host.trace?.note(host.now, tcb.id, Note.DATA_AFTER_CLOSE, segment.dataLength)
  resetSegment(host, segment, ip)
  deleteTcb(tcb, 0)
  return false
}

/**
 * What stands beyond the window goes. A FIN goes with it only where no text is left: DIFFERS: else it ends the stream behind what is left, because the
 * BSDs read the header's FIN once more when text is stored. False: nothing is left, and the peer has been told.
 */
function trimRight(tcb: Tcb, segment: TcpSegment): boolean {
  const wnd = windowNow(tcb)
  const beyond = (segment.seq + segment.dataLength - tcb.rcv.nxt - wnd) | 0
  if (beyond <= 0) return true
  if (beyond >= segment.dataLength) {
    if (wnd > 0 || segment.seq !== tcb.rcv.nxt) {
      dropAfterAck(tcb, Note.UNACCEPTABLE_SEQUENCE)
      return false
    }
    // A closed window is being probed: the octets have no place, what they acknowledge counts.
    acknowledgeNow(tcb)
  }
  segment.dataLength = Math.max(segment.dataLength - beyond, 0)
  segment.ctl &= segment.dataLength > 0 ? ~Ctl.PSH : ~(Ctl.PSH | Ctl.FIN)
  return true
}

/** Text of a SYN,ACK: what the buffer does not take goes, and a FIN stands behind the rest (see above). */
function cutText(tcb: Tcb, segment: TcpSegment): void {
  segment.dataLength = Math.min(segment.dataLength, windowNow(tcb))
}

/** RFC 7323 §4.3, with both ends of the segment's numbers. */
function rememberTimestamp(tcb: Tcb, segment: TcpSegment): void {
  if (!segment.timestamps) return
  const end = (segment.seq + segment.dataLength + ((segment.ctl & (Ctl.SYN | Ctl.FIN)) !== 0 ? 1 : 0)) | 0
  if (seqGt(segment.seq, tcb.rcv.wup) || !seqGeq(end, tcb.rcv.wup)) return
  tcb.tsRecent = segment.tsVal
  tcb.tsRecentAt = tcb.host.now
}

/** `policy.trimming` of the BSDs. */
export const trimming: Trimming = { toWindow, cutText }
