import { algorithm } from '../congestion/algorithms.ts'
import { oneSegment } from '../congestion/unit.ts'
import type { Tcb } from '../tcb.ts'
import type { OctetSender } from './octet-sender.ts'
import { goOnFrom } from './pipe.ts'
import { showPhase } from './reduction.ts'

/**
 * The retransmission timer has run out (RFC 5681 §3.1, equation 4; RFC 6298 §5.4): sending goes on at SND.UNA, with one segment. What blocks told
 * is believed until the next timeout; the first of a series may be taken back.
 */
export function goBack(tcb: Tcb, octets: OctetSender): void {
  const { congestion: c, host, snd } = tcb
  const { recover, recovering, reducing, board } = octets
  if (tcb.backoff === 0) {
    octets.before = { window: c.window, threshold: c.threshold, recover, recovering, reducing }
    const tick = host.policy.timestampTickUs
    octets.needlessUntil = (Math.floor(host.now / tick) + (octets.srtt >> 6)) * tick
    board.startOver()
  } else {
    octets.before = null
    board.clear()
  }
  octets.resentAt = host.now
  octets.recover = snd.nxt
  octets.duplicates = 0
  octets.recovering = false
  octets.reducing = false
  c.credit = 0
  tcb.timedAt = -1
  tcb.ecn.mustTellReduced = tcb.ecn.on
  algorithm(tcb).lost(tcb)
  c.window = oneSegment(tcb)
  goOnFrom(tcb, octets, snd.una)
  showPhase(tcb, octets)
}
