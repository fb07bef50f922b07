import type { TcpSegment } from '../../wire/index.ts'
import { algorithm } from '../congestion/algorithms.ts'
import { THRESHOLD_INFINITE } from '../congestion/congestion.ts'
import { firstWindow, initialSegments, oneSegment } from '../congestion/unit.ts'
import { knownMss } from '../negotiate.ts'
import { TIMESTAMPS_LENGTH } from '../output/options.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import { endTimeouts } from '../recovery/timeout.ts'
import type { Tcb } from '../tcb.ts'

/** The path is not judged by a SYN that was lost, as long as `becomeEstablished` does not. @returns whether it was lost */
export function forgiveLostSyn(tcb: Tcb): boolean {
  if (tcb.recovery.phase !== Phase.LOSS) return false
  tcb.recovery.phase = Phase.OPEN
  tcb.congestion.window = tcb.host.config.initialWindow
  tcb.congestion.threshold = THRESHOLD_INFINITE
  return true
}

/** RFC 5681 §3.1: a path that lost the SYN begins with one segment. Or that of a listener does: to the BSDs what a timeout makes of ours is no sign of it any more. */
export function beginBehindLostSyn(tcb: Tcb): void {
  const { congestion, active, host } = tcb
  if (!active || !host.policy.lostSynCostsThreshold) {
    congestion.window = oneSegment(tcb)
    return
  }
  congestion.window = firstWindow(tcb, initialSegments(tcb))
  algorithm(tcb).lost(tcb)
  congestion.threshold = 2 * (knownMss(tcb) - lengthOfOffer(tcb))
}

/** Octets of options that the BSDs reckon with in a SYN: where timestamps are offered they leave the MSS out. */
function lengthOfOffer({ offered, options }: Tcb): number {
  if (options.noOptions) return 0
  return (offered.timestamps ? TIMESTAMPS_LENGTH : 4) + (offered.scale >= 0 ? 4 : 0) + (offered.sack ? 4 : 0)
}

/** Without SACK a loss lasts until something behind it is acknowledged (RFC 6582 §3.2, step 4): a late SYN-ACK must not look like news. */
export function holdLoss(tcb: Tcb): void {
  if (tcb.sackPermitted) endTimeouts(tcb)
  else stayInLoss(tcb)
}

function stayInLoss({ recovery, snd }: Tcb): void {
  recovery.phase = Phase.LOSS
  recovery.highSeq = snd.nxt
}

/**
 * SYNs have crossed, and one of ours was lost. Nothing was sent again but that, so Linux takes the loss back once it is acknowledged; without SACK
 * only if text of Fast Open is not, which is on its way still, it thinks.
 * @param more something was sent beside that
 */
export function settleCrossedLoss(tcb: Tcb, acknowledged: boolean, more: boolean): void {
  tcb.ecn.mustTellReduced = false
  if (acknowledged) tcb.sent.unmarkLost()
  if (acknowledged && (tcb.sackPermitted || more)) {
    tcb.host.counters.TCPLossUndo++
    tcb.congestion.window = Math.max(tcb.congestion.window, tcb.host.config.initialWindow)
  }
  if (acknowledged) holdLoss(tcb)
  else stayInLoss(tcb)
}

/** F-RTO (RFC 5682): the text of a SYN that was lost is acknowledged, and it was sent but once: so the first SYN did arrive (Linux). */
export function wasNeedless(tcb: Tcb, segment: TcpSegment): boolean {
  if (tcb.recovery.phase !== Phase.LOSS || !tcb.sackPermitted || segment.ack !== tcb.snd.nxt) return false
  const text = tcb.sent.head?.next ?? null
  return text !== null && !text.everRetransmitted && tcb.host.config.frto
}

/** The path lost nothing: however often the SYN was sent, it costs no window. */
export function takeBackLoss(tcb: Tcb): void {
  const { counters, config } = tcb.host
  counters.TCPLossUndo++
  counters.TCPSpuriousRTOs++
  tcb.congestion.window = Math.max(tcb.congestion.window, config.initialWindow)
}
