import { elapsed } from '../jiffies.ts'
import { currentThreshold } from '../recovery/reduction.ts'
import type { Tcb } from '../tcb.ts'
import { algorithm } from './algorithms.ts'
import { firstWindow, initialSegments } from './unit.ts'

/**
 * RFC 5681 §4.1, RFC 2861: after more than one RTO without sending, the old window says little about the path. It is halved for
 * each RTO that passed, down to the initial one; the threshold remembers where it had been.
 */
export function restartAfterIdle(tcb: Tcb): void {
  if (!tcb.host.config.slowStartAfterIdle || tcb.sent.packetsOut > 0) return
  if (tcb.host.policy.windowGrowsUnused) return restartAtOnce(tcb)
  let idle = elapsed(tcb.host, tcb.lastDataSentAt)
  if (idle <= tcb.rto) return
  const c = tcb.congestion
  const restart = Math.min(initialSegments(tcb), c.window)
  c.threshold = currentThreshold(tcb)
  for (idle -= tcb.rto; idle > 0 && c.window > restart; idle -= tcb.rto) c.window >>= 1
  c.window = Math.max(c.window, restart)
  c.stampedAt = tcb.host.now
  c.used = 0
}

/**
 * As if the connection were new, once nothing has come or nothing new has been sent for an RTO; three quarters of where the window was remain
 * the threshold.
 */
function restartAtOnce(tcb: Tcb): void {
  const { now } = tcb.host
  if (now - Math.min(tcb.lastSegmentReceivedAt, tcb.lastDataSentAt) < tcb.rto) return
  const c = tcb.congestion
  algorithm(tcb).resumed(tcb)
  c.threshold = Math.max(c.threshold, c.window - (c.window >> 2))
  c.window = Math.min(firstWindow(tcb, tcb.host.config.initialWindow), c.window)
}
