import { SECOND } from '../../base/index.ts'
import { shutdownSend } from '../calls/shutdown.ts'
import { beginCongestion } from '../congestion/algorithms.ts'
import { updatePacingRate } from '../congestion/pacing.ts'
import { firstWindow, WINDOW_MOST } from '../congestion/unit.ts'
import { Codepoint } from '../ecn/accurate.ts'
import { announceAnew, expectSegments, updateSendMss } from '../negotiate.ts'
import { beginSearch } from '../output/mtu-probing.ts'
import { growSendBuffer } from '../output/send-space.ts'
import { clampWindow, firstWindow as firstOffered } from '../output/window.ts'
import { takePathMetrics } from '../path-metrics.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import { beginAutotuning } from '../right-sizing.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { startKeepalive } from '../timeouts/keepalive.ts'
import { setState } from '../transition.ts'
import { beginBehindLostSyn } from './lost-syn.ts'

/** RFC 6298 §5.7: the SYN was sent more than once, so nothing is known of the path. */
const RTO_WITHOUT_MEASUREMENT = 3 * SECOND

/** Nothing is known of the path but that it is slow. */
export function withoutMeasurement(tcb: Tcb): void {
  tcb.rto = RTO_WITHOUT_MEASUREMENT
  tcb.rttvar = RTO_WITHOUT_MEASUREMENT / 4
}

/** What Fast Open had opened before its handshake was complete goes on as it was, also if it was closed meanwhile (Linux). */
export function becomeConfirmed(tcb: Tcb): void {
  const r = tcb.recovery
  tcb.retransmits = 0
  r.retransmitStamp = 0
  // Without SACK the phase is held until more is acknowledged.
  const isOver = tcb.sackPermitted || tcb.snd.una !== r.highSeq
  if (r.phase === Phase.LOSS && tcb.sent.packetsOut === 0 && isOver) r.phase = Phase.OPEN
  tcb.lastOutOfWindowReplyAt = Number.NEGATIVE_INFINITY
  if (tcb.state !== State.SYN_RECEIVED) return
  expectSegments(tcb)
  if (tcb.finQueued) return
  setState(tcb, State.ESTABLISHED)
  startKeepalive(tcb)
}

/**
 * Both SYNs are acknowledged: the connection is open.
 * @param saysMss the peer's SYN said its MSS; of an answer that does not, nobody takes a measure for the buffers (BSD)
 */
export function becomeEstablished(tcb: Tcb, saysMss = true): void {
  const { policy } = tcb.host
  tcb.synTimeouts = 0
  if (saysMss) tcb.host.policy.bufferSteps?.round(tcb)
  if (!takePathMetrics(tcb) && tcb.srtt < 0 && policy.slowTimeoutAfterLostSyn) withoutMeasurement(tcb)
  const { initialWindow = 0 } = tcb.host.routeMetrics(tcb.remote) ?? {}
  if (initialWindow > 0) tcb.congestion.window = firstWindow(tcb, initialWindow)
  // What the algorithm knows begins with the data: a handshake is no measure of them.
  beginCongestion(tcb)
  // Nor is the codepoint that a former connection has left.
  if (tcb.active) tcb.ecn.codepoint = Codepoint.NOT_ECT
  // What a router had sent again was not lost.
  if (tcb.totalTimeouts > 0 && tcb.totalRetransmissions > policy.synLossesForgiven) beginBehindLostSyn(tcb)
  else if (tcb.finQueued && policy.closedOpensWide) tcb.congestion.window = WINDOW_MOST
  growSendBuffer(tcb)
  const offered = firstOffered(tcb)
  clampWindow(tcb)
  tcb.autotuning.threshold = offered
  beginAutotuning(tcb, offered)
  // Of a passive open the first window has been reckoned with already.
  if (tcb.active) updateSendMss(tcb)
  else updatePacingRate(tcb)
  // RFC 4821: what the search finds counts for later segments.
  beginSearch(tcb)
  if (tcb.receiveBuffer.length === 0) expectSegments(tcb)
  setState(tcb, State.ESTABLISHED)
  startKeepalive(tcb)
}

/** A record of a SYN knows nothing of paths: what is known of its own by now counts from the connection's beginning on. */
function hearOfPath(tcb: Tcb): void {
  updateSendMss(tcb)
  tcb.congestion.window = firstWindow(tcb, tcb.host.config.initialWindow)
}

/** A passive open is complete: the connection waits for accept(). */
export function becomeAcceptable(tcb: Tcb): void {
  const queues = tcb.listener?.listen
  // What the request was asked too often is not held against the connection.
  if (tcb.host.policy.halfOpenIsRequest) {
    tcb.lastOutOfWindowReplyAt = Number.NEGATIVE_INFINITY
    announceAnew(tcb)
  }
  // It was the listener's, and this waits for nothing any more.
  tcb.options.deferAccept = 0
  tcb.listener?.owner?.bears(tcb)
  if (tcb.host.policy.lightHalfOpen !== null) hearOfPath(tcb)
  becomeEstablished(tcb)
  if (queues === null || queues === undefined) return
  tcb.host.counters.PassiveOpens++
  queues.embryonic.delete(tcb)
  queues.accept.push(tcb)
  const listener = tcb.listener
  if (listener === null) return
  listener.owner?.ready(listener)
  // shutdown() came before listen().
  if (listener.finQueued) shutdownSend(tcb)
}
