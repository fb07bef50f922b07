import { type Micros, type Seq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { doubtOption } from '../ecn/accurate-option.ts'
import { owesAnswer } from '../fast-open/early.ts'
import { duplicateChangesPath } from '../flow-label.ts'
import { TICK_US } from '../jiffies.ts'
import type { OctetSender } from '../octets/octet-sender.ts'
import { isAskedAsRequest, isRequest } from '../request.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { ackPaceMax, delayedAckMax } from '../timeout-bounds.ts'
import { isProbed } from '../timeouts/arm.ts'
import { arm } from '../timers.ts'
import { Note, TimerSlot } from '../trace-sink.ts'
import { acceptableSequence } from './acceptable-sequence.ts'
import { reportOld } from './duplicate-report.ts'
import { emit } from './emit.ts'
import { selectWindow } from './growing-window.ts'
import { stopDelaying } from './quick-acks.ts'
import { nagleOf, transmitByOctets, transmitOverridden } from './send.ts'
import { sendLateAnswer } from './syn.ts'
import { windowUpdateDue } from './window.ts'

/** Collected duplicates may leave so much later, and do, since nothing else wakes the timer up. */
const COMPRESSION_SLACK_US = 100

/** <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, now. @param bits further control bits */
export function sendAck(tcb: Tcb, bits = 0): void {
  if (tcb.state === State.SYN_RECEIVED && owesAnswer(tcb)) return sendLateAnswer(tcb)
  if (bits === 0 && tcb.octets !== null && mayTakeAlong(tcb, tcb.octets) && transmitByOctets(tcb, nagleOf(tcb), true))
    return
  if (tcb.host.policy.acksRepeatFin) {
    if (tcb.finSent && tcb.snd.una !== tcb.snd.nxt && isFinNext(tcb)) return repeatFin(tcb, bits)
    if (tcb.sendBuffer.end !== tcb.snd.nxt && bits === 0 && carriesText(tcb)) return
  }
  emit(tcb, acceptableSequence(tcb), Ctl.ACK | bits, 0, false)
}

/** Text waits to leave, or to leave again, and may take an ACK along. */
function mayTakeAlong({ sendBuffer, snd }: Tcb, { resendFrom, recovering, board }: OctetSender): boolean {
  return resendFrom !== null || (recovering && board.next !== null) || ((sendBuffer.end - snd.nxt) | 0) > 0
}

/** An ACK that has to leave takes along what Nagle's algorithm or a small window held back (BSD). False: there is no room for any. */
function carriesText(tcb: Tcb): boolean {
  const before = tcb.snd.nxt
  transmitOverridden(tcb)
  return tcb.snd.nxt !== before
}

/** While a timeout's losses are sent again, or wait for the window to open, text stands before the FIN. */
function isFinNext(tcb: Tcb): boolean {
  return tcb.octets?.resendFrom === null && !isProbed(tcb)
}

/** The state says that a FIN is due, so the ACK bears it, at the number that it had. */
function repeatFin(tcb: Tcb, bits: number): void {
  emit(tcb, (tcb.snd.nxt - 1) | 0, Ctl.FIN | Ctl.ACK | bits, 0, false)
}

/** Something was received that must be acknowledged: now or later (RFC 1122 §4.2.3.2, RFC 5681 §4.2). */
export function scheduleAck(tcb: Tcb): void {
  tcb.acknowledging.scheduled = true
}

/** At the end of an arrival: sends the ACK that is owed, or arms its delay. */
export function acknowledge(tcb: Tcb): void {
  const a = tcb.acknowledging
  if (!a.scheduled) return
  // SHLD-19: not later than the second
  const second = tcb.host.policy.acksEverySecond ? !mayDelay(tcb) : isSecondFullSegment(tcb) && windowFollows(tcb)
  if (a.atOnce) return sendAck(tcb)
  const quick = a.never || (a.quick > 0 && !a.interactive)
  if (quick && ((tcb.rcv.nxt - tcb.rcv.wup) | 0) < tcb.receiveMss) return sendAck(tcb)
  if (second || quick) return ackSoon(tcb)
  // MAY-13: the duplicate ACK tells the sender
  if (tcb.receiveBuffer.hasGap) return compressDuplicates(tcb)
  if (tcb.delayedAckTimer.armed) {
    if (isNearlyDue(tcb)) return sendAck(tcb)
    if (tcb.delayedAckTimer.deadline - tcb.host.now <= ackDelay(tcb)) return
  }
  // SHLD-18: something may come that carries it
  armDelayedAck(tcb, TimerSlot.DELAYED_ACK, ackDelay(tcb))
  // From here on the timer alone owes it: what brings no text is no second segment (BSD).
  if (tcb.host.policy.acksEverySecond) a.scheduled = false
}

/** The first of two waits for the second, unless the peer stands before a closed window, or the segment was larger than ours are. */
function mayDelay(tcb: Tcb): boolean {
  const a = tcb.acknowledging
  if (tcb.delayedAckTimer.armed || a.saidZeroWindow || !tcb.host.config.delayedAck) return false
  return ((tcb.rcv.nxt - tcb.rcv.wup) | 0) <= tcb.sendMss
}

/** One timer serves the delayed ACK and the collection of duplicate ones; never both. */
function armDelayedAck(tcb: Tcb, purpose: TimerSlot, delay: Micros): void {
  tcb.delayedAckTimer.slot = purpose
  arm(tcb, tcb.delayedAckTimer, delay)
}

/** Three duplicate ACKs per gap leave at once (RFC 5681 §4.2); what more they could say, SACK blocks say once for many. */
function compressDuplicates(tcb: Tcb): void {
  const a = tcb.acknowledging
  const { sackCompressionMax, sackCompressionUs } = tcb.host.config
  if (!tcb.sackPermitted || a.compressed >= sackCompressionMax) return sendAck(tcb)
  if (a.duplicatesOf !== tcb.rcv.nxt) {
    a.duplicatesOf = tcb.rcv.nxt
    a.duplicates = 0
  }
  if (a.duplicates < 3) {
    a.duplicates++
    return sendAck(tcb)
  }
  a.compressed++
  if (tcb.delayedAckTimer.armed && tcb.delayedAckTimer.slot === TimerSlot.ACK_COMPRESSION) return
  const receiver = tcb.autotuning.rttEighths
  const rtt = tcb.srtt > 0 ? Math.min(tcb.srtt * 8, receiver) : receiver
  // A twentieth of the round trip.
  const delay = Math.min(sackCompressionUs, Math.floor(rtt / 160))
  armDelayedAck(tcb, TimerSlot.ACK_COMPRESSION, delay + COMPRESSION_SLACK_US)
}

/** An ACK is owed, and data will carry it; if none come, it leaves after the longest delay. */
export function postponeAck(tcb: Tcb): void {
  scheduleAck(tcb)
  stopDelaying(tcb, tcb.host.policy.quickAcks)
  armDelayedAck(tcb, TimerSlot.DELAYED_ACK, delayedAckMax(tcb))
}

/** The collected duplicates leave as one. */
export function onAckCompressionTimeout(tcb: Tcb): void {
  if (tcb.acknowledging.compressed > 0) sendAck(tcb)
}

/** RFC 5681 §4.2: at least every second full-sized segment. */
function isSecondFullSegment(tcb: Tcb): boolean {
  return ((tcb.rcv.nxt - tcb.rcv.wup) | 0) > tcb.receiveMss
}

/**
 * Where the window grows, an ACK that could only narrow it waits for the program to read, unless that waits for more to arrive
 * (SO_RCVLOWAT).
 */
function windowFollows(tcb: Tcb): boolean {
  if (!tcb.host.policy.windowGrows || tcb.receiveBuffer.length < tcb.options.receiveLowat) return true
  return selectWindow(tcb) >= ((tcb.rcv.edge - tcb.rcv.wup) | 0)
}

/** Of segments that were handed over together one ACK tells as much as one for every second: it goes behind the last. */
function ackSoon(tcb: Tcb): void {
  const a = tcb.acknowledging
  if (a.promised) return
  // MUST-58: one for all that came together
  if (tcb.host.ackAfterBatch(tcb)) a.promised = true
  else sendAck(tcb)
}

/** The batch is over: sends the ACK, unless something has carried it meanwhile. */
export function sendOwedAck(tcb: Tcb): void {
  const a = tcb.acknowledging
  a.promised = false
  if (a.scheduled && tcb.state !== State.CLOSED && tcb.state !== State.TIME_WAIT) sendAck(tcb)
}

/** Linux does not wait for the last quarter of the delay when something more arrives. */
function isNearlyDue(tcb: Tcb): boolean {
  const { jiffies, now } = tcb.host
  const { deadline } = tcb.delayedAckTimer
  // A kernel's timer runs out in the tick behind the one that it was set for.
  const left = jiffies === null ? deadline - now : deadline - TICK_US - jiffies.last(now)
  const pace = tcb.acknowledging.delayUs
  return tcb.host.policy.quickAcks > 0 && (pace === 0 || left <= ackDelay(tcb) / 4)
}

/** At most half a second (RFC 1122); Linux follows the pace of arrivals between its bounds. */
function ackDelay(tcb: Tcb): number {
  const { delayedAckMinUs } = tcb.host.config
  const pace = tcb.acknowledging.delayUs
  // MUST-40: the personality bounds it below half a second
  if (tcb.host.policy.quickAcks === 0) return delayedAckMax(tcb)
  // Nothing but a FIN has come: Linux waits for no pace, only for its next tick.
  if (pace === 0) return TICK_US
  return Math.min(Math.max(withinRoundTrip(tcb, pace), delayedAckMinUs), ackPaceMax(tcb))
}

/** An ACK is delayed no longer than a round trip, or a peer whose window is full would wait for it. */
function withinRoundTrip(tcb: Tcb, pace: Micros): Micros {
  const { delayedAckMinUs } = tcb.host.config
  return tcb.srtt > 0 ? Math.min(pace, Math.max(tcb.srtt, delayedAckMinUs)) : pace
}

/**
 * TCP_QUICKACK: 0 leaves ACKs to the data that will carry them; odd numbers stop delaying until the program's pace says otherwise,
 * even ones for this once.
 */
export function setQuickAck(tcb: Tcb, value: number): void {
  const a = tcb.acknowledging
  a.interactive = value === 0
  a.answers = 0
  if (value === 0 || !a.scheduled || (tcb.state !== State.ESTABLISHED && tcb.state !== State.CLOSE_WAIT)) return
  a.pushed = Math.max(a.pushed, 1)
  afterReading(tcb)
  a.interactive = (value & 1) === 0
}

/** recv() has handed something over: it may be time for an ACK, or for the news that there is room again. */
export function afterReading(tcb: Tcb): void {
  // What is left of a connection that is over can be read, and nobody wants to hear of it.
  if (tcb.done) return
  const asks = acknowledgesReading(tcb) || (tcb.urgentSend && tcb.octets !== null)
  if (asks || (mayStillReceive(tcb) && windowUpdateDue(tcb))) sendAck(tcb)
}

function mayStillReceive(tcb: Tcb): boolean {
  if (tcb.receiveShutdown) return false
  return tcb.state === State.ESTABLISHED || tcb.state === State.FIN_WAIT_1 || tcb.state === State.FIN_WAIT_2
}

/** recv() has emptied the buffer of a small segment: the program has answered by silence, so the ACK need not wait for it. */
function acknowledgesReading(tcb: Tcb): boolean {
  const a = tcb.acknowledging
  if (!a.scheduled || tcb.host.policy.quickAcks === 0) return false
  if (isSecondFullSegment(tcb)) return true
  if (tcb.receiveBuffer.length > 0 || tcb.receiveBuffer.hasGap) return false
  return a.pushed > 1 || (a.pushed > 0 && !a.interactive)
}

/**
 * RFC 9293 §3.10.7.4 first: an unacceptable segment is answered by an ACK, at most one per connection and
 * `invalidRateLimitUs`, so that two confused ends cannot feed each other. Text and FIN are always answered: no loop is made of them.
 */
export function answerUnacceptable(tcb: Tcb, segment: TcpSegment, note: Note): void {
  const host = tcb.host
  host.trace?.note(host.now, tcb.id, note, 0)
  if (isLimited(tcb, segment)) {
    host.counters[skipped(tcb, note)]++
    return
  }
  if (isAskedAsRequest(tcb)) {
    emitBare(tcb)
    return countWithListener(tcb)
  }
  if (segment.len > 0 && seqLt(segment.seq, tcb.rcv.nxt)) {
    host.counters.DelayedACKLost++
    stopDelaying(tcb, 16)
    if (tcb.sackPermitted) duplicateChangesPath(tcb)
    doubtOption(tcb, segment.seq)
    reportOld(tcb, segment.seq, (segment.seq + segment.len) | 0)
  }
  sendAck(tcb)
}

/** The same in FIN-WAIT-2 without a descriptor: the numbers and the timestamps are all that is kept. */
export function answerBare(tcb: Tcb, segment: TcpSegment): void {
  const host = tcb.host
  host.trace?.note(host.now, tcb.id, Note.UNACCEPTABLE_SEQUENCE, 0)
  if (isLimited(tcb, segment)) host.counters.TCPACKSkippedFinWait2++
  else emitBare(tcb)
}

/** What a record says does not become the codepoint of the connection. */
function emitBare(tcb: Tcb): void {
  const { codepoint } = tcb.ecn
  emit(tcb, tcb.snd.nxt, Ctl.ACK, 0, false, 0, true)
  tcb.ecn.codepoint = codepoint
}

/** The FIN is acknowledged there by the record that will be in TIME-WAIT: it knows the last packet's codepoint, and no more of ECN. */
export function acknowledgeFinBare(tcb: Tcb): void {
  const { ecn } = tcb
  ecn.kept = ecn.codepoint
  emit(tcb, tcb.snd.nxt, Ctl.ACK, 0, false, 0, true)
}

/** Text and FIN are always answered: no loop is made of them. */
function isLimited(tcb: Tcb, segment: TcpSegment): boolean {
  return (segment.len === 0 || (segment.ctl & Ctl.SYN) !== 0) && limited(tcb)
}

function skipped(tcb: Tcb, note: Note): 'TCPACKSkippedSynRecv' | 'TCPACKSkippedPAWS' | 'TCPACKSkippedSeq' {
  if (isAskedAsRequest(tcb)) return 'TCPACKSkippedSynRecv'
  return note === Note.PAWS ? 'TCPACKSkippedPAWS' : 'TCPACKSkippedSeq'
}

/** Whether a repeated SYN gets its SYN-ACK again: of a request as rarely as everything else that is no news. */
export function mayAnswerSynAgain(tcb: Tcb): boolean {
  const owes = isRequest(tcb) || (tcb.sent.uncounted > 0 && tcb.host.policy.halfOpenIsRequest)
  if (!owes || !limited(tcb)) return true
  tcb.host.counters.TCPACKSkippedSynRecv++
  return false
}

function limited(tcb: Tcb): boolean {
  const host = tcb.host
  if (host.config.challengeAckBurst !== 1) return limitedByBurst(tcb)
  if (host.now - tcb.lastOutOfWindowReplyAt < host.config.invalidRateLimitUs) return true
  tcb.lastOutOfWindowReplyAt = host.now
  return false
}

/** So many within a time that begins with the first of them; either bound at 0 means that there is none. */
function limitedByBurst(tcb: Tcb): boolean {
  const { now, config } = tcb.host
  if (config.challengeAckBurst === 0 || config.invalidRateLimitUs === 0) return false
  if (now - tcb.lastOutOfWindowReplyAt > config.invalidRateLimitUs) {
    tcb.lastOutOfWindowReplyAt = now
    tcb.outOfWindowReplies = 0
  }
  return tcb.outOfWindowReplies++ >= config.challengeAckBurst
}

/** An ACK out of the ordinary: see `policy.respondsBare`. @param bits further control bits */
function sendBareAck(tcb: Tcb, bits = 0): void {
  // A request has no buffer whose window could be chosen anew.
  const bare = tcb.host.policy.respondsBare || isRequest(tcb)
  emit(tcb, nextInTurn(tcb), Ctl.ACK | bits, 0, false, 0, bare)
}

/** What would be sent next: where it is cut from the buffer, of what a timeout has to be sent again (BSD). */
function nextInTurn(tcb: Tcb): Seq {
  return tcb.octets?.resendFrom ?? acceptableSequence(tcb)
}

/** RFC 5961: asks the peer to prove itself; limited per connection and per host (§7). @param bits further control bits */
export function sendChallengeAck(tcb: Tcb, bits = 0): void {
  const host = tcb.host
  if (limited(tcb) || !host.challengeAllowed()) {
    host.counters.TCPACKSkippedChallenge++
    host.trace?.note(host.now, tcb.id, Note.CHALLENGE_ACK_LIMITED, 0)
    return
  }
  host.counters.TCPChallengeACK++
  host.trace?.note(host.now, tcb.id, Note.CHALLENGE_ACK, 0)
  sendBareAck(tcb, bits)
  if (isRequest(tcb)) countWithListener(tcb)
}

/** What is answered for a request is not the connection's. */
function countWithListener(tcb: Tcb): void {
  tcb.segmentsOut--
}
