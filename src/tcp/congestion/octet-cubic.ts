import { type Micros, MS, SECOND } from '../../base/index.ts'
import { pipe } from '../octets/pipe.ts'
import type { Tcb } from '../tcb.ts'
import type { CongestionControl } from './interface.ts'
import { shareOfWindow, slowStartByOctets, thresholdOfTimeout, windowInAvoidance } from './octet-reno.ts'
import { oneSegment } from './unit.ts'

/**
 * CUBIC (RFC 9438) as FreeBSD has it: no HyStart, slow start until eight round trips were measured, byte counting without bounds on it, and a
 * window that goes up to the curve by a share of a segment with each ACK. Windows are octets, and fractions are 256ths, as there.
 */

/** What fractions are parts of. */
const WHOLE = 256
/** β = 0.7 and C = 0.4 (RFC 9438 §5). */
const BETA = 179
const SCALE = 102
/** (1 + β)/2, by which fast convergence takes W_max down. */
const CONVERGENCE = 217
/** Percent that Reno takes. */
const RENO_SHARE = 50
/** Round trips before the curve counts. */
const SAMPLES_LEAST = 8
const INFINITE = 0xffff_ffff

/** Where it stands on the curve; windows in octets. */
interface Curve {
  /** When this epoch began, and with which window. */
  epoch: Micros
  windowAtEpoch: number
  /** W_max. */
  windowMax: number
  /** K, in 256ths of a second. */
  k: number
}

/** Memory of one connection. */
interface OctetCubic extends Curve {
  /** A new epoch begins with the next ACK in congestion avoidance: there was slow start, a loss or idleness before. */
  begins: boolean
  /** A timeout was why. */
  timedOut: boolean
  /** Reno has been faster, and a loss costs as much as there. */
  friendly: boolean
  /** The least smoothed round trip; 0: none was taken yet. */
  least: Micros
  /** The mean of the smoothed round trips between reductions. */
  meanRtt: Micros
  sum: Micros
  count: number
  /** As it was before the first timeout of a series. */
  before: Curve | null
}

function memory(tcb: Tcb): OctetCubic {
  tcb.congestion.memory ??= {
    epoch: 0,
    windowAtEpoch: 0,
    windowMax: INFINITE,
    k: 0,
    begins: false,
    timedOut: false,
    friendly: false,
    least: 0,
    meanRtt: 1,
    sum: 0,
    count: 0,
    before: null,
  } satisfies OctetCubic
  return tcb.congestion.memory as OctetCubic
}

const part = (window: number, share: number): number => Math.floor((window * share) / WHOLE)

/** RFC 9438 §4.2: when the window would be at W_max again. The cube root is a parabola between an eighth and one. */
function whenBack(tcb: Tcb, windowMax: number, from: number): number {
  const mss = oneSegment(tcb)
  const segments = Math.floor(windowMax / mss) - Math.floor(from / mss)
  if (segments <= 0) return 0
  let s = Math.floor((segments * WHOLE * WHOLE) / SCALE)
  let doublings = 0
  for (; s >= WHOLE; s = Math.floor(s / 8)) doublings++
  const root = Math.floor((s * 275) / WHOLE) + 98 - Math.floor(Math.floor((s * s * 120) / WHOLE) / WHOLE)
  return root * 2 ** doublings
}

/** The kernel's clock counts ms. */
const ticks = (us: Micros): Micros => Math.floor(us / MS) * MS

function startEpoch(tcb: Tcb, m: OctetCubic): void {
  const { window } = tcb.congestion
  m.epoch = tcb.host.now
  m.windowAtEpoch = window
  m.k = whenBack(tcb, m.windowMax, window)
  m.begins = false
  // RFC 9438 §4.8: a timeout is no measure of what the path bears.
  if (m.timedOut) {
    m.windowMax = window
    m.k = 0
  }
  m.timedOut = false
}

/** RFC 9438 §4.2: the curve's window by now and a round trip. */
function onCurve(tcb: Tcb, m: OctetCubic): number {
  const elapsed = ticks(tcb.host.now) - ticks(m.epoch) + m.meanRtt
  const t = Math.trunc((elapsed * WHOLE - m.k * SECOND) / SECOND)
  return Math.max(Math.floor((t ** 3 * SCALE) / WHOLE ** 4) * oneSegment(tcb) + m.windowMax, 0)
}

function followCurve(tcb: Tcb, m: OctetCubic): void {
  const c = tcb.congestion
  if (m.begins) startEpoch(tcb, m)
  const before = c.window
  const reno = windowInAvoidance(tcb)
  const curve = onCurve(tcb, m)
  if (curve < reno) {
    c.window = reno
    m.friendly = true
    return
  }
  const target = Math.min(Math.max(curve, before), Math.floor((before * 3) / 2))
  const share = Math.floor(((target - before) * WHOLE) / before)
  c.window = before + part(oneSegment(tcb), share)
}

/** FreeBSD's default since 14, as of 15. */
export const octetCubic: CongestionControl = {
  name: 'cubic',

  threshold(tcb: Tcb): number {
    const m = memory(tcb)
    const { window } = tcb.congestion
    // RFC 9438 §4.7, fast convergence: someone else needs room; so does the first loss.
    m.windowMax = window < m.windowMax ? part(window, CONVERGENCE) : window
    m.begins = true
    if (m.friendly || tcb.octets === null) return shareOfWindow(tcb, RENO_SHARE)
    return part(pipe(tcb, tcb.octets), BETA)
  },

  opened(tcb: Tcb, octets: number, resending: boolean): void {
    const m = memory(tcb)
    const c = tcb.congestion
    // Also where too little is known of the path for the curve.
    if (c.window <= c.threshold || m.least === 0) {
      m.begins = true
      slowStartByOctets(tcb, octets, resending)
    } else followCurve(tcb, m)
  },

  unused(tcb: Tcb): void {
    memory(tcb).begins = true
  },

  undone(tcb: Tcb): number {
    const m = memory(tcb)
    m.timedOut = false
    Object.assign(m, m.before)
    return tcb.congestion.window
  },

  measured(): void {
    // What counts is the smoothed round trip with each ACK.
  },

  heard(tcb: Tcb): void {
    const m = memory(tcb)
    if (tcb.octets === null || tcb.octets.samples < SAMPLES_LEAST) return
    if (m.least === 0 || tcb.srtt < m.least) {
      m.least = Math.max(tcb.srtt, 1)
      m.meanRtt = Math.max(m.meanRtt, m.least)
    }
    m.sum += tcb.srtt
    m.count++
  },

  lost(tcb: Tcb): void {
    const m = memory(tcb)
    const { epoch, windowAtEpoch, windowMax, k } = m
    if (tcb.backoff === 0) m.before = { epoch, windowAtEpoch, windowMax, k }
    m.timedOut = true
    thresholdOfTimeout(tcb, BETA / WHOLE)
  },

  recovered(tcb: Tcb): void {
    tcb.congestion.window = Math.max(part(memory(tcb).windowMax, BETA), 2 * oneSegment(tcb))
  },

  episodeOver(tcb: Tcb): void {
    const m = memory(tcb)
    if (m.count > 0) m.meanRtt = Math.floor(m.sum / m.count)
    m.sum = 0
    m.count = 0
  },

  resumed(tcb: Tcb): void {
    const m = memory(tcb)
    m.windowMax = Math.max(m.windowMax, tcb.congestion.window)
    m.k = whenBack(tcb, m.windowMax, m.windowAtEpoch)
    m.epoch = tcb.host.now
  },
}
