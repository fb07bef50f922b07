import { type Micros, MS, SECOND } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'
import { cubeRoot } from './cube-root.ts'
import { CUBIC_SETTINGS } from './cubic-settings.ts'
import { type Hystart, newHystart, observeRoundTrip, resetHystart } from './hystart.ts'
import type { CongestionControl } from './interface.ts'
import { additiveIncrease, newReno, slowStart } from './new-reno.ts'

/**
 * CUBIC (RFC 9438) with HyStart, in the fixed-point numbers of Linux, whose windows then agree to the segment:
 * W(t) = C·(t − K)³ + W_max, with C = 0.4 and β = 0.7.
 */

const UNIT = 1024
/** Times are 1/1024 s inside the cube. */
const CLOCK = 1024
/** C = 0.4, as 41·10/1024. */
const SCALE = 410
/** 2^40 / SCALE: K³ = this · (W_max − W), in 1/1024 s. */
const CUBE = Math.floor(2 ** 40 / SCALE)
/** RFC 9438 §4.3: 8·(1 + β)/(3·(1 − β)), the pace at which Reno would grow. */
const RENO_PACE = Math.floor((8 * (UNIT + CUBIC_SETTINGS.beta)) / 3 / (UNIT - CUBIC_SETTINGS.beta))

/** Memory of one connection. */
interface Cubic {
  /** When this congestion-avoidance epoch began; 0: none has. */
  epoch: Micros
  /** W_max. */
  windowMax: number
  /** The window that the curve is centred on. */
  origin: number
  /** K, in 1/1024 s. */
  k: number
  /** ACKs per segment of growth. */
  per: number
  /** The window and the time of the last computation. */
  lastWindow: number
  lastAt: Micros
  /** What Reno would have: RFC 9438 §4.3. */
  acked: number
  renoWindow: number
  readonly hystart: Hystart
}

function memory(tcb: Tcb): Cubic {
  const c = tcb.congestion
  c.memory ??= {
    epoch: 0,
    windowMax: 0,
    origin: 0,
    k: 0,
    per: 0,
    lastWindow: 0,
    lastAt: 0,
    acked: 0,
    renoWindow: 0,
    hystart: newHystart(tcb),
  } satisfies Cubic
  return c.memory as Cubic
}

/** The curve's time goes in ticks. It never is 0, which means "none". */
function clock(tcb: Tcb): Micros {
  return Math.max(1, lastTick(tcb, tcb.host.now))
}

function lastTick({ host: { jiffies } }: Tcb, at: Micros): Micros {
  return jiffies === null ? Math.floor(at / MS) * MS : jiffies.last(at)
}

/** So many ticks at least as the delay is long. */
function wholeTicks({ host: { jiffies } }: Tcb, delay: Micros): Micros {
  return jiffies === null ? Math.ceil(delay / MS) * MS : jiffies.whole(delay)
}

/** RFC 9438 §4.2: how many ACKs the next segment of window takes. */
function update(tcb: Tcb, m: Cubic, acked: number): void {
  const { window } = tcb.congestion
  const now = clock(tcb)
  m.acked += acked
  if (m.lastWindow === window && now - m.lastAt <= SECOND / 32) return
  // Once a tick is often enough for the curve.
  if (m.epoch === 0 || now !== m.lastAt) followCurve(tcb, m, acked, now)
  if (tcb.host.config.cubic.tcpFriendliness !== 0) keepUpWithReno(m, window)
  m.per = Math.max(m.per, 2)
}

function followCurve(tcb: Tcb, m: Cubic, acked: number, now: Micros): void {
  const { window } = tcb.congestion
  m.lastWindow = window
  m.lastAt = now
  if (m.epoch === 0) {
    m.epoch = now
    m.acked = acked
    m.renoWindow = window
    m.k = m.windowMax <= window ? 0 : cubeRoot(CUBE * (m.windowMax - window))
    m.origin = Math.max(m.windowMax, window)
  }
  const t = Math.floor(((now - m.epoch + wholeTicks(tcb, m.hystart.delayMin)) * CLOCK) / SECOND)
  const off = Math.abs(t - m.k)
  const delta = Math.floor((SCALE * off ** 3) / 2 ** 40)
  const target = t < m.k ? m.origin - delta : m.origin + delta
  m.per = target > window ? Math.floor(window / (target - window)) : 100 * window
  // Nothing is known of the bandwidth yet: do not crawl.
  if (m.windowMax === 0 && m.per > 20) m.per = 20
}

function keepUpWithReno(m: Cubic, window: number): void {
  const step = (window * RENO_PACE) >> 3
  if (step <= 0) return
  const more = Math.floor(Math.max(0, m.acked - 1) / step)
  m.acked -= more * step
  m.renoWindow += more
  if (m.renoWindow > window) m.per = Math.min(m.per, Math.floor(window / (m.renoWindow - window)))
}

/** In 32 bits without a sign, whatever was set. */
function product(window: number, share: number): number {
  return Math.imul(window, share) >>> 0
}

/** Starts with nothing known. */
function forget(m: Cubic): void {
  m.epoch = 0
  m.windowMax = 0
  m.origin = 0
  m.k = 0
  m.per = 0
  m.lastWindow = 0
  m.lastAt = 0
  m.acked = 0
  m.renoWindow = 0
}

/** The default of most systems. */
export const cubic: CongestionControl = {
  name: 'cubic',

  begun(tcb: Tcb): void {
    const { hystart, initialSsthresh } = tcb.host.config.cubic
    if (hystart === 0 && initialSsthresh !== 0) tcb.congestion.threshold = initialSsthresh
  },

  threshold(tcb: Tcb): number {
    const m = memory(tcb)
    const { window } = tcb.congestion
    const { beta, fastConvergence } = tcb.host.config.cubic
    m.epoch = 0
    // RFC 9438 §4.7, fast convergence: someone else needs room.
    const yields = window < m.windowMax && fastConvergence !== 0
    m.windowMax = yields ? Math.floor(product(window, UNIT + beta) / (2 * UNIT)) : window
    return Math.max(Math.floor(product(window, beta) / UNIT), 2)
  },

  opened(tcb: Tcb, segments: number): void {
    const left = tcb.congestion.inSlowStart ? slowStart(tcb, segments) : segments
    if (left === 0) return
    const m = memory(tcb)
    update(tcb, m, left)
    additiveIncrease(tcb, m.per, left)
  },

  undone: (tcb) => newReno.undone(tcb),

  measured(tcb: Tcb, rtt: Micros): void {
    const m = memory(tcb)
    // Right after recovery the queue is still draining.
    if (m.epoch > 0 && clock(tcb) - m.epoch < SECOND) return
    observeRoundTrip(tcb, m.hystart, Math.max(rtt, 1))
  },

  lost(tcb: Tcb): void {
    const m = memory(tcb)
    forget(m)
    m.hystart.delayMin = 0
    m.hystart.found = false
    resetHystart(tcb, m.hystart)
  },

  resumed(tcb: Tcb): void {
    const m = memory(tcb)
    const now = clock(tcb)
    const idle = now - lastTick(tcb, tcb.lastDataSentAt)
    // The curve must not run on while nothing was sent.
    if (m.epoch > 0 && idle > 0) m.epoch = Math.min(m.epoch + idle, now)
  },
}
