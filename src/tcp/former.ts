import type { Tcb } from './tcb.ts'

/**
 * A socket's next connection goes on with what its last one has measured: when one is dissolved (AF_UNSPEC) Linux clears the numbers, and none of these.
 * @param former the last connection, which is over
 */
export function goOnFrom(tcb: Tcb, former: Tcb): void {
  tcb.minRtt = former.minRtt
  tcb.roundTrips = former.roundTrips
  tcb.recovery.rateDelivered = former.recovery.rateDelivered
  tcb.recovery.rateIntervalUs = former.recovery.rateIntervalUs
  tcb.recovery.rateAppLimited = former.recovery.rateAppLimited
  tcb.congestion.pacingRate = former.congestion.pacingRate
  tcb.recovery.reordering = former.recovery.reordering
  // How much of a packet's memory is its text: the first window follows from it.
  tcb.autotuning.share = former.autotuning.share
  tcb.sendingTime = former.sendingTime
  if (tcb.host.policy.tosHasCodepoint) tcb.ecn.codepoint = former.ecn.codepoint
  tcb.lastDataSentAt = former.lastDataSentAt
  tcb.lastAckReceivedAt = former.lastAckReceivedAt
}
