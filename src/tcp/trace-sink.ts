import type { Micros } from '../base/index.ts'
import type { TcpSegment } from '../wire/index.ts'
import type { State } from './state.ts'

/**
 * Where the machine says what happens. The room `trace` implements it with an int32 ring; a host without a recorder has
 * `null` there, and the machine then says nothing.
 */
export interface TraceSink {
  state(now: Micros, conn: number, from: State, to: State): void
  segmentOut(
    now: Micros,
    conn: number,
    localPort: number,
    remotePort: number,
    seq: number,
    ack: number,
    ctl: number,
    length: number,
    window: number,
    retransmission: boolean,
  ): void
  /** Told once for each segment, where the stack hands it to TCP; `conn` is who saw it first. */
  segmentIn(now: Micros, conn: number, segment: TcpSegment): void
  timer(now: Micros, conn: number, timer: TimerSlot, action: TimerAction, delay: Micros): void
  note(now: Micros, conn: number, note: Note, value: number): void
}

/** The named timers of a connection (RFC 9293 §3.10.8, RFC 1122 §4.2.3, RFC 6298). */
export const TimerSlot = {
  RETRANSMIT: 0,
  PERSIST: 1,
  DELAYED_ACK: 2,
  KEEPALIVE: 3,
  FIN_WAIT_2: 4,
  TIME_WAIT: 5,
  USER: 6,
  /** Tail loss probe (RFC 8985 §7). */
  LOSS_PROBE: 7,
  /** RACK's reordering timer (RFC 8985 §6.3). */
  REORDERING: 8,
  /** Duplicate ACKs are collected into one. */
  ACK_COMPRESSION: 9,
  /** SO_MAX_PACING_RATE. */
  PACING: 10,
} as const
export type TimerSlot = (typeof TimerSlot)[keyof typeof TimerSlot]

/** What became of a timer. */
export const TimerAction = { ARMED: 0, STOPPED: 1, FIRED: 2 } as const
/** One of these. */
export type TimerAction = (typeof TimerAction)[keyof typeof TimerAction]

/** Things worth a word in a trace; `trace` has their names. */
export const Note = {
  BAD_CHECKSUM: 0,
  MALFORMED: 1,
  NO_CONNECTION: 2,
  UNACCEPTABLE_SEQUENCE: 3,
  PAWS: 4,
  CHALLENGE_ACK: 5,
  CHALLENGE_ACK_LIMITED: 6,
  ACK_OF_UNSENT: 7,
  DATA_AFTER_CLOSE: 8,
  TIME_WAIT_RESTARTED: 9,
  TIME_WAIT_REUSED: 10,
  TIME_WAIT_ASSASSINATED: 11,
  TIME_WAIT_OVERFLOW: 12,
  ORPHAN: 13,
  ORPHAN_LIMIT: 14,
  GAVE_UP: 15,
  ACCEPT_QUEUE_FULL: 16,
  SYN_QUEUE_FULL: 17,
  ZERO_WINDOW: 18,
  WINDOW_OPENED: 19,
  DATA_LOST: 20,
  UNREAD_DATA: 21,
} as const
export type Note = (typeof Note)[keyof typeof Note]
