import type { Seq } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import { emit } from '../output/emit.ts'
import { sendReset } from '../output/reset.ts'
import { transmitOverridden } from '../output/send.ts'
import type { Tcb } from '../tcb.ts'
import { rtoMax } from '../timeout-bounds.ts'
import { startPersist } from './arm.ts'
import { orphanRetries } from './retransmit.ts'
import { giveUp } from './user.ts'

/**
 * RFC 9293 §3.8.6.1: the window is closed and nothing is in flight; the peer is asked whether it is open again. A peer that
 * answers may keep us waiting for ever (MUST-37); one that is silent is given up like any other.
 */
export function onPersistTimeout(tcb: Tcb): void {
  const overFlight = tcb.sent.packetsOut > 0
  if (overFlight && !tcb.host.policy.closedWindowEndsTimeouts) return endProbing(tcb)
  if (isSilent(tcb)) {
    if (tcb.orphan && !tcb.host.policy.resetsOnGivingUp) sendReset(tcb)
    return giveUp(tcb)
  }
  if (tcb.probesSince === 0) tcb.probesSince = Math.max(tcb.host.now, 1)
  // MUST-60: a cork, too, lets go
  if (!overFlight) transmitOverridden(tcb)
  if (tcb.sent.packetsOut > 0 && !overFlight) {
    tcb.backoff = 0
    return endProbing(tcb)
  }
  if (overFlight) sendOctet(tcb, tcb.snd.una)
  else sendProbe(tcb)
  tcb.probes++
  if (tcb.host.policy.boundedPersist === null && tcb.backoff < tcb.host.config.retries2) tcb.backoff++
  startPersist(tcb)
}

function endProbing(tcb: Tcb): void {
  tcb.probes = 0
  tcb.probesSince = 0
}

function isSilent(tcb: Tcb): boolean {
  const { config, now, policy } = tcb.host
  const user = tcb.options.userTimeoutUs
  // To whom a time was set, answers that leave the window closed are none.
  if (user > 0 && tcb.probesSince > 0 && now - tcb.probesSince >= user) return true
  if (policy.boundedPersist !== null) return policy.boundedPersist.isSilent(tcb)
  if (!tcb.orphan) return tcb.probes >= config.retries2
  const rto = Math.min(tcb.rto * 2 ** tcb.backoff, rtoMax(tcb))
  const most = orphanRetries(tcb, rto)
  return tcb.probes >= most || (policy.giveUp !== 'count' && rto >= rtoMax(tcb) && tcb.backoff >= most)
}

/** As far as the urgent pointer reaches. */
const URGENT_MOST = 0xff_ff

/** An old octet's number draws an ACK from any peer (Linux); the RFC sends one new octet beyond the window. */
function sendProbe(tcb: Tcb): void {
  if (tcb.host.policy.windowProbe === 'old' || tcb.sendBuffer.length === 0) {
    // What is urgent is told of by a probe of its own.
    const urgent = tcb.urgentSend && ((tcb.snd.up - tcb.snd.una) | 0) <= URGENT_MOST
    if (urgent) emit(tcb, tcb.snd.una, Ctl.ACK, 0, false)
    emit(tcb, (tcb.snd.una - 1) | 0, Ctl.ACK, 0, false)
    tcb.host.counters.TCPWinProbe += urgent ? 2 : 1
  } else {
    tcb.probedAhead = true
    sendOctet(tcb, tcb.snd.nxt)
  }
}

/** Asks where the peer's window stands, with a number that it has seen. */
export function probePeer(tcb: Tcb): void {
  emit(tcb, (tcb.snd.una - 1) | 0, Ctl.ACK, 0, false)
  tcb.host.counters.TCPWinProbe++
}

/** One octet of the send buffer; with PSH if it has no more, where segments are cut from it (BSD). */
function sendOctet(tcb: Tcb, seq: Seq): void {
  const last = tcb.host.policy.resendsFromBuffer && ((seq + 1) | 0) === tcb.sendBuffer.end
  emit(tcb, seq, last ? Ctl.ACK | Ctl.PSH : Ctl.ACK, 1, seq !== tcb.snd.nxt)
}
