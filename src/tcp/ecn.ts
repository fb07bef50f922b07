import { Ctl, type IpHeader, type TcpSegment } from '../wire/index.ts'
import { stopDelaying } from './output/ack.ts'
import type { Tcb } from './tcb.ts'

/** ECN codepoints of the IP header (RFC 3168 §5). */
const NOT_ECT = 0
const ECT0 = 2
const CE = 3

/** Explicit congestion notification (RFC 3168): what one connection knows of it. */
export class Ecn {
  /** Our SYN asks for it. */
  asked = false
  /** Both ends agreed to it. */
  on = false
  /** Sender: the window was reduced; the next new data carry CWR. */
  mustTellReduced = false
  /** Receiver: congestion was experienced; every ACK carries ECE until the peer says CWR. */
  echo = false
  /** Receiver: the path has carried an ECN codepoint; one without is remarkable. */
  seen = false
  /** Codepoint of the packet about to leave. */
  codepoint: number = NOT_ECT
}

/** RFC 3168 §6.1.1: a SYN asks with ECE and CWR; one that went unanswered asks no more (§6.1.1.1). */
export function synBits(tcb: Tcb, retransmission: boolean): number {
  const { ecn, ecnFallback, ecnRetries } = tcb.host.config
  if (ecn !== 1 || (retransmission && ecnFallback && tcb.retransmits > ecnRetries)) tcb.ecn.asked = false
  else if (!retransmission) tcb.ecn.asked = true
  return tcb.ecn.asked ? Ctl.ECE | Ctl.CWR : 0
}

/** A SYN for a listener, or one that crosses ours: we agree if the system may, and the SYN itself claims no codepoint. */
export function takeEcnSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const asks = (segment.ctl & (Ctl.ECE | Ctl.CWR)) === (Ctl.ECE | Ctl.CWR)
  tcb.ecn.on = asks && tcb.host.config.ecn > 0 && (ip.tos & CE) === NOT_ECT
}

/** The answer to our SYN: ECE alone agrees. */
export function takeEcnSynAck(tcb: Tcb, segment: TcpSegment): void {
  tcb.ecn.on = tcb.ecn.asked && (segment.ctl & (Ctl.ECE | Ctl.CWR)) === Ctl.ECE
}

/**
 * What a segment that is about to leave says: ECT on new data (§6.1.5: never on a retransmission or a pure ACK), CWR once after a
 * reduction, ECE while congestion is to be echoed.
 */
export function markEcn(tcb: Tcb, ctl: number, length: number, retransmission: boolean): number {
  const ecn = tcb.ecn
  ecn.codepoint = NOT_ECT
  if (!ecn.on || (ctl & Ctl.RST) !== 0) return ctl
  if ((ctl & Ctl.SYN) !== 0) return (ctl & Ctl.ACK) !== 0 ? ctl | Ctl.ECE : ctl
  let bits = ecn.echo ? ctl | Ctl.ECE : ctl
  if (length > 0 && !retransmission) {
    ecn.codepoint = ECT0
    if (ecn.mustTellReduced) {
      ecn.mustTellReduced = false
      bits |= Ctl.CWR
    }
  }
  return bits
}

/** Data arrived: CE is echoed until the peer has reduced its window (§6.1.3). */
export function takeCodepoint(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const ecn = tcb.ecn
  if (!ecn.on) return
  if ((segment.ctl & Ctl.CWR) !== 0) {
    ecn.echo = false
    // The peer's window may be down to one segment: it waits for this ACK.
    if (segment.len > 0) tcb.acknowledging.atOnce = true
  }
  if (segment.dataLength === 0) return
  const codepoint = ip.tos & CE
  if (codepoint === NOT_ECT) {
    if (ecn.seen) stopDelaying(tcb, 2)
    return
  }
  ecn.seen = true
  if (codepoint !== CE || ecn.echo) return
  stopDelaying(tcb, 2)
  ecn.echo = true
}
