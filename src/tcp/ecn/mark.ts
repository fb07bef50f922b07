import { Ctl } from '../../wire/index.ts'
import type { Tcb } from '../tcb.ts'
import { ACE_FIRST, ACE_MASK, type AccurateEcn, Broken, Codepoint, withAce } from './accurate.ts'
import { synAckBits } from './handshake.ts'

/**
 * What a segment that is about to leave says, and the codepoint it travels with.
 *
 * RFC 3168: ECT on new data (§6.1.5: never on a retransmission or a pure ACK), CWR once after a reduction, ECE while congestion is to be
 * echoed. RFC 9768: ECT on everything but SYN and SYN-ACK (§3.2.2.5 leaves it to the sender), and the count of CE marks in the ACE field,
 * unless `ctl` has something in it already.
 */
export function markEcn(tcb: Tcb, ctl: number, length: number, retransmission: boolean): number {
  const ecn = tcb.ecn
  const { ecnAsSaid, tosHasCodepoint } = tcb.host.policy
  if (!tosHasCodepoint) ecn.codepoint = Codepoint.NOT_ECT
  if ((ctl & Ctl.SYN) !== 0) return (ctl & Ctl.ACK) !== 0 ? synAckBits(tcb, ctl, retransmission) : ctl
  // To the BSDs the connection is over by now.
  if ((ctl & Ctl.RST) !== 0 && ecnAsSaid !== null) return ctl
  const isNew = length > 0 && !retransmission && !(tcb.probedAhead && ecnAsSaid !== null)
  if (ecn.accurate !== null) {
    if (ecnAsSaid !== null) return ecnAsSaid.mark(tcb, ecn.accurate, ctl, isNew)
    return markAccurately(tcb, ecn.accurate, ctl)
  }
  if (!ecn.on) return ctl
  let bits = ecn.echo ? ctl | Ctl.ECE : ctl
  ecn.codepoint = Codepoint.NOT_ECT
  if (isNew) {
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
  // But it tells what others do (BSD).
  if (tcb.host.policy.ecnAsSaid !== null) return ctl
  tcb.ecn.codepoint = tcb.ecn.kept
  return ctl & ~ACE_MASK
}

function markAccurately(tcb: Tcb, accurate: AccurateEcn, ctl: number): number {
  const mayBeMarked = (accurate.broken & (Broken.ACE_SENT | Broken.ACE_RECEIVED)) === 0
  tcb.ecn.codepoint = mayBeMarked ? Codepoint.ECT0 : Codepoint.NOT_ECT
  if ((ctl & ACE_MASK) !== 0) return ctl
  accurate.untold = 0
  return withAce(ctl, ACE_FIRST + (tcb.ecn.counts?.receivedCe ?? 0))
}
