import { SECOND } from '../../base/index.ts'
import { usualMss } from '../output/mss.ts'
import type { Tcb } from '../tcb.ts'
import { oneSegment } from './unit.ts'

/**
 * The window is set: the pace that would spread it over a round trip, and somewhat more, so that the pace is never what limits. In slow
 * start the window doubles meanwhile. Only SO_MAX_PACING_RATE has it hold back what is sent, but bursts are as long as it fills a millisecond, and TCP_INFO tells it.
 * @param window if not that of the connection
 */
export function updatePacingRate(tcb: Tcb, window: number = tcb.congestion.window): void {
  const { congestion: c, host, sent } = tcb
  const { pacingRatioSlowStart, pacingRatioAvoidance } = host.config
  const percent = window < Math.floor(c.threshold / 2) ? pacingRatioSlowStart : pacingRatioAvoidance
  const octets = usualMss(tcb) * Math.max(window / oneSegment(tcb), sent.packetsOut)
  // While no round trip is known, what would be the pace of the shortest there is.
  const eighths = Math.max(tcb.srttEighths > 0 ? tcb.srttEighths : tcb.srtt * 8, 1)
  c.pacingRate = Math.min(Math.floor((octets * (SECOND / 100) * 8 * percent) / eighths), tcb.options.maxPacingRate)
}
