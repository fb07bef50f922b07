import { seqGeq } from '../../base/index.ts'
import { elapsed } from '../jiffies.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import { currentThreshold } from '../recovery/reduction.ts'
import { Limit } from '../sending-time.ts'
import type { Tcb } from '../tcb.ts'
import { initialSegments } from './unit.ts'

/**
 * Congestion window validation (RFC 2861, RFC 7661): a window that was not used says nothing about the path. It grows only when
 * it was full, and shrinks while the program leaves it empty.
 */

/** Something was sent, or could not be. @param full the window is what held data back */
export function noteWindowUse(tcb: Tcb, full: boolean): void {
  const c = tcb.congestion
  // A SYN that is not counted was no packet of the window.
  const out = tcb.sent.packetsOut - tcb.sent.uncounted
  if (seqGeq(tcb.snd.una, c.usageEnd) || full || (!c.limited && out > c.packetsOutMost)) {
    c.limited = full
    c.packetsOutMost = out
    c.usageEnd = tcb.snd.nxt
  }
  if (tcb.host.policy.windowGrowsUnused || isWindowLimited(tcb)) {
    c.used = 0
    c.stampedAt = tcb.host.now
    return
  }
  if (out > c.used) c.used = out
  // Everything has left, and the program could write more, were there room.
  if (tcb.wantsSpace && tcb.sendBuffer.end === tcb.snd.nxt) tcb.sendingTime.raise(Limit.SEND_BUFFER, tcb.host.now)
  if (tcb.host.config.slowStartAfterIdle && elapsed(tcb.host, c.stampedAt) >= tcb.rto) shrink(tcb)
}

/**
 * Whether the window may grow: it was full, or in slow start at least half of it was in use.
 * @param wnd the peer's window by which that is judged, octets
 */
export function isWindowLimited(tcb: Tcb, wnd: number = tcb.snd.wnd): boolean {
  const c = tcb.congestion
  if (tcb.host.policy.windowGrowsUnused) return c.window <= wnd
  return c.limited || (c.inSlowStart && c.window < 2 * c.packetsOutMost)
}

/** For a whole RTO the program has used only part of the window: half of the rest is taken back. */
function shrink(tcb: Tcb): void {
  const c = tcb.congestion
  // A program that waits for room is no reason, nor is that none could write.
  if (tcb.recovery.phase === Phase.OPEN && !tcb.wantsSpace && tcb.owner !== null) {
    const used = Math.max(c.used, initialSegments(tcb))
    if (used < c.window) {
      c.threshold = currentThreshold(tcb)
      c.window = (c.window + used) >> 1
    }
    c.used = 0
  }
  c.stampedAt = tcb.host.now
}
