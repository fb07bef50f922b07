import { type Micros, MS, SECOND, type Seq, seqGt } from '../../base/index.ts'
import { isPaced } from '../output/pace.ts'
import type { Tcb } from '../tcb.ts'

/**
 * HyStart (Ha and Rhee, 2011, with Linux's bounds): slow start ends before it overflows the path, when the ACKs of one round have
 * been coming for half the least round trip, or when round trips have become longer by an eighth.
 */

/** Round trips that a round must show before its least one counts. */
const SAMPLES_LEAST = 8
const DELAY_LEAST_US = 4 * MS
const DELAY_MOST_US = 16 * MS

/** Memory of one connection. */
export interface Hystart {
  /** The least round trip ever; 0: none yet. */
  delayMin: Micros
  /** Slow start is to end. */
  found: boolean
  roundStart: Micros
  /** SND.NXT when the round began. */
  roundEnd: Seq
  lastAck: Micros
  /** The least round trip of the round. */
  current: Micros
  samples: number
}

/** A round begins. */
export function newHystart(tcb: Tcb): Hystart {
  const { now } = tcb.host
  return {
    delayMin: 0,
    found: false,
    roundStart: now,
    roundEnd: tcb.snd.nxt,
    lastAck: now,
    current: Number.POSITIVE_INFINITY,
    samples: 0,
  }
}

/** The next round begins. */
export function resetHystart(tcb: Tcb, h: Hystart): void {
  const { now } = tcb.host
  h.roundStart = now
  h.roundEnd = tcb.snd.nxt
  h.lastAck = now
  h.current = Number.POSITIVE_INFINITY
  h.samples = 0
}

/** A round trip was measured. */
export function observeRoundTrip(tcb: Tcb, h: Hystart, rtt: Micros): void {
  const c = tcb.congestion
  if (h.delayMin === 0 || rtt < h.delayMin) h.delayMin = rtt
  const { hystart, hystartDetect, hystartLowWindow } = tcb.host.config.cubic
  if (h.found || !c.inSlowStart || hystart === 0) return
  if (seqGt(tcb.snd.una, h.roundEnd)) resetHystart(tcb, h)
  // A window is no signed number: none is as large as a bound below 0.
  if (c.window < hystartLowWindow >>> 0) return
  if ((hystartDetect & 1) !== 0) watchTrain(tcb, h)
  if ((hystartDetect & 2) !== 0) watchDelay(tcb, h, rtt)
}

function watchTrain(tcb: Tcb, h: Hystart): void {
  const { now, counters } = tcb.host
  const c = tcb.congestion
  if (now - h.lastAck > tcb.host.config.cubic.hystartAckDeltaUs) return
  h.lastAck = now
  // A pace that holds back may delay by as much again.
  if (now - h.roundStart <= (h.delayMin + burstTime(tcb)) >> (isPaced(tcb) ? 0 : 1)) return
  h.found = true
  counters.TCPHystartTrainDetect++
  counters.TCPHystartTrainCwnd += c.window
  c.threshold = c.window
}

/** What four bursts of the largest size take at the pace in use, at most 1 ms: so much may ACKs lag. */
function burstTime(tcb: Tcb): Micros {
  const rate = tcb.congestion.pacingRate
  return rate === 0 ? 0 : Math.min(MS, Math.floor((4 * 65_536 * SECOND) / rate))
}

function watchDelay(tcb: Tcb, h: Hystart, rtt: Micros): void {
  const { counters } = tcb.host
  const c = tcb.congestion
  if (rtt < h.current) h.current = rtt
  if (h.samples < SAMPLES_LEAST) {
    h.samples++
    return
  }
  const tolerance = Math.min(Math.max(Math.floor(h.delayMin / 8), DELAY_LEAST_US), DELAY_MOST_US)
  if (h.current <= h.delayMin + tolerance) return
  h.found = true
  counters.TCPHystartDelayDetect++
  counters.TCPHystartDelayCwnd += c.window
  c.threshold = c.window
}
