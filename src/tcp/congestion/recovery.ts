import { seqGeq } from '../../base/index.ts'
import { growSendBuffer } from '../output/send-space.ts'
import type { Tcb } from '../tcb.ts'
import { Recovery } from './congestion.ts'
import { newReno } from './new-reno.ts'

/**
 * Loss detection and recovery without SACK: RFC 5681 §3.2 and RFC 6582. The bookkeeping counts segments: a duplicate ACK says
 * that one segment has left the network, so `inFlight` shrinks by it and a new one may go; nothing needs to be inflated.
 */

/** An ACK that repeats the last one while data is in flight (RFC 5681 §2). */
export function onDuplicateAck(tcb: Tcb): void {
  const c = tcb.congestion
  const sent = tcb.sent
  if (sent.sackedOut + sent.lostOut < sent.packetsOut) sent.sackedOut++
  if (c.phase === Recovery.RECOVERY || c.phase === Recovery.LOSS) return
  if (sent.sackedOut >= c.reordering) enterRecovery(tcb)
  else c.phase = Recovery.DISORDER
}

function enterRecovery(tcb: Tcb): void {
  const c = tcb.congestion
  // RFC 6582 §3.2 step 1: losses of the window that already was recovered do not halve again.
  if (c.recover !== 0 && !seqGeq(tcb.snd.una, c.recover)) return
  tcb.host.counters.TCPRenoRecovery++
  tcb.host.counters.TCPFastRetrans++
  c.recover = tcb.snd.nxt
  c.threshold = newReno.threshold(tcb)
  c.window = c.threshold
  c.credit = 0
  c.phase = Recovery.RECOVERY
  markHeadLost(tcb)
}

function markHeadLost(tcb: Tcb): void {
  const head = tcb.sent.head
  if (head === null) return
  const sent = tcb.sent
  sent.markLost(head)
  if (sent.sackedOut + sent.lostOut > sent.packetsOut) sent.sackedOut = sent.packetsOut - sent.lostOut
}

/** SND.UNA has moved by `segments` whole segments: end, continue or stay out of recovery, and open the window. */
export function onNewAck(tcb: Tcb, segments: number): void {
  const c = tcb.congestion
  const sent = tcb.sent
  if (c.phase === Recovery.RECOVERY) {
    if (seqGeq(tcb.snd.una, c.recover)) {
      sent.sackedOut = 0
      c.window = c.threshold
      c.phase = Recovery.OPEN
      return
    }
    // Partial ACK (RFC 6582 §3.2 step 3): one of the segments counted by duplicate ACKs filled the hole, the next is lost.
    sent.sackedOut = Math.max(0, sent.sackedOut - Math.max(0, segments - 1))
    markHeadLost(tcb)
    return
  }
  sent.sackedOut = 0
  if (c.phase === Recovery.LOSS && seqGeq(tcb.snd.una, c.recover)) c.phase = Recovery.OPEN
  if (c.phase === Recovery.DISORDER) c.phase = Recovery.OPEN
  if (!c.limited && c.phase !== Recovery.LOSS) return
  newReno.opened(tcb, segments)
  growSendBuffer(tcb)
}

/** The retransmission timer has run out (RFC 5681 §3.1, equation 4): one segment of window, all in flight is doubted. */
export function onTimeout(tcb: Tcb): void {
  const c = tcb.congestion
  if (c.phase !== Recovery.LOSS || seqGeq(tcb.snd.una, c.recover)) {
    if (tcb.retransmits === 0) c.threshold = newReno.threshold(tcb)
    c.recover = tcb.snd.nxt
  }
  c.window = 1
  c.credit = 0
  c.phase = Recovery.LOSS
  tcb.sent.markAllLost()
}
