import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { stopDelaying } from '../output/quick-acks.ts'
import type { Tcb } from '../tcb.ts'
import { ACE_FIRST, Codepoint, withAce } from './accurate.ts'
import type { Ecn } from './ecn.ts'

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
  if (tcb.host.policy.ecnAsSaid !== null) return
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
  if (!tcb.ecn.on || (segment.ctl & Ctl.CWR) === 0 || tcb.host.policy.ecnAsSaid !== null) return
  tcb.ecn.echo = false
  // The peer's window may be down to one segment: it waits for this ACK.
  if (segment.len > 0) tcb.acknowledging.atOnce = true
}

/** Text was taken: CE is echoed until the peer has reduced its window (RFC 3168 §6.1.3). */
export function takeMark(tcb: Tcb): void {
  const ecn = tcb.ecn
  if (tcb.host.policy.ecnAsSaid !== null) return
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
