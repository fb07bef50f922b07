/**
 * The machine: RFC 9293 with its companions, as functions on a `Tcb`, in the order of §3.10.
 * Sans-I/O: it is told the time, segments and calls, and answers through `TcpHost`.
 * It does not know addresses' owners, ports, descriptors or links: that is `stack`.
 */

export { doubtedError, softError } from './arrives/icmp.ts'
export { segmentArrives, segmentArrivesClosed, segmentArrivesTimeWait } from './arrives/index.ts'
export { abortCall } from './calls/abort.ts'
export { closeCall } from './calls/close.ts'
export { acceptChild, openActive, openPassive, resizeBacklog } from './calls/open.ts'
export { receivable, receiveCall, receiveUrgentCall } from './calls/receive.ts'
export { pushCall, SendFlag, sendable, sendCall, tailOctets } from './calls/send.ts'
export { shutdownReceive, shutdownSend } from './calls/shutdown.ts'
export { statusCall, type TcpStatus } from './calls/status.ts'
export type { TcpConfig } from './config.ts'
export { CONGESTION_CONTROLS, congestionControl, setCongestionControl } from './congestion/algorithms.ts'
export { cubic } from './congestion/cubic.ts'
export type { CongestionControl } from './congestion/interface.ts'
export { newReno } from './congestion/new-reno.ts'
export { TcpCounters } from './counters.ts'
export { type CachedCookie, FastOpenBit, type FastOpenKey, isEarly, mayFastOpen } from './fast-open.ts'
export type { SendWatch, TcbOwner, TcpHost, TimeWaitEntry } from './host.ts'
export { pathMtuChanged } from './negotiate.ts'
export { sendOwedAck, setQuickAck } from './output/ack.ts'
export { transmitPending } from './output/send.ts'
export { clampWindowTo } from './output/window.ts'
export { LAWS, type SynOptionOrder, type TcpLaws, type TcpPolicy } from './personality.ts'
export { keyFor, type SignatureKey } from './signature.ts'
export { mayMove, State, type StateName, stateName, TRANSITIONS, type Transition } from './state.ts'
export { defaultOptions, type ListenQueues, Tcb, type TcbOptions } from './tcb.ts'
export { onTimer } from './timeouts/index.ts'
export { keepaliveChanged } from './timeouts/keepalive.ts'
export { Note, TimerAction, TimerSlot, type TraceSink } from './trace-sink.ts'
