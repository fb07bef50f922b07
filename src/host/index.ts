/**
 * The real machine: its sockets by netlink, ss or /proc, with their owners, counters and sysctls; the console's server; and our own
 * stack beside the kernel, on a TUN device.
 * Reads only what Linux shows, and says what the source or the privilege at hand cannot show.
 * It does not print or judge, and changes nothing on the machine but by a remedy that it is told to apply.
 */
export { type CaptureFile, openCaptureFile } from './capture/capture-file.ts'
export type { NetPair } from './device/kernel-interface.ts'
export { type HostEnvironment, THIS_MACHINE } from './environment.ts'
export { HostError } from './errors.ts'
export { type DestroyListener, type EndedSockets, listenForEnds } from './events/destroy-listener.ts'
export { endingOf, endsOf, type LifePair, nameOf, pairsOf, seenEnd } from './events/life-pairs.ts'
export { type LiveChoice, openLive } from './events/live.ts'
export type { LiveEvent, LiveSource, SocketMove, SocketRemark, TraceGap } from './events/live-event.ts'
export { type Life, Lives, type Stay, staysOf } from './events/lives.ts'
export { askNode, type CodeReport, findLeaks, type LeakingProcess } from './inspector/ask-node.ts'
export type { CodePlace, NodeAnswer, NodeSocket } from './inspector/ask-sockets.ts'
export { adviceFor, type Runtime, type RuntimeAdvice } from './inspector/runtime.ts'
export { connectThroughStack, type NcOptions, readStackSockets } from './live-stack/ask.ts'
export type { ControlQuestion } from './live-stack/control-frames.ts'
export { ControlServer } from './live-stack/control-server.ts'
export { DEFAULT_ADDRESSES, RunningStack, type StackOptions } from './live-stack/running-stack.ts'
export { type Service, servicesNamed, startServices } from './live-stack/services/index.ts'
export { SocketStream } from './live-stack/socket-stream.ts'
export { StackSocket, StackSockets } from './live-stack/sockets.ts'
export { HostLooks } from './looks.ts'
export { type MetricsOptions, startMetricsServer } from './metrics/server.ts'
export { monotonicMicros } from './monotonic.ts'
export { findNamespace, findNamespaces, listNamespaces, type NetworkNamespace } from './namespaces/list.ts'
export { type HostObservation, type ObserveOptions, observeHost } from './observe.ts'
export type { BindTrial } from './ports/bind-trial.ts'
export {
  type ExplainedTrial,
  lookAtPort,
  type PortHolder,
  type PortQuestion,
  type PortReport,
} from './ports/look-at-port.ts'
export type { BindAddress } from './ports/overlap.ts'
export { type CounterGroups, type HostCounters, readCounters } from './proc/counters.ts'
export { OwnerTable } from './proc/owners.ts'
export { listSysctls, readSysctl } from './proc/sysctl.ts'
export { type ProcessDetails, ProcessTable } from './processes/process-table.ts'
export { userNames } from './processes/users.ts'
export { type ReadOptions, readSockets, type SourceChoice } from './read-sockets.ts'
export { applyRemedy, type RemedyOutcome } from './remedies/apply.ts'
export type { RemedyKind } from './remedies/consequence.ts'
export { planRemedy, type RemedyPlan, type RemedyProcess, type RemedyStep } from './remedies/plan.ts'
export { endpointsText, leftOpen, remedyQuestion, sideEffects, stepSentence } from './remedies/words.ts'
export type {
  ConnectionMessage,
  CountMessage,
  DiagnosisMessage,
  EndpointMessage,
  FailureMessage,
  FindingMessage,
  HealPlanMessage,
  HealReportMessage,
  InfoMessage,
  MoveMessage,
  SeenMessage,
  SnapshotMessage,
  SocketMessage,
  TableFacts,
} from './serve/protocol.ts'
export type { HostReading } from './serve/reading.ts'
export { DEFAULT_HOST, DEFAULT_PORT, type RunningServer, type ServerOptions, startServer } from './serve/server.ts'
export { ALL_STATES, type HostSnapshot, type RowSink, type SocketQuery } from './snapshot.ts'
export { type OwnerCount, type SocketSummary, type StateCount, summarise } from './summary.ts'
export { TcpTracer, type TcpTraces } from './tracefs/instance.ts'
export type { EndTrace, SegmentTrace, StateTrace, TcpTraceEvent } from './tracefs/tcp-events.ts'
