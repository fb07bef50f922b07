import { type Micros, SECOND } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import { THRESHOLD_INFINITE } from '../congestion/congestion.ts'
import { oneSegment } from '../congestion/unit.ts'
import { deleteTcb } from '../delete.ts'
import { Asked } from '../ecn/accurate.ts'
import { timeoutDoubtsFastOpen } from '../fast-open/doubts.ts'
import { isEarly } from '../fast-open/early.ts'
import { timeoutChangesPath } from '../flow-label.ts'
import { heirOfRequest, migrateRequest } from '../migration.ts'
import { updateSendMss } from '../negotiate.ts'
import { sendAck } from '../output/ack.ts'
import { emit } from '../output/emit.ts'
import { suspectBlackHole } from '../output/mtu-probing.ts'
import { retransmit } from '../output/retransmission.ts'
import { nagleOf, probeFlight, transmitByOctets } from '../output/send.ts'
import { sendSyn } from '../output/syn.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import { markLost } from '../recovery/rack.ts'
import { currentThreshold } from '../recovery/reduction.ts'
import { enterLoss } from '../recovery/timeout.ts'
import { speakerOf } from '../request.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import { backedOffTimeout, measuredTimeout } from '../rtt.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { rtoMax, rtoMin } from '../timeout-bounds.ts'
import { armRetransmit, rearmRetransmit } from './arm.ts'
import { giveUp } from './user.ts'

/**
 * Linux measures from the first retransmission, one RTO after the model begins, and makes up for it because its timers run late.
 * Ours do not, unless they run by its clock: we allow them what theirs take.
 */
const TIMERS_ARE_LATE = 31 / 32

const lateness = (tcb: Tcb): number => (tcb.host.jiffies === null ? TIMERS_ARE_LATE : 1)

/** SYNs that go unanswered before one leaves without options, if so configured. */
const SYNS_WITH_OPTIONS = 3

/** A queue of this many places or fewer counts as if it had them, and a SYN-ACK is repeated so often in any case. */
const CROWD_LEAST = 8
const REPETITIONS_LEAST = 2

/** RFC 9293 §3.10.8 RETRANSMISSION TIMEOUT with RFC 6298 §5.4–5.7. */
export function onRetransmitTimeout(tcb: Tcb): void {
  if (tcb.sent.head === null) return
  switch (tcb.state) {
    case State.SYN_SENT:
      return onSynTimeout(tcb)
    case State.SYN_RECEIVED:
      return onSynAckTimeout(tcb)
    default:
      // Closed before its handshake was complete: its FIN has left, and it is the SYN-ACK that nobody has acknowledged (Linux).
      return tcb.sent.uncounted > 0 ? onSynAckTimeout(tcb) : onTextTimeout(tcb)
  }
}

function onSynTimeout(tcb: Tcb): void {
  // MUST-22: R2 of a SYN
  const last = hasUserTimedOut(tcb) || synGivesUp(tcb)
  timeoutDoubtsFastOpen(tcb, last)
  tcb.host.counters.TCPTimeouts++
  if (last) return giveUp(tcb)
  countFailure(tcb)
  countTimeout(tcb)
  timeoutChangesPath(tcb)
  // MUST-22: R1 of a SYN
  if (tcb.retransmits === tcb.host.config.retries1) tcb.host.doubtPath(tcb)
  tcb.synTimeouts++
  markSynResent(tcb)
  doubtPathOfSyn(tcb)
  tcb.ecn.mustTellReduced = tcb.ecn.asked === Asked.CLASSIC
  if (tcb.host.config.synDropsOptions && tcb.synTimeouts === SYNS_WITH_OPTIONS) dropOptions(tcb)
  sendSyn(tcb, false, true)
  if (tcb.synTimeouts > tcb.host.config.synLinearTimeouts) backOff(tcb)
  else if (tcb.host.policy.timeoutsAreReckonedAnew) tcb.rto = backedOffTimeout(tcb)
  rearmRetransmit(tcb)
}

/** A lost SYN is a loss as any other while it lasts; once the connection is open, only what `becomeEstablished` makes of it counts. */
function doubtPathOfSyn(tcb: Tcb): void {
  const { head } = tcb.sent
  if (head === null) return
  // A router may have had it sent again before: that was no timeout.
  if (tcb.recovery.phase !== Phase.LOSS || tcb.retransmits === 1) {
    const one = oneSegment(tcb)
    tcb.congestion.threshold = Math.max(Math.floor(tcb.congestion.window / 2), 2 * one)
    tcb.congestion.window = one
    tcb.recovery.phase = Phase.LOSS
  }
  for (let s: SentSegment | null = head; s !== null; s = s.next) markLost(tcb, s)
  tcb.sent.markRetransmitted(head)
}

/** Somebody on the way may not bear them. */
function dropOptions(tcb: Tcb): void {
  tcb.timestamps = false
  tcb.sackPermitted = false
  tcb.scaling = false
  tcb.rcvScale = 0
}

/** TCP_SYNCNT, or what the system says of SYNs, or of any segment. */
function repetitionsOfSyn({ options, host }: Tcb): number {
  return options.synRetries || host.config.synRetries || host.config.retries2
}

/** `tcp_syn_retries`: a count, or the time that so many doublings of the first timeout take, for which TCP_USER_TIMEOUT stands where it is set. */
function synGivesUp(tcb: Tcb): boolean {
  const { rtoInitialUs, synLinearTimeouts } = tcb.host.config
  const synRetries = repetitionsOfSyn(tcb)
  if (tcb.host.policy.giveUp === 'count') return tcb.retransmits >= synRetries
  if (tcb.retransmits >= synRetries + synLinearTimeouts) return true
  return tcb.options.userTimeoutUs === 0 && tcb.host.now - tcb.synSentAt >= modelledTime(tcb, synRetries, rtoInitialUs)
}

/** The SYN-ACK of SYNs that crossed: Linux takes it for a SYN like any other. */
function onCrossedTimeout(tcb: Tcb): void {
  const { counters, config } = tcb.host
  const last = hasUserTimedOut(tcb) || tcb.retransmits >= (tcb.options.synRetries || config.synRetries)
  timeoutDoubtsFastOpen(tcb, last)
  counters.TCPTimeouts++
  if (last) {
    counters.AttemptFails++
    return giveUp(tcb)
  }
  countTimeout(tcb)
  timeoutChangesPath(tcb)
  markSynResent(tcb)
  doubtPathOfSyn(tcb)
  sendSyn(tcb, true, true)
  backOff(tcb)
  rearmRetransmit(tcb)
}

function onSynAckTimeout(tcb: Tcb): void {
  if (tcb.active && tcb.host.policy.crossedOpenIsSynchronised) return onCrossedTimeout(tcb)
  // The listener has closed meanwhile: a light record does not know of it.
  const orphaned = tcb.listener !== null && tcb.listener.state !== State.LISTEN
  const heir = orphaned ? heirOfRequest(tcb) : null
  if (orphaned && heir === null && tcb.host.policy.lightHalfOpen === null) return deleteTcb(tcb, 0)
  if (!tcb.active) tcb.host.counters.TCPTimeouts++
  if (isEarly(tcb) && tcb.host.policy.halfOpenIsRequest) return onEarlyTimeout(tcb)
  if (synAckGivesUp(tcb)) {
    // A request that is given up was no attempt of anybody's (Linux).
    if (tcb.active || !tcb.host.policy.halfOpenIsRequest) tcb.host.counters.AttemptFails++
    if (tcb.active || isEarly(tcb)) return giveUp(tcb)
    if (heir !== null) tcb.host.counters.TCPMigrateReqFailure++
    return deleteTcb(tcb, 0)
  }
  // A peer that has answered, and whose data are waited for, is asked again only when the waiting ends.
  const ask = !tcb.deferred || tcb.retransmits >= speakerOf(tcb).options.deferAccept - 1
  if (isEarly(tcb)) loseAnswer(tcb)
  tcb.retransmits++
  if (ask) {
    markSynResent(tcb)
    sendSyn(tcb, true, true)
  }
  backOff(tcb)
  if (heir !== null) migrateRequest(tcb, heir)
  // What TCP_USER_TIMEOUT says is of connections; a request has its count.
  if (tcb.listener === null) rearmRetransmit(tcb)
  else armRetransmit(tcb, tcb.rto)
}

/** All that Fast Open's connection has sent behind its SYN-ACK is lost. */
function loseEarly(tcb: Tcb): void {
  tcb.recovery.priorThreshold = currentThreshold(tcb)
  tcb.recovery.priorWindow = tcb.congestion.window
  tcb.congestion.threshold = Math.max(tcb.congestion.window >> 1, 2)
  tcb.congestion.window = 1
  tcb.recovery.phase = Phase.LOSS
  tcb.recovery.highSeq = tcb.snd.nxt
  tcb.recovery.frto = tcb.host.config.frto
  tcb.ecn.mustTellReduced = tcb.ecn.on
  for (let s = tcb.sent.head?.next ?? null; s !== null; s = s.next) markLost(tcb, s)
}

/** What had left with the SYN-ACK of a connection that is open early is lost with it (BSD). */
function loseAnswer(tcb: Tcb): void {
  const { head } = tcb.sent
  if (head === null) return
  enterLoss(tcb)
  tcb.sent.markRetransmitted(head)
  // What was sent again is the SYN-ACK: that it was needless would say nothing of the text.
  if (tcb.octets !== null) tcb.octets.before = null
}

/** Fast Open: the connection is there already, and its SYN-ACK is lost. It has one more try, and the second is a loss as any other. */
function onEarlyTimeout(tcb: Tcb): void {
  const { config } = tcb.host
  if (tcb.retransmits >= (tcb.options.synRetries || config.synAckRetries + 1)) {
    tcb.host.counters.AttemptFails++
    return giveUp(tcb)
  }
  if (tcb.retransmits === 1) loseEarly(tcb)
  countTimeout(tcb)
  markSynResent(tcb)
  sendSyn(tcb, true, true)
  armRetransmit(tcb, Math.min(config.rtoInitialUs * 2 ** tcb.retransmits, rtoMax(tcb)))
}

function synAckGivesUp(tcb: Tcb): boolean {
  const { config, policy } = tcb.host
  // No record of a listener's, but a connection as any other: of SYNs that crossed, or open early.
  const own = (tcb.active || isEarly(tcb)) && policy.lightHalfOpen !== null
  const { synRetries, deferAccept } = speakerOf(tcb).options
  const most = own ? repetitionsOfSyn(tcb) : sparedByCrowd(tcb, synRetries || config.synAckRetries)
  return tcb.retransmits >= most && !(tcb.deferred && tcb.retransmits < deferAccept)
}

/**
 * Where more half-open connections wait at a listener than half of its queue holds, those that have been asked before are given up the
 * sooner the fewer new ones there are among them, so that half of the room is for new ones (Linux).
 * @returns how often the SYN-ACK may be repeated, at least twice
 */
function sparedByCrowd({ listener, host }: Tcb, most: number): number {
  const queues = listener?.listen ?? null
  if (queues === null || !host.policy.halfOpenIsRequest) return most
  const { size } = queues.embryonic
  if (2 * size <= Math.max(CROWD_LEAST, queues.backlog)) return most
  let share = 0
  for (const { retransmits } of queues.embryonic) if (retransmits === 0) share += 2
  let spared = most
  for (; spared > REPETITIONS_LEAST && size >= share; share *= 2) spared--
  return spared
}

/** Karn: a SYN that was sent twice cannot be timed. */
function markSynResent(tcb: Tcb): void {
  const head = tcb.sent.head
  if (head !== null) head.everRetransmitted = true
  tcb.timedAt = -1
}

function onTextTimeout(tcb: Tcb): void {
  if (probesClosedWindow(tcb)) return onProbingTimeout(tcb)
  tcb.host.counters.TCPTimeouts++
  // MUST-20: R2
  const last = shouldGiveUp(tcb)
  timeoutDoubtsFastOpen(tcb, last)
  if (last) return giveUp(tcb)
  // MUST-20: R1
  if (isPathDoubtful(tcb)) doubtPath(tcb)
  tcb.host.policy.searchBlackHole?.(tcb, tcb.retransmits + 1)
  countFailure(tcb)
  enterLoss(tcb)
  countTimeout(tcb)
  timeoutChangesPath(tcb)
  if (closedOver(tcb)) return askInstead(tcb)
  sendOldest(tcb)
}

/** BSD: the peer took its window back, and text is in flight. */
function closedOver(tcb: Tcb): boolean {
  return tcb.snd.wnd === 0 && tcb.sendBuffer.length > 0 && tcb.host.policy.closedWindowEndsTimeouts
}

/** The timeout makes a segment leave, but there is room for none: an ACK alone does, and probes follow. */
function askInstead(tcb: Tcb): void {
  probeFlight(tcb)
  emit(tcb, tcb.snd.una, Ctl.ACK, 0, false)
}

/** The oldest segment leaves again, and the wait for its ACK is longer. */
function sendOldest(tcb: Tcb): void {
  const head = tcb.sent.head
  if (tcb.octets !== null) return sendFromUna(tcb)
  if (head !== null) retransmit(tcb, head)
  if (isThin(tcb)) startOver(tcb)
  else backOff(tcb)
  rearmRetransmit(tcb)
}

/** Sending goes on at SND.UNA, with the timeout that counts by now; if the window takes nothing, an ACK leaves. */
function sendFromUna(tcb: Tcb): void {
  backOff(tcb)
  if (!transmitByOctets(tcb, nagleOf(tcb), true)) sendAck(tcb)
}

function countTimeout(tcb: Tcb): void {
  if (tcb.retransmits === 0) {
    // Something has arrived since the last one: what came before is no longer counted, though it was no end of it.
    tcb.timeoutsSince = tcb.host.now
    tcb.timeoutRecoveries++
  }
  tcb.retransmits++
  tcb.totalTimeouts++
}

/** What the timeout cut short, for the counters. */
function countFailure(tcb: Tcb): void {
  if (tcb.retransmits > 0) return
  const { counters } = tcb.host
  const { phase } = tcb.recovery
  const sack = tcb.sackPermitted
  if (phase === Phase.RECOVERY) counters[sack ? 'TCPSackRecoveryFail' : 'TCPRenoRecoveryFail']++
  else if (phase === Phase.LOSS) counters.TCPLossFailures++
  else if (phase === Phase.DISORDER || tcb.sent.sackedOut > 0) counters[sack ? 'TCPSackFailures' : 'TCPRenoFailures']++
}

/** Too few segments in flight for duplicate ACKs, and few timeouts yet: waiting longer would help nobody. */
function isThin(tcb: Tcb): boolean {
  const few = tcb.sent.packetsOut < 4 && tcb.congestion.threshold !== THRESHOLD_INFINITE
  const linear = tcb.options.thinLinearTimeouts || tcb.host.config.thinLinearTimeouts
  return linear && few && tcb.retransmits <= 6 && tcb.state === State.ESTABLISHED
}

/** The timeout is once more what the measurements say; without any, what a lost SYN left, or else the least. */
function startOver(tcb: Tcb): void {
  tcb.backoff = 0
  tcb.rto = tcb.srtt < 0 ? Math.min(Math.max(4 * tcb.rttvar, rtoMin(tcb)), rtoMax(tcb)) : measuredTimeout(tcb)
}

/** So many timeouts, or the time that they would take, without an ACK. */
function isPathDoubtful(tcb: Tcb): boolean {
  const { config, now, policy } = tcb.host
  if (policy.giveUp === 'count') return tcb.retransmits + 1 === config.retries1
  if (tcb.retransmits === 0) return false
  return now - tcb.recovery.retransmitStamp >= modelledTime(tcb, config.retries1) * lateness(tcb)
}

/** R1 (§3.8.3, MUST-20a): the path may have changed, or never have been what we learned of it. */
function doubtPath(tcb: Tcb): void {
  suspectBlackHole(tcb)
  // SHLD-9: the host tells the program too, if it asked
  tcb.host.doubtPath(tcb)
  updateSendMss(tcb)
}

/** A request's SYN-ACK waits no longer than this, whatever may be said of connections' timeouts. */
const REQUEST_MOST_US = 120 * SECOND

/** RFC 6298 §5.5: "back off the timer". */
function backOff(tcb: Tcb): void {
  tcb.backoff++
  if (tcb.host.policy.timeoutsAreReckonedAnew) tcb.rto = backedOffTimeout(tcb)
  // MUST-19: the timeout doubles
  else tcb.rto = Math.min(tcb.rto * 2, speakerOf(tcb) !== tcb ? REQUEST_MOST_US : rtoMax(tcb))
}

/**
 * RFC 6069: what is sent again does not get anywhere, and a router says why. The timeout takes one step back; if it would have run out
 * by now, it does.
 */
export function takeBackOff(tcb: Tcb): void {
  const { head } = tcb.sent
  if (head === null || tcb.retransmits === 0 || tcb.backoff === 0) return
  tcb.backoff--
  tcb.rto = Math.min(measuredTimeout(tcb) * 2 ** tcb.backoff, rtoMax(tcb))
  const left = tcb.rto - (tcb.host.now - head.sentAt)
  if (left > 0) armRetransmit(tcb, left)
  else onRetransmitTimeout(tcb)
}

function hasUserTimedOut(tcb: Tcb): boolean {
  const user = tcb.options.userTimeoutUs
  // From the last progress, or from when there was something to wait for; not before there is a connection.
  if (tcb.host.policy.userTimeoutFromProgress) {
    const opens = tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED
    return user > 0 && !opens && tcb.host.now - tcb.progressAt >= user
  }
  // Who has sent only once has not given the peer a chance.
  if (tcb.retransmits === 0 && tcb.host.policy.giveUp === 'modelled-time') return false
  return user > 0 && tcb.recovery.retransmitStamp > 0 && tcb.host.now - tcb.recovery.retransmitStamp >= user
}

/** R2 (RFC 9293 §3.8.3): how long a synchronised connection may go without an acknowledgment. */
function shouldGiveUp(tcb: Tcb): boolean {
  const { orphansLastAsLong } = tcb.host.policy
  const most = tcb.orphan && !orphansLastAsLong ? orphanRetries(tcb, tcb.rto) : tcb.host.config.retries2
  if (orphansLastAsLong && (hasUserTimedOut(tcb) || tcb.retransmits >= Math.max(most, 1))) return true
  if (tcb.retransmits === 0 || answersWithZeroWindow(tcb)) return false
  // MUST-21: TCP_USER_TIMEOUT
  if (tcb.options.userTimeoutUs > 0) return hasUserTimedOut(tcb)
  if (tcb.host.policy.giveUp === 'count') return tcb.retransmits >= most
  return tcb.host.now - tcb.recovery.retransmitStamp >= modelledTime(tcb, most) * lateness(tcb)
}

/** The peer took its window back: what is sent again only asks, and where time bounds the asking it is no failure. */
function probesClosedWindow(tcb: Tcb): boolean {
  return tcb.snd.wnd === 0 && !tcb.orphan && tcb.host.policy.giveUp === 'modelled-time'
}

function onProbingTimeout(tcb: Tcb): void {
  if (isIgnored(tcb)) return giveUp(tcb)
  enterLoss(tcb)
  sendOldest(tcb)
}

/** Neither progress nor a word for two of the longest timeouts; with TCP_USER_TIMEOUT words do not count. */
function isIgnored(tcb: Tcb): boolean {
  const { host, options, recovery: r, sent } = tcb
  const without = host.now - (r.retransmitStamp > 0 ? r.retransmitStamp : (sent.head?.sentAt ?? host.now))
  const user = options.userTimeoutUs
  // The timer is set for that very moment, and a kernel's runs late.
  if (user > 0 && without >= user) return true
  const most = user > 0 ? Math.min(2 * rtoMax(tcb), user) : 2 * rtoMax(tcb)
  return host.now - tcb.lastAckReceivedAt > most && without > most
}

/** A peer that took its window back and still acknowledges is alive (§3.8.6, SHLD-15; MUST-37). */
function answersWithZeroWindow(tcb: Tcb): boolean {
  // SHLD-17: who answers is there
  return tcb.snd.wnd === 0 && !tcb.orphan && tcb.host.now - tcb.lastAckReceivedAt <= rtoMax(tcb)
}

/**
 * Retransmissions an orphan gets. Where time bounds them, what counts is that the timeout, `rto`, is not the longest yet; else that the
 * network said nothing of the peer.
 */
export function orphanRetries(tcb: Tcb, rto: Micros): number {
  const { config, policy } = tcb.host
  if (policy.giveUp === 'count') {
    if (tcb.softError !== 0 && tcb.backoff > 0) return 0
    return config.orphanRetries === 0 ? policy.orphanRetriesDefault : config.orphanRetries
  }
  const alive = rto < rtoMax(tcb)
  const most = tcb.softError !== 0 && !alive ? 0 : config.orphanRetries
  return most === 0 && alive ? policy.orphanRetriesDefault : most
}

/**
 * Linux turns a count of retransmissions into a time, as if the RTO had started at its minimum: doubling up to the maximum,
 * then at that pace (`tcp_model_timeout`). So `tcp_retries2` = 15 means 924.6 s, however the path behaves.
 */
function modelledTime(tcb: Tcb, retransmissions: number, first = leastWait(tcb)): Micros {
  const rtoMaxUs = rtoMax(tcb)
  const doublings = Math.floor(Math.log2(rtoMaxUs / first))
  if (retransmissions <= doublings) return (2 ** (retransmissions + 1) - 1) * first
  return (2 ** (doublings + 1) - 1) * first + (retransmissions - doublings) * rtoMaxUs
}

const leastWait = ({ host }: Tcb): Micros => host.policy.leastWaitUs || host.config.rtoMinUs
