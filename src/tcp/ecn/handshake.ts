import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { isEarly } from '../fast-open/early.ts'
import type { Tcb } from '../tcb.ts'
import { AccurateEcn, Asked, aceOf, Broken, Codepoint, reflectedBy, reflectionOf, withAce } from './accurate.ts'
import { ASKABLE, noteOption, seesOption } from './accurate-option.ts'
import { countCodepoint } from './received.ts'

/** What `tcp_ecn` says of connections that we open and that others open: nothing, RFC 3168, RFC 9768. */
const OPENS = [Asked.NOTHING, Asked.CLASSIC, Asked.NOTHING, Asked.ACCURATE, Asked.CLASSIC, Asked.NOTHING] as const
/** The same where an even setting never asks (BSD). */
const OPENS_AS_SAID = [Asked.NOTHING, Asked.CLASSIC, Asked.NOTHING, Asked.ACCURATE, Asked.NOTHING] as const
const ACCEPTS = [Asked.NOTHING, Asked.CLASSIC, Asked.CLASSIC, Asked.ACCURATE, Asked.ACCURATE, Asked.ACCURATE] as const

/** The ACE field of a SYN that asks for RFC 3168 alone. */
const CLASSIC_SYN = 0b011

/** RFC 9768 §3.1.2: everything but silence and RFC 3168's bits asks for accurate ECN. */
function asksForAccurate(segment: TcpSegment): boolean {
  const ace = aceOf(segment.ctl)
  return ace !== 0 && ace !== CLASSIC_SYN
}

function asksForClassic(segment: TcpSegment): boolean {
  return (segment.ctl & (Ctl.ECE | Ctl.CWR)) === (Ctl.ECE | Ctl.CWR)
}

/**
 * RFC 3168 §6.1.1: a SYN asks with ECE and CWR, and with AE too for accurate ECN (RFC 9768 §3.1.1). One that went unanswered asks no
 * more (RFC 3168 §6.1.1.1); for accurate ECN it may ask twice (RFC 9768 §3.1.4.1).
 */
export function synBits(tcb: Tcb, retransmission: boolean): number {
  const { ecn, host } = tcb
  if (!retransmission)
    ecn.asked =
      (host.policy.ecnAsSaid === null ? OPENS : OPENS_AS_SAID)[host.config.ecn] ||
      (routeWantsEcn(tcb) ? Asked.CLASSIC : Asked.NOTHING)
  else if (host.config.ecnFallback && tcb.retransmits > askingAgain(tcb)) ecn.silent = true
  if (ecn.silent || ecn.asked === Asked.NOTHING) return 0
  // SHLD-8: a SYN asks
  return ecn.asked === Asked.ACCURATE ? Ctl.AE | Ctl.CWR | Ctl.ECE : Ctl.CWR | Ctl.ECE
}

/** `features ecn` of the route. */
function routeWantsEcn({ host, remote }: Tcb): boolean {
  return host.routeMetrics(remote)?.ecn === true
}

/** So many SYNs that are sent again still ask. */
function askingAgain({ ecn, host }: Tcb): number {
  return host.config.ecnRetries + (ecn.asked === Asked.ACCURATE && host.policy.ecnAsSaid === null ? 1 : 0)
}

/** A SYN for a listener: what it asks for and the system grants. RFC 3168's SYN claims no codepoint itself. */
export function takeEcnSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { ecn, host } = tcb
  const { ecnAsSaid } = host.policy
  if (ecnAsSaid !== null) return ecnAsSaid.takeSyn(tcb, segment, ip)
  const grants = ACCEPTS[host.config.ecn] || (routeWantsEcn(tcb) ? Asked.CLASSIC : Asked.NOTHING)
  const codepoint = ip.tos & 3
  if (grants === Asked.ACCURATE && asksForAccurate(segment)) {
    ecn.accurate = new AccurateEcn(codepoint)
  } else {
    const plain = codepoint === Codepoint.NOT_ECT || (segment.ctl & Ctl.AE) !== 0
    ecn.on = grants !== Asked.NOTHING && asksForClassic(segment) && plain
  }
}

/** A SYN that crosses ours: both have asked. */
export function takeCrossedSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { ecn } = tcb
  const { ecnAsSaid } = tcb.host.policy
  if (ecnAsSaid !== null) return ecnAsSaid.takeCrossedSyn(tcb, segment, ip)
  if (ecn.asked === Asked.ACCURATE && asksForAccurate(segment)) {
    ecn.accurate = new AccurateEcn(ip.tos & 3, ecn.codepoint)
    ecn.accurate.last = ip.tos & 3
  } else {
    ecn.on = ecn.asked !== Asked.NOTHING && asksForClassic(segment)
  }
}

/**
 * The bits of a SYN-ACK: ECE grants RFC 3168; the ACE field tells the SYN's codepoint back. One that has been lost twice has none
 * (RFC 9768 §3.1.5).
 */
export function synAckBits(tcb: Tcb, ctl: number, retransmission: boolean): number {
  const { ecn, host } = tcb
  const { accurate } = ecn
  const { ecnAsSaid } = host.policy
  if (ecnAsSaid !== null) return ecnAsSaid.synAckBits(tcb, ctl, retransmission)
  if (tcb.active) return crossedSynAckBits(tcb, ctl, retransmission)
  const timeouts = retransmission ? tcb.retransmits - (ecn.answersSyn ? 0 : 1) : 0
  ecn.answersSyn = false
  if (accurate === null) return ecn.on && (timeouts === 0 || host.config.ecn < ASKABLE) ? ctl | Ctl.ECE : ctl
  // Who has sent it often must not send ECT any more; Fast Open's connection does not know what its request has sent.
  if (retransmission && ++accurate.synAcksAgain > 1 && !isEarly(tcb)) accurate.broken |= Broken.ACE_SENT
  return timeouts > 0 ? ctl : withAce(ctl, reflectionOf(accurate.synArrived))
}

/**
 * The same where SYNs crossed: it is our SYN once more, with an ACK. What Linux leaves of that SYN's bits stays: AE, where the peer did not ask
 * for accurate ECN; and a repetition that looks like a SYN that asks, asks no more.
 */
function crossedSynAckBits(tcb: Tcb, ctl: number, retransmission: boolean): number {
  const { accurate, asked, on, silent } = tcb.ecn
  if (accurate === null) return silent ? ctl : ctl | (asked === Asked.ACCURATE ? Ctl.AE : 0) | (on ? Ctl.ECE : 0)
  const ace = reflectionOf(accurate.synArrived)
  return retransmission && ace === CLASSIC_SYN && tcb.host.config.ecnFallback ? ctl : withAce(ctl, ace)
}

/** The SYN came again: its codepoint is the one to be told back (RFC 9768 §3.1.5). */
export function takeRepeatedSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { accurate } = tcb.ecn
  tcb.ecn.answersSyn = true
  if (accurate === null) return
  accurate.synArrived = ip.tos & 3
  if (aceOf(segment.ctl) === 0 && !isEarly(tcb)) accurate.broken |= Broken.ACE_RECEIVED
}

/** The answer to our SYN (RFC 9768 table 2). */
export function takeEcnSynAck(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { ecn } = tcb
  const { ecnAsSaid } = tcb.host.policy
  if (ecnAsSaid !== null) return ecnAsSaid.takeSynAck(tcb, segment, ip)
  if (ecn.asked === Asked.NOTHING) return
  const ace = aceOf(segment.ctl)
  switch (ace) {
    case 0b000:
    case 0b111:
      return
    case 0b001:
      ecn.on = true
      return
    case 0b101:
      // Reserved: the peer is taken for one that saw our SYN as it left.
      if (ecn.asked === Asked.CLASSIC) ecn.on = true
      else agreeAccurately(tcb, segment, ip, 0b010)
      return
    default:
      if (ecn.asked === Asked.ACCURATE || tcb.host.policy.accurateEcnUnasked) agreeAccurately(tcb, segment, ip, ace)
  }
}

function agreeAccurately(tcb: Tcb, segment: TcpSegment, ip: IpHeader, ace: number): void {
  const { ecn } = tcb
  const accurate = new AccurateEcn(ip.tos & 3, ecn.asked === Asked.ACCURATE ? ecn.codepoint : Codepoint.NOT_ECT)
  ecn.accurate = accurate
  if (segment.accurateKind !== 0) {
    noteOption(accurate, segment)
    accurate.demand = 2
  }
  if (accurate.synArrived !== Codepoint.CE || !reflectsFaithfully(tcb, accurate, ace)) return
  ecn.counting().receivedCe++
  accurate.untold++
}

/** Our SYNs claim no codepoint, as a rule; a peer that saw another one saw a path that changes them. CE alone, or the other ECT, may come of ECT. */
function reflectsFaithfully(tcb: Tcb, accurate: AccurateEcn, ace: number): boolean {
  const arrived = reflectedBy(ace)
  const { synLeft } = accurate
  if (!tcb.host.config.ecnFallback || arrived === synLeft) return true
  if (synLeft === Codepoint.ECT0 && arrived !== Codepoint.NOT_ECT) return true
  accurate.broken |= Broken.ACE_RECEIVED
  return false
}

/** Bits of the ACK that completes our handshake, or answers a SYN on an open connection: the codepoint is told back. */
export function reflection(tcb: Tcb): number {
  const { accurate } = tcb.ecn
  // Elsewhere whatever leaves first tells it.
  return accurate === null || tcb.host.policy.ecnAsSaid !== null ? 0 : withAce(0, reflectionOf(accurate.synArrived))
}

/** A SYN on an open connection (RFC 5961): what it says of ECN counts for the answer. */
export function takeLateSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { accurate } = tcb.ecn
  if (accurate === null) return
  if (tcb.host.config.ecn >= ASKABLE) accurate.synArrived = ip.tos & 3
  if (noteOption(accurate, segment)) accurate.demand = Math.max(accurate.demand, 1)
}

/** The ACK that completes a passive open (RFC 9768 table 4). */
export function takeThirdAck(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { accurate } = tcb.ecn
  if (accurate === null) return
  const { ecnAsSaid } = tcb.host.policy
  if (ecnAsSaid !== null) ecnAsSaid.takeThirdAck(tcb, segment)
  else judgeThirdAck(tcb, accurate, segment)
  if (!tcb.active && !isEarly(tcb)) beginCounting(tcb, accurate, segment, ip)
}

/** Fast Open: the SYN is what the connection begins with, and Linux judges it as if it were the third ACK. */
export function takeEarlySyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const { accurate } = tcb.ecn
  if (accurate === null) return
  judgeThirdAck(tcb, accurate, segment)
  beginCounting(tcb, accurate, segment, ip)
}

function beginCounting(tcb: Tcb, accurate: AccurateEcn, segment: TcpSegment, ip: IpHeader): void {
  accurate.last = accurate.synArrived
  accurate.demand = 1
  countCodepoint(tcb, segment, ip)
}

/** An ACK for a request, whether or not it completes the handshake. */
export function seeThirdAck(tcb: Tcb, segment: TcpSegment): void {
  const { accurate } = tcb.ecn
  // What a cookie brought back is no request.
  if (accurate !== null && tcb.firstOffer > 0) seesOption(accurate, segment)
}

/** A SYN cookie remembers that ECN was agreed to; which kind of it the third ACK tells (RFC 9768 §5.1). */
export function agreeByCookie(tcb: Tcb, segment: TcpSegment): void {
  const { ecn, host } = tcb
  if (host.config.ecn === 0 && !routeWantsEcn(tcb)) return
  if (aceOf(segment.ctl) > 1) ecn.accurate = new AccurateEcn(Codepoint.NOT_ECT)
  else ecn.on = true
}

/** What the ACE field of a third ACK says of the SYN-ACK's way. */
function judgeThirdAck(tcb: Tcb, accurate: AccurateEcn, segment: TcpSegment): void {
  const ace = aceOf(segment.ctl)
  if (segment.sackCount > 0) return
  if (ace === 0) {
    accurate.broken |= Broken.ACE_RECEIVED | Broken.OPTION_RECEIVED
    return
  }
  if ((ace & 1) !== 0 && ace !== CLASSIC_SYN) return
  if (segment.len > 0 || !reflectsFaithfully(tcb, accurate, ace)) return
  if (reflectedBy(ace) === Codepoint.CE && tcb.recovery.deliveredCe === 0) tcb.recovery.deliveredCe++
}
