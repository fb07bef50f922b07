/**
 * capture: what was captured of TCP, played back. Octets of a pcap or pcapng file in, connections out: both ends' states, along the
 * arrows of `TRANSITIONS`, as `TraceEvent`s that every view reads, and what was wrong. It runs in a page as it does in Node.
 * It opens no files, reassembles no data and guesses nothing of what a program did: only what the wire shows.
 */
export type { ReplayedConnection } from './connection.ts'
export type { FlowCounts } from './flow.ts'
export { notPlayed, unreadable } from './not-played.ts'
export type { Problem, ProblemKind } from './problems.ts'
export { type CaptureCounts, CaptureReplay, type ReplayedCapture, type ReplayOptions } from './replay.ts'
export type { ReplayedEnd } from './replayed-end.ts'
export type { Move } from './timeline.ts'
