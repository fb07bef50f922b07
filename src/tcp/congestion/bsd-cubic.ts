import { type Micros, SECOND } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'
import type { CongestionControl } from './interface.ts'
import { newReno, slowStart } from './new-reno.ts'

/**
 * CUBIC as FreeBSD has it: no HyStart, half the window for the first loss, slow start until eight round trips were measured, and windows
 * that follow the curve at once instead of ACK by ACK.
 */

/** β and C (RFC 9438 §5). */
const BETA = 0.7
const SCALE = 0.4
/** Round trips before the curve counts. */
const SAMPLES_LEAST = 8

/** Memory of one connection; windows in segments. */
interface BsdCubic {
  /** When this epoch began. */
  epoch: Micros
  /** W_max. */
  windowMax: number
  /** K, seconds. */
  k: number
  /** The epoch's place on the curve is still to be found: slow start came before. */
  wasSlow: boolean
  /** A timeout was why. */
  timedOut: boolean
  /** There has been a loss. */
  congested: boolean
  /** W_max before the last loss, and when that was. */
  formerMax: number
  lostAt: Micros
  samples: number
  /** The mean of the smoothed round trips since the last loss, or 0. */
  meanRtt: Micros
  sum: Micros
  count: number
}

function memory(tcb: Tcb): BsdCubic {
  const c = tcb.congestion
  c.memory ??= {
    epoch: tcb.host.now,
    windowMax: c.window,
    k: 0,
    wasSlow: false,
    timedOut: false,
    congested: false,
    formerMax: 0,
    lostAt: -1,
    samples: 0,
    meanRtt: 0,
    sum: 0,
    count: 0,
  } satisfies BsdCubic
  return c.memory as BsdCubic
}

/** RFC 9438 §4.2: when the window would be at W_max again. */
function whenBack(windowMax: number): number {
  return Math.cbrt((windowMax * (1 - BETA)) / SCALE)
}

function startEpoch(tcb: Tcb, m: BsdCubic): void {
  m.epoch = tcb.host.now
  m.k = whenBack(m.windowMax)
}

/** The round trips of the epoch that ends. */
function averageEpoch(m: BsdCubic): void {
  if (m.count > 0) m.meanRtt = m.sum / m.count
  m.sum = 0
  m.count = 0
}

function followCurve(tcb: Tcb, m: BsdCubic): void {
  const c = tcb.congestion
  if (m.wasSlow && m.timedOut) {
    m.windowMax = c.window
    m.k = 0
  } else if (m.wasSlow) startEpoch(tcb, m)
  m.wasSlow = false
  m.timedOut = false
  const elapsed = tcb.host.now - m.epoch
  const rtt = Math.max(m.meanRtt, 1)
  // RFC 9438 §4.3: what Reno would have.
  const reno = m.windowMax * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * (elapsed / rtt)
  const curve = m.windowMax + SCALE * ((elapsed + rtt) / SECOND - m.k) ** 3
  c.window = Math.max(c.window, Math.floor(Math.max(reno, curve)))
  if (!m.congested && m.windowMax < c.window) {
    m.windowMax = c.window
    m.k = whenBack(m.windowMax)
  }
}

/** FreeBSD's default since 14. */
export const bsdCubic: CongestionControl = {
  name: 'cubic',

  threshold(tcb: Tcb): number {
    const m = memory(tcb)
    const { window } = tcb.congestion
    averageEpoch(m)
    m.formerMax = m.windowMax
    m.lostAt = tcb.host.now
    // RFC 9438 §4.7, fast convergence: someone else needs room.
    const reached = window < m.windowMax ? (window * (1 + BETA)) / 2 : window
    m.windowMax = m.congested ? reached : reached * BETA
    const least = Math.max(Math.floor(m.congested ? reached * BETA : reached / 2), 2)
    m.congested = true
    startEpoch(tcb, m)
    return least
  },

  opened(tcb: Tcb, segments: number): void {
    const m = memory(tcb)
    const c = tcb.congestion
    const ends = c.credit < 0
    c.credit = 0
    if (ends) return
    if (c.inSlowStart || m.samples < SAMPLES_LEAST) {
      m.wasSlow = true
      if (c.inSlowStart) slowStart(tcb, segments)
      // Too little is known of the path for the curve.
      else c.window += Math.min(segments, tcb.host.config.abcLimit)
    } else followCurve(tcb, m)
  },

  undone: (tcb) => newReno.undone(tcb),

  measured(tcb: Tcb): void {
    const m = memory(tcb)
    if (++m.samples < SAMPLES_LEAST) return
    m.meanRtt = Math.max(m.meanRtt, m.count === 0 && !m.congested ? tcb.srtt : 0)
    m.sum += tcb.srtt
    m.count++
  },

  lost(tcb: Tcb): void {
    const m = memory(tcb)
    const c = tcb.congestion
    m.timedOut = true
    // A timeout is no measure of what the path bears.
    if (m.lostAt !== tcb.host.now) return
    m.windowMax = m.formerMax
    c.threshold = Math.max(Math.floor(c.window * BETA), 2)
  },

  recovered(tcb: Tcb): void {
    tcb.congestion.window = Math.max(Math.floor(memory(tcb).windowMax * BETA), 2)
  },

  resumed(tcb: Tcb): void {
    if (tcb.host.now - tcb.lastSegmentReceivedAt < tcb.rto) return
    const m = memory(tcb)
    m.windowMax = Math.max(m.windowMax, tcb.congestion.window)
    startEpoch(tcb, m)
  },
}
