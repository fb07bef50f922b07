/**
 * The machine: RFC 9293 with its companions, as functions on a `Tcb`, in the order of §3.10.
 * Sans-I/O: it is told the time, segments and calls, and answers through `TcpHost`.
 * It does not know addresses' owners, ports, descriptors or links: that is `stack`.
 */

export { arrivesHalfOpen } from './arrives/half-open.ts'
export { doubtedError, dropRequest, forgetRequest, softError } from './arrives/icmp.ts'
export { segmentArrives, segmentArrivesClosed, segmentArrivesTimeWait } from './arrives/index.ts'
export { isLightHalfOpen } from './arrives/light-half-open.ts'
export { queueRules } from './arrives/queue-as-whole.ts'
export { arrivesByItsSequence } from './arrives/time-wait-by-sequence.ts'
export { trimming } from './arrives/trimming.ts'
export { takeUrgentApart } from './arrives/urgent-apart.ts'
export { abortCall, disconnectCall } from './calls/abort.ts'
export { closeCall } from './calls/close.ts'
export { NO_STATUS, unconnectedStatus } from './calls/no-status.ts'
export {
  acceptChild,
  deferOpening,
  isOpening,
  Opening,
  openActive,
  openPassive,
  resizeBacklog,
  UNREADABLE,
} from './calls/open.ts'
export {
  isAtUrgentMark,
  passMarkWithoutPlace,
  receivable,
  receiveCall,
  receiveUrgentCall,
  urgentHasCome,
} from './calls/receive.ts'
export { endOfSource, pushCall, queueWhileOpening, SendFlag, sendCall } from './calls/send.ts'
export { endReading, shutdownReceive, shutdownSend } from './calls/shutdown.ts'
export { dissolvedStatus, statusCall } from './calls/status.ts'
export type { TcpStatus } from './calls/tcp-status.ts'
export type { TcpConfig } from './config.ts'
export { CONGESTION_CONTROLS, congestionControl, setCongestionControl } from './congestion/algorithms.ts'
export { cubic } from './congestion/cubic.ts'
export { CUBIC_SETTINGS } from './congestion/cubic-settings.ts'
export type { CongestionControl } from './congestion/interface.ts'
export { newReno } from './congestion/new-reno.ts'
export { octetCubic } from './congestion/octet-cubic.ts'
export { octetReno } from './congestion/octet-reno.ts'
export { WINDOW_MOST } from './congestion/unit.ts'
export { TcpCounters } from './counters.ts'
export { ecnAsSaid } from './ecn/as-said.ts'
export { isDeferred, mayFastOpen, octetsOfKey } from './fast-open/client.ts'
export { isEarly } from './fast-open/early.ts'
export { FastOpenBit, type FastOpenKey } from './fast-open/fast-open.ts'
export { type CachedCookie, type FastOpenDoubts, type FastOpenMemory, noDoubts } from './fast-open/memory.ts'
export { goOnFrom } from './former.ts'
export type { Departures, RouteMetrics, SendWatch, TcbOwner, TcpHost, TimeWaitEntry } from './host.ts'
export { Jiffies } from './jiffies.ts'
export { type LearnedPaths, noPathMetrics, type PathEnds, type PathMetrics } from './learned-paths.ts'
export { heirOfRequest } from './migration.ts'
export { knownMss, LEAST_RECEIVED, updateSendMss } from './negotiate.ts'
export { octetSending } from './octets/sending.ts'
export { sendOwedAck, setQuickAck } from './output/ack.ts'
export { searchBlackHole } from './output/black-hole-detection.ts'
export { bufferSteps } from './output/buffer-steps.ts'
export { freeWindow } from './output/free-window.ts'
export { timestampValue } from './output/options.ts'
export { setMaxPacingRate } from './output/pace.ts'
export { sendReset } from './output/reset.ts'
export { sackList } from './output/sack-list.ts'
export { transmitPending } from './output/send.ts'
export { sendFinBehindSyn, sendFinWithSyn } from './output/syn.ts'
export { pathMtuChanged } from './output/too-large.ts'
export { clampWindowTo, presentWindow } from './output/window.ts'
export { LAWS, type SynOptionOrder, type TcpLaws, type TcpPolicy } from './personality.ts'
export { makeRoomAhead, makeRoomFor, receiveMemory } from './receive-memory.ts'
export type { PacketBuffers } from './received-packets.ts'
export { isRequest, speakerOf } from './request.ts'
export { changeDelay } from './rtt.ts'
export type { LastChunk } from './send-buffer.ts'
export { isWritable, mayBeginChunk, sendMemory } from './send-memory.ts'
export { keysOf } from './signature.ts'
export { keyFor, keysForChild, type SignatureKey } from './signature-key.ts'
export { mayMove, State, type StateName, stateName, TRANSITIONS, type Transition } from './state.ts'
export { defaultOptions, type ListenQueues, Tcb, type TcbOptions } from './tcb.ts'
export { boundedPersist } from './timeouts/bounded-persist.ts'
export { boundFinWait2 } from './timeouts/fin-wait-2.ts'
export { onTimer } from './timeouts/index.ts'
export { keepaliveChanged, keepIdleChanged, keepInitChanged, keepProbesChanged } from './timeouts/keepalive.ts'
export { probePeer } from './timeouts/persist.ts'
export { takeBackOff } from './timeouts/retransmit.ts'
export { Note, TimerAction, TimerSlot, type TraceSink } from './trace-sink.ts'
