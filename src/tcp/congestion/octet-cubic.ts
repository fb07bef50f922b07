import { type Micros, MS, SECOND } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'
import type { CongestionControl } from './interface.ts'
import { newReno } from './new-reno.ts'
import { endsRecovery, slowStartByOctets, thresholdOfTimeout } from './octet-reno.ts'
import { oneSegment } from './unit.ts'

/**
 * CUBIC as FreeBSD has it: no HyStart, half the window for the first loss, slow start until eight round trips were measured, and windows
 * that follow the curve at once instead of ACK by ACK. Windows are octets, and fractions are 256ths, as there.
 */

/** What fractions are parts of. */
const WHOLE = 256
/** β = 0.7 and C = 0.4 (RFC 9438 §5). */
const BETA = 179
const SCALE = 102
/** (1 + β)/2, by which fast convergence takes W_max down. */
const CONVERGENCE = 217
/** 3·(1 − β) and 1 + β, the pace of Reno. */
const RENO_GAIN = 231
const RENO_COST = 435
/** Round trips before the curve counts. */
const SAMPLES_LEAST = 8

/** Memory of one connection; windows in octets. */
interface OctetCubic {
  /** When this epoch began. */
  epoch: Micros
  /** W_max. */
  windowMax: number
  /** K, in 256ths of a second. */
  k: number
  /** The epoch's place on the curve is still to be found: slow start came before. */
  wasSlow: boolean
  /** So it is where something else than the window was the limit for a while. */
  wasUnused: boolean
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

function memory(tcb: Tcb): OctetCubic {
  const c = tcb.congestion
  c.memory ??= {
    epoch: tcb.host.now,
    windowMax: c.window,
    k: 0,
    wasSlow: false,
    wasUnused: false,
    timedOut: false,
    congested: false,
    formerMax: 0,
    lostAt: -1,
    samples: 0,
    meanRtt: 0,
    sum: 0,
    count: 0,
  } satisfies OctetCubic
  return c.memory as OctetCubic
}

const part = (window: number, share: number): number => Math.floor((window * share) / WHOLE)

/** RFC 9438 §4.2: when the window would be at W_max again. The cube root is a parabola between an eighth and one. */
function whenBack(tcb: Tcb, windowMax: number): number {
  let s = Math.floor((Math.floor(windowMax / oneSegment(tcb)) * (WHOLE - BETA) * WHOLE) / SCALE)
  let doublings = 0
  for (; s >= WHOLE; s = Math.floor(s / 8)) doublings++
  const root = Math.floor((s * 275) / WHOLE) + 98 - Math.floor(Math.floor((s * s * 88) / WHOLE) / WHOLE)
  return root * 2 ** doublings
}

function startEpoch(tcb: Tcb, m: OctetCubic): void {
  m.epoch = tcb.host.now
  m.k = whenBack(tcb, m.windowMax)
}

/** The round trips of the epoch that ends. */
function averageEpoch(m: OctetCubic): void {
  if (m.count > 0) m.meanRtt = m.sum / m.count
  m.sum = 0
  m.count = 0
}

/** The kernel's clock counts ms. */
const ticks = (us: Micros): Micros => Math.floor(us / MS) * MS

function followCurve(tcb: Tcb, m: OctetCubic): void {
  const c = tcb.congestion
  const mss = oneSegment(tcb)
  if (m.wasSlow && m.timedOut) {
    m.windowMax = c.window
    m.k = 0
  } else if (m.wasSlow || m.wasUnused) {
    startEpoch(tcb, m)
    m.wasUnused = false
  }
  m.wasSlow = false
  m.timedOut = false
  const elapsed = ticks(tcb.host.now) - ticks(m.epoch)
  const rtt = Math.max(ticks(m.meanRtt), MS)
  // RFC 9438 §4.3: what Reno would have.
  const gained = Math.floor((RENO_GAIN * elapsed * mss * WHOLE) / (RENO_COST * rtt))
  const reno = Math.floor((m.windowMax * BETA + gained) / WHOLE)
  const t = Math.trunc(((elapsed + rtt) * WHOLE - m.k * SECOND) / SECOND)
  const curve = Math.floor((t ** 3 * SCALE) / WHOLE ** 4) * mss + m.windowMax
  c.window = Math.max(c.window, reno, curve)
  if (!m.congested && m.windowMax < c.window) {
    m.windowMax = c.window
    m.k = whenBack(tcb, m.windowMax)
  }
}

/** FreeBSD's default since 14. */
export const octetCubic: CongestionControl = {
  name: 'cubic',

  threshold(tcb: Tcb): number {
    const m = memory(tcb)
    const { window } = tcb.congestion
    averageEpoch(m)
    m.formerMax = m.windowMax
    m.lostAt = tcb.host.now
    // RFC 9438 §4.7, fast convergence: someone else needs room.
    const reached = window < m.windowMax ? part(window, CONVERGENCE) : window
    m.windowMax = m.congested ? reached : part(reached, BETA)
    const least = m.congested ? part(reached, BETA) : Math.floor(reached / 2)
    m.congested = true
    startEpoch(tcb, m)
    return Math.max(least, 2 * oneSegment(tcb))
  },

  opened(tcb: Tcb, octets: number, resending: boolean): void {
    const m = memory(tcb)
    const c = tcb.congestion
    if (endsRecovery(tcb)) return
    // Also where too little is known of the path for the curve.
    if (c.window <= c.threshold || m.samples < SAMPLES_LEAST) {
      m.wasSlow = true
      slowStartByOctets(tcb, octets, resending)
    } else followCurve(tcb, m)
  },

  unused(tcb: Tcb): void {
    memory(tcb).wasUnused = true
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
    m.timedOut = true
    m.congested = true
    // A timeout is no measure of what the path bears.
    if (m.lostAt === tcb.host.now) m.windowMax = m.formerMax
    thresholdOfTimeout(tcb, BETA / WHOLE)
  },

  recovered(tcb: Tcb): void {
    tcb.congestion.window = Math.max(part(memory(tcb).windowMax, BETA), 2 * oneSegment(tcb))
  },

  resumed(tcb: Tcb): void {
    const m = memory(tcb)
    m.windowMax = Math.max(m.windowMax, tcb.congestion.window)
    startEpoch(tcb, m)
  },
}
