/**
 * What happened, in one language (`TraceEvent`) for every source and every view; and the recorder that writes it down.
 * `Recorder` keeps int32 words, not objects, and is what the machine's trace sink becomes in a world or on a host.
 * It draws nothing and judges nothing: ladders are `inspect`'s, verdicts are `sim`'s.
 */
export { FAULT_VERDICTS, NOTE_NAMES, TIMER_ACTIONS, TIMER_NAMES } from './codes.ts'
export type {
  CallEvent,
  FaultEvent,
  NoteEvent,
  NoteName,
  SegmentEvent,
  StateEvent,
  TimerEvent,
  TimerName,
  TraceEvent,
} from './event.ts'
export { EventLog, type PackedEvents } from './event-log.ts'
export { HostTrace, Recorder, type RecorderOptions } from './recorder.ts'
