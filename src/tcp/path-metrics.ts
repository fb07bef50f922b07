import { THRESHOLD_INFINITE } from './congestion/congestion.ts'
import type { PathMetrics } from './learned-paths.ts'
import { Phase } from './recovery/loss-recovery.ts'
import type { Tcb } from './tcb.ts'
import { rtoMin } from './timeout-bounds.ts'

/**
 * A connection opens: what was learned before stands in for what it does not know yet.
 * @returns whether the first timeout follows from it
 */
export function takePathMetrics(tcb: Tcb): boolean {
  const { host, recovery, congestion } = tcb
  const known = host.learnedPaths.of(tcb, false)
  if (known === null) return false
  if (known.threshold > 0 && !host.config.noThresholdSave) congestion.threshold = known.threshold
  if (known.reordering > 0) recovery.reordering = known.reordering
  // A SYN is small, and quicker than what follows: only the first timeout goes by it.
  if (known.srttEighths <= tcb.srttEighths) return false
  const rtt = Math.floor(known.srttEighths / 8)
  tcb.rto = rtt + Math.max(2 * rtt, rtoMin(tcb))
  return true
}

/** A connection ends in good order: what it learned is kept. */
export function savePathMetrics(tcb: Tcb): void {
  const { host, srttEighths } = tcb
  if (host.config.noMetricsSave) return
  if (tcb.backoff > 0 || srttEighths === 0) {
    // It could not measure at the end: what is known of the round trip is doubtful.
    const doubtful = host.learnedPaths.of(tcb, false)
    if (doubtful !== null) doubtful.srttEighths = 0
    return
  }
  const known = host.learnedPaths.of(tcb, true)
  if (known === null) return
  saveRoundTrip(known, srttEighths, tcb.deviationQuarters)
  saveWindow(tcb, known)
  known.at = host.now
}

/** Up at once, down by eighths and quarters: an estimate too large does less harm than one too small. */
function saveRoundTrip(known: PathMetrics, srttEighths: number, deviation: number): void {
  const shorter = known.srttEighths - srttEighths
  known.srttEighths = shorter <= 0 ? srttEighths : known.srttEighths - (shorter >> 3)
  const spread = Math.max(Math.abs(shorter) >> 1, deviation)
  const before = known.deviationQuarters
  known.deviationQuarters = spread >= before ? spread : before - ((before - spread) >> 2)
}

function saveWindow({ congestion, recovery, host }: Tcb, known: PathMetrics): void {
  const { window, threshold } = congestion
  const keeps = !host.config.noThresholdSave
  if (threshold >= THRESHOLD_INFINITE) {
    // Slow start has not ended: the window was at least not too large.
    if (keeps && known.threshold > 0 && window >> 1 > known.threshold) known.threshold = window >> 1
    known.window = Math.max(known.window, window)
  } else if (window >= threshold && recovery.phase === Phase.OPEN) {
    if (keeps) known.threshold = Math.max(window >> 1, threshold)
    known.window = (known.window + window) >> 1
  } else {
    // In the middle of something: of the window only the threshold means anything.
    known.window = (known.window + threshold) >> 1
    if (keeps && known.threshold > 0 && threshold > known.threshold) known.threshold = threshold
    const { reordering } = recovery
    if (known.reordering < reordering && reordering !== host.config.reordering) known.reordering = reordering
  }
}
