import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { isEarly } from '../fast-open/early.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { ACE_FIRST, AccurateEcn, aceOf, Codepoint, reflectionOf, withAce } from './accurate.ts'
import type { Ecn } from './ecn.ts'
import type { EcnRules } from './rules.ts'

/**
 * ECN as the BSDs negotiate it (`policy.ecnAsSaid`): `ecn.enable` says which kinds are known at all, and of those the peer's bits decide, whether
 * ours had asked or not. No path is suspected of changing them, and no codepoint of a SYN refused.
 */

/** ACE fields: a SYN that asks for RFC 3168, its answer, and a SYN that asks for accurate ECN. */
const CLASSIC_SYN = 0b011
const CLASSIC_ANSWER = 0b001
const ACCURATE_SYN = 0b111
/** SYN-ACKs of accurate ECN that our SYN, as it says, reached with a codepoint. */
const ACCURATE_ANSWERS: readonly number[] = [0b010, 0b011, 0b100, 0b110]
/** The ACE field counts modulo 8. */
const ACE_LAST = 7
/** Congestion was met by the SYN that is told of. */
const MARKED = 0b110

/** Accurate ECN is known too (`ecn.enable` 3 and 4). */
function knowsAccurate({ host }: Tcb): boolean {
  return host.config.ecn >= 3
}

function agree(ecn: Ecn, accurate: AccurateEcn | null, classic: boolean): void {
  ecn.accurate = accurate
  ecn.on = classic
}

/** A SYN for a listener. */
function takeSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const ace = aceOf(segment.ctl)
  const known = tcb.host.config.ecn !== 0
  const accurate = knowsAccurate(tcb) && ace !== 0 && ace !== CLASSIC_SYN
  const classic = known && (ace === CLASSIC_SYN || ace === ACCURATE_SYN) && !accurate
  agree(tcb.ecn, accurate ? countingFrom(tcb, ip) : null, classic)
}

/** A SYN that crosses ours. */
function takeCrossedSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const ace = aceOf(segment.ctl)
  if (knowsAccurate(tcb))
    return agree(tcb.ecn, ace === ACCURATE_SYN ? countingFrom(tcb, ip) : null, ace === CLASSIC_SYN)
  agree(tcb.ecn, null, tcb.host.config.ecn !== 0 && (ace & CLASSIC_SYN) === CLASSIC_SYN)
}

/** The answer to our SYN. */
function takeSynAck(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const ace = aceOf(segment.ctl)
  if (!knowsAccurate(tcb))
    return agree(tcb.ecn, null, tcb.host.config.ecn !== 0 && (ace & CLASSIC_SYN) === CLASSIC_ANSWER)
  const accurate = ACCURATE_ANSWERS.includes(ace)
  agree(tcb.ecn, accurate ? countingFrom(tcb, ip) : null, ace === CLASSIC_ANSWER)
  if (accurate) noteOwnSyn(tcb, ace)
}

/**
 * A SYN on an open connection is read as the answer to ours, before it is challenged: what it says holds from now on, and what was counted is
 * forgotten. Of what it does not grant RFC 3168 stays.
 */
function takeLateSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const grants = (aceOf(segment.ctl) & CLASSIC_SYN) === CLASSIC_ANSWER
  if (!knowsAccurate(tcb) && !(grants && tcb.host.config.ecn !== 0)) return
  if (tcb.ecn.counts !== null) tcb.ecn.counts.receivedCe = 0
  tcb.recovery.deliveredCe = 0
  takeSynAck(tcb, segment, ip)
  if (tcb.ecn.accurate !== null) tcb.ecn.accurate.owesReflection = true
}

/** The ACK that completes a passive open tells how our SYN-ACK arrived. */
function takeThirdAck(tcb: Tcb, segment: TcpSegment): void {
  noteOwnSyn(tcb, aceOf(segment.ctl))
}

/** What the peer's SYN met counts as the first mark. */
function countingFrom(tcb: Tcb, ip: IpHeader): AccurateEcn {
  const accurate = new AccurateEcn(ip.tos & 3)
  accurate.owesReflection = tcb.active
  if (accurate.synArrived === Codepoint.CE) tcb.ecn.counting().receivedCe = 1
  return accurate
}

/** Our SYN or SYN-ACK met congestion: two segments are enough then; but whoever opens by it begins with a window as large as ever. */
function noteOwnSyn(tcb: Tcb, ace: number): void {
  if (ace !== MARKED) return
  tcb.recovery.deliveredCe = 1
  const opens = tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED
  if (!opens || isEarly(tcb)) tcb.congestion.window = 2 * tcb.sendMss
}

/**
 * A SYN-ACK grants as often as a SYN may ask, and then nothing any more; where SYNs crossed the first one alone grants RFC 3168. Fast Open's
 * connection is open by then: its answer says no more of RFC 3168 than text would.
 */
function synAckBits(tcb: Tcb, ctl: number, retransmission: boolean): number {
  const early = isEarly(tcb)
  if (!tcb.active && !early && tcb.retransmits > tcb.host.config.ecnRetries) agree(tcb.ecn, null, false)
  const { accurate, on } = tcb.ecn
  if (accurate !== null)
    return tcb.active ? firstOrCount(tcb, accurate, ctl) : withAce(ctl, reflectionOf(accurate.synArrived))
  return on && !early && !(tcb.active && retransmission) ? ctl | Ctl.ECE : ctl
}

/**
 * What every segment of a connection brings, wherever it stands: a mark is echoed, and an announced reduction ends that, and is acknowledged.
 * @returns whether it tells of congestion that ours met
 */
function takeMarks(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  const { ecn } = tcb
  const marked = (ip.tos & 3) === Codepoint.CE
  if (ecn.accurate !== null) {
    if (marked) ecn.counting().receivedCe++
    return countsFurther(tcb, segment)
  }
  if (!ecn.on) return false
  if ((segment.ctl & Ctl.CWR) !== 0) {
    ecn.echo = false
    tcb.acknowledging.scheduled = true
    tcb.acknowledging.atOnce = true
  }
  if (marked) ecn.echo = true
  return (segment.ctl & (Ctl.SYN | Ctl.ECE)) === Ctl.ECE
}

/** The peer's count has gone on, or may have gone round: it is believed to have, wherever as many segments are acknowledged. */
function countsFurther({ state, active, snd, sendMss, recovery }: Tcb, segment: TcpSegment): boolean {
  // What completes a passive open tells of its SYN-ACK.
  if (state === State.SYN_RECEIVED && !active) return false
  const segments = Math.ceil(((segment.ack - snd.una) >>> 0) / sendMss)
  const marks = (aceOf(segment.ctl) - ACE_FIRST - recovery.deliveredCe) & ACE_LAST
  const most = marks < segments ? segments - ((segments - marks) & ACE_LAST) : marks
  recovery.deliveredCe += most
  return most > 0
}

/**
 * The ACE field of a segment that is about to leave. Text that leaves for the first time can be marked.
 * @param isNew octets that have not left before
 */
function mark(tcb: Tcb, accurate: AccurateEcn, ctl: number, isNew: boolean): number {
  if (isNew) tcb.ecn.codepoint = Codepoint.ECT0
  return firstOrCount(tcb, accurate, ctl)
}

/** The first segment behind the peer's SYN or SYN-ACK tells how that arrived, the others count. */
function firstOrCount(tcb: Tcb, accurate: AccurateEcn, ctl: number): number {
  if (!accurate.owesReflection) return withAce(ctl, ACE_FIRST + (tcb.ecn.counts?.receivedCe ?? 0))
  accurate.owesReflection = false
  return withAce(ctl, reflectionOf(accurate.synArrived))
}

/** Control bits that answers in TIME-WAIT go on to bear. */
function lastMarks({ ecn }: Tcb): number {
  if (ecn.accurate !== null) return withAce(0, ACE_FIRST + (ecn.counts?.receivedCe ?? 0))
  return ecn.on && ecn.echo ? Ctl.ECE : 0
}

/** `policy.ecnAsSaid` of the BSDs. */
export const ecnAsSaid: EcnRules = {
  takeSyn,
  takeCrossedSyn,
  takeSynAck,
  takeThirdAck,
  takeLateSyn,
  takeMarks,
  synAckBits,
  mark,
  lastMarks,
}
