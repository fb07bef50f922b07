import { SECOND } from '../../base/index.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import { currentThreshold } from '../recovery/reduction.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { effectiveMss } from './mss.ts'
import { MtuSearch } from './mtu-search.ts'
import { TIMESTAMPS_LENGTH } from './options.ts'

/** Probes need so large a window: less shows no loss in time. */
const WINDOW_LEAST = 11
/** `tcp_mtu_probing`: probe always; 1: only out of a black hole. */
const ALWAYS = 2

/** Octets of IP and TCP header without options. */
function headers(tcb: Tcb): number {
  return tcb.remote.v4 ? 40 : 60
}

function usualOptions(tcb: Tcb): number {
  return tcb.timestamps ? TIMESTAMPS_LENGTH : 0
}

/** What the peer takes, as a packet. */
function largest(tcb: Tcb): number {
  return tcb.peerMss + headers(tcb)
}

/** A packet with so many octets of text and the usual options. */
function packetOf(tcb: Tcb, text: number): number {
  return text + usualOptions(tcb) + headers(tcb)
}

/** Octets of text in a packet, as far as the peer takes them; the usual options subtracted. */
function textOf(tcb: Tcb, packet: number): number {
  return Math.max(Math.min(packet, largest(tcb)) - headers(tcb), tcb.host.config.minSendMss) - usualOptions(tcb)
}

/** The connection is open: the search may begin. */
export function beginSearch(tcb: Tcb): void {
  const { config, now } = tcb.host
  tcb.mtuSearch = null
  if (config.mtuProbing === 0) return
  tcb.mtuSearch = new MtuSearch(packetOf(tcb, config.baseMss), largest(tcb), now)
  tcb.mtuSearch.enabled = config.mtuProbing >= ALWAYS
}

/** The MSS, options not subtracted, that a search leaves of what the path is said to take. */
export function withinSearch(tcb: Tcb, mss: number): number {
  const search = tcb.mtuSearch
  if (search === null) return mss
  search.high = Math.min(search.high, tcb.host.pathMtu(tcb.remote))
  return search.enabled ? Math.min(mss, textOf(tcb, search.low) + usualOptions(tcb)) : mss
}

/** What a search wants: nothing, that what is ready waits for it, or a probe with so many octets of text. */
export const WAIT = 0
/** There is nothing to probe now. */
export const NO_PROBE = -1

/** Whether a probe may leave now: octets of its text, `WAIT` or `NO_PROBE`. */
export function probeLength(tcb: Tcb): number {
  const search = tcb.mtuSearch
  if (search === null || !search.enabled || search.probe > 0) return NO_PROBE
  const { congestion, recovery, sackReport, sent, snd, sendBuffer } = tcb
  if (recovery.phase !== Phase.OPEN || congestion.window < WINDOW_LEAST || sackReport.count > 0) return NO_PROBE
  const length = textOf(tcb, (search.high + search.low) >> 1)
  const left = search.high - search.low
  if (length > textOf(tcb, search.high) || left < tcb.host.config.probeThreshold) {
    searchAnew(tcb, search)
    return NO_PROBE
  }
  // So many segments behind it must leave that their ACKs show whether it arrived.
  const needed = length + (recovery.reordering + 1) * (tcb.sendMss - usualOptions(tcb))
  if (((sendBuffer.end - snd.nxt) | 0) < needed || snd.wnd < needed) return NO_PROBE
  if (((snd.una + snd.wnd - snd.nxt) | 0) < needed) return WAIT
  if (sent.inFlight + 2 > congestion.window) return sent.inFlight === 0 ? NO_PROBE : WAIT
  sendBuffer.fillChunk(snd.nxt, length)
  if (((sendBuffer.chunkEnd() - snd.nxt) | 0) < length) return NO_PROBE
  return packetOf(tcb, length) > tcb.host.pathMtu(tcb.remote) ? refused(tcb, length) : length
}

/** A search that began anew asks for more than a router has said since. The host does not let it out, yet it counts as sent (Linux). */
function refused(tcb: Tcb, length: number): number {
  tcb.segmentsOut++
  tcb.dataSegmentsOut++
  tcb.octetsSent += length
  return NO_PROBE
}

/** Nothing worth while is left to find; after `tcp_probe_interval` the path may have changed. */
function searchAnew(tcb: Tcb, search: MtuSearch): void {
  const { config, now } = tcb.host
  if (now - search.since < config.probeIntervalS * SECOND) return
  search.probe = 0
  search.high = largest(tcb)
  search.low = packetOf(tcb, effectiveMss(tcb))
  search.since = now
}

/** A probe has left, as the last segment sent. It counts as two: the window pays for it. */
export function probeSent(tcb: Tcb, length: number): void {
  const search = tcb.mtuSearch
  if (search === null) return
  tcb.congestion.window--
  search.probe = packetOf(tcb, length)
  search.probeStart = (tcb.snd.nxt - length) | 0
  search.probeEnd = tcb.snd.nxt
}

/** Text was acknowledged: perhaps the probe with it. Then segments are as large, and the window has as many octets as before. */
export function judgeProbeArrived(tcb: Tcb): boolean {
  const search = tcb.mtuSearch
  if (search === null || search.probe === 0 || ((search.probeEnd - tcb.snd.una) | 0) > 0) return false
  const { congestion: c, host, recovery: r } = tcb
  r.priorThreshold = currentThreshold(tcb)
  c.window = Math.max(1, Math.floor((c.window * packetOf(tcb, tcb.sendMss - usualOptions(tcb))) / search.probe))
  c.credit = 0
  c.stampedAt = host.now
  c.threshold = currentThreshold(tcb)
  search.low = search.probe
  search.probe = 0
  host.counters.TCPMTUPSuccess++
  return true
}

/** What is lost is the probe: it was too large, and says nothing of congestion (RFC 4821 §7.6). True: so it was. */
export function judgeProbeLost(tcb: Tcb): boolean {
  const search = tcb.mtuSearch
  if (search === null || search.probe === 0 || tcb.snd.una !== search.probeStart) return false
  if (tcb.recovery.phase >= Phase.CWR) return false
  search.high = search.probe - 1
  search.probe = 0
  tcb.host.counters.TCPMTUPFail++
  tcb.congestion.window++
  return true
}

/** Something is sent again: the probe will not be judged. */
export function forgetProbe(tcb: Tcb): void {
  if (tcb.mtuSearch !== null) tcb.mtuSearch.probe = 0
}

/** Timeouts have made it likely that large segments vanish: first to `tcp_base_mss`, then by half, down to the floor. */
export function suspectBlackHole(tcb: Tcb): void {
  const { config, now } = tcb.host
  if (config.mtuProbing === 0 || tcb.state === State.SYN_SENT) return
  if (tcb.mtuSearch === null) beginSearch(tcb)
  const search = tcb.mtuSearch
  if (search === null) return
  if (!search.enabled) {
    search.enabled = true
    search.since = now
    return
  }
  const half = Math.min(config.baseMss, textOf(tcb, search.low) >> 1)
  search.low = packetOf(tcb, Math.max(half, config.mtuProbeFloor, config.minSendMss))
}
