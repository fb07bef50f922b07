import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { stopDelaying } from '../output/ack.ts'
import type { Tcb } from '../tcb.ts'
import { ACE_FIRST, ACE_MASK, type AccurateEcn, Asked, Broken, Codepoint, EcnCounts, withAce } from './accurate.ts'
import { synAckBits } from './handshake.ts'

/** Explicit congestion notification (RFC 3168, RFC 9768): what one connection knows of it. */
export class Ecn {
  /** What our SYN asked for. */
  asked: Asked = Asked.NOTHING
  /** The SYN was not answered, and is sent again without asking. */
  silent = false
  /** Both ends agreed to RFC 3168. */
  on = false
  /** Both ends agreed to accurate ECN; null: they did not. */
  accurate: AccurateEcn | null = null
  /** What was counted; null: no packet with a codepoint was seen. */
  counts: EcnCounts | null = null
  /** Sender: the window was reduced; the next new data carry CWR. */
  mustTellReduced = false
  /** Receiver: congestion was experienced; every ACK carries ECE until the peer says CWR. */
  echo = false
  /** Receiver: the path has carried an ECN codepoint; one without is remarkable. */
  seen = false
  /** Codepoint of the packet that is being taken in. */
  arrived: number = Codepoint.NOT_ECT
  /** Codepoint of the packet about to leave. */
  codepoint: number = Codepoint.NOT_ECT
  /** Codepoint of answers out of the ordinary. */
  kept: number = Codepoint.NOT_ECT

  /** The counters, made when they are first needed. */
  counting(): EcnCounts {
    this.counts ??= new EcnCounts()
    return this.counts
  }
}

/**
 * What a segment that is about to leave says, and the codepoint it travels with.
 *
 * RFC 3168: ECT on new data (§6.1.5: never on a retransmission or a pure ACK), CWR once after a reduction, ECE while congestion is to be
 * echoed. RFC 9768: ECT on everything but SYN and SYN-ACK (§3.2.2.5 leaves it to the sender), and the count of CE marks in the ACE field,
 * unless `ctl` has something in it already.
 */
export function markEcn(tcb: Tcb, ctl: number, length: number, retransmission: boolean): number {
  const ecn = tcb.ecn
  ecn.codepoint = Codepoint.NOT_ECT
  if ((ctl & Ctl.SYN) !== 0) return (ctl & Ctl.ACK) !== 0 ? synAckBits(tcb, ctl, retransmission) : ctl
  if (ecn.accurate !== null) return markAccurately(tcb, ecn.accurate, ctl)
  if (!ecn.on) return ctl
  let bits = ecn.echo ? ctl | Ctl.ECE : ctl
  if (length > 0 && !retransmission) {
    // SHLD-8: data can be marked
    ecn.codepoint = Codepoint.ECT0
    if (ecn.mustTellReduced) {
      ecn.mustTellReduced = false
      bits |= Ctl.CWR
    }
  }
  return bits
}

/** The same of an answer out of the ordinary: it has no part in congestion notification. */
export function withoutEcn(tcb: Tcb, ctl: number): number {
  tcb.ecn.codepoint = tcb.ecn.kept
  return ctl & ~ACE_MASK
}

function markAccurately(tcb: Tcb, accurate: AccurateEcn, ctl: number): number {
  if ((accurate.broken & (Broken.ACE_SENT | Broken.ACE_RECEIVED)) === 0) tcb.ecn.codepoint = Codepoint.ECT0
  if ((ctl & ACE_MASK) !== 0) return ctl
  accurate.untold = 0
  return withAce(ctl, ACE_FIRST + (tcb.ecn.counts?.receivedCe ?? 0))
}

/** Control bits of a segment that says nothing new: ACK, and the count of marks that is known already. */
export function foreseenBits(tcb: Tcb): number {
  return tcb.ecn.accurate === null ? Ctl.ACK : withAce(Ctl.ACK, ACE_FIRST + tcb.recovery.deliveredCe)
}

/** CE marks that are remembered as untold at most. */
const UNTOLD_MOST = 15
/** The counters of octets are told at least when they pass a multiple of this. */
const OCTETS_TOLD = 22

/** An acceptable segment of an open connection arrived: its codepoint counts, whatever was agreed (RFC 9768 §2.2). */
export function countCodepoint(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const ecn = tcb.ecn
  const codepoint = ip.tos & 3
  ecn.arrived = codepoint
  if (codepoint !== Codepoint.NOT_ECT) count(ecn, codepoint, segment)
  const { accurate } = ecn
  if (accurate === null) return
  const changed = accurate.last !== codepoint
  if (!changed && codepoint !== Codepoint.CE) return
  accurate.last = codepoint
  // The peer cannot tell which of two codepoints came when, unless it hears of the change itself.
  if (changed) tcb.acknowledging.atOnce = true
  accurate.demand = 2
}

function count(ecn: Ecn, codepoint: number, { dataLength: octets, segments }: TcpSegment): void {
  const counts = ecn.counting()
  const { accurate } = ecn
  if (!ecn.on) ecn.seen = true
  if (codepoint === Codepoint.CE) {
    counts.receivedCe += segments
    if (accurate !== null) accurate.untold = Math.min(accurate.untold + segments, UNTOLD_MOST)
  }
  if (octets === 0) return
  const index = codepoint - 1
  const before = counts.received[index] as number
  counts.received[index] = before + octets
  if (accurate === null) return
  // The option's fields stand in this order; those behind may stay away.
  const place = codepoint === Codepoint.ECT1 ? 1 : codepoint === Codepoint.CE ? 2 : 3
  accurate.fieldsLeast = Math.max(accurate.fieldsLeast, place)
  if (before >>> OCTETS_TOLD !== (counts.received[index] as number) >>> OCTETS_TOLD)
    accurate.demand = Math.max(accurate.demand, 1)
}

/** The peer has reduced its window (RFC 3168 §6.1.3): the echo ends. */
export function takeReduction(tcb: Tcb, segment: TcpSegment): void {
  if (!tcb.ecn.on || (segment.ctl & Ctl.CWR) === 0) return
  tcb.ecn.echo = false
  // The peer's window may be down to one segment: it waits for this ACK.
  if (segment.len > 0) tcb.acknowledging.atOnce = true
}

/** Text was taken: CE is echoed until the peer has reduced its window (RFC 3168 §6.1.3). */
export function takeMark(tcb: Tcb): void {
  const ecn = tcb.ecn
  if (ecn.arrived === Codepoint.NOT_ECT) {
    // Where marked packets came before, this one looks like a retransmission.
    if (ecn.seen && (ecn.on || ecn.accurate !== null)) stopDelaying(tcb, 2)
    return
  }
  if (!ecn.on) return
  ecn.seen = true
  if (ecn.arrived !== Codepoint.CE || ecn.echo) return
  stopDelaying(tcb, 2)
  // SHLD-8: marks are echoed
  ecn.echo = true
}
