import type { State } from '../tcp/index.ts'

/**
 * What happened: the one language that every source speaks and every view reads.
 *
 * Times are whole microseconds since the source began. `host` and `conn` are small integers, named by the source
 * (`TraceSource.hosts`); `conn` 0 means "no connection" (a RST from CLOSED, a packet that matched nothing).
 */
export type TraceEvent = SegmentEvent | StateEvent | TimerEvent | CallEvent | FaultEvent | NoteEvent

interface EventBase {
  /** µs since the source began. */
  readonly time: number
  /** Index of the host that saw it. */
  readonly host: number
  /** The connection's number on that host, 0 for none. It stays the same from the first SYN to the end of TIME-WAIT. */
  readonly conn: number
}

/** A TCP segment left (`out`) or reached (`in`) a host. */
export interface SegmentEvent extends EventBase {
  readonly kind: 'segment'
  readonly direction: 'in' | 'out'
  /** Number of the packet on the wire; the same at the sender, in faults and at the receiver. 0 if the source cannot tell. */
  readonly packet: number
  readonly localPort: number
  readonly remotePort: number
  /** Sequence number, int32 (print with `>>> 0`). */
  readonly seq: number
  /** Acknowledgment number, int32; meaningful when the ACK bit is set. */
  readonly ack: number
  /** Control bits as on the wire: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128. */
  readonly flags: number
  /** Payload octets. */
  readonly length: number
  /** The window field as sent, before scaling. */
  readonly window: number
  /** True when the sender has sent these sequence numbers before. */
  readonly retransmission: boolean
}

/** A connection moved along one arrow of `TRANSITIONS`. */
export interface StateEvent extends EventBase {
  readonly kind: 'state'
  readonly from: State
  readonly to: State
}

/** The timers of a connection, by the words that views print. */
export type TimerName =
  | 'retransmit'
  | 'persist'
  | 'delayed-ack'
  | 'keepalive'
  | 'fin-wait-2'
  | 'time-wait'
  | 'user'
  | 'loss-probe'
  | 'reordering'
  | 'ack-compression'
  | 'pacing'

/** A timer was armed, re-armed, stopped or fired. */
export interface TimerEvent extends EventBase {
  readonly kind: 'timer'
  readonly timer: TimerName
  readonly action: 'armed' | 'stopped' | 'fired'
  /** For `armed`: µs until it is due. */
  readonly delay: number
}

/** A program made a socket call. */
export interface CallEvent extends EventBase {
  readonly kind: 'call'
  readonly process: string
  /** As strace would print it, without the result: `close(4)`. */
  readonly text: string
  /** The call's result, −errno on failure. */
  readonly result: number
  /** The errno's name on failure, empty otherwise. */
  readonly errno: string
}

/** Something was done to a packet on its way, or to a host. */
export interface FaultEvent extends EventBase {
  readonly kind: 'fault'
  /** 0 for a fault that concerns no packet. */
  readonly packet: number
  readonly verdict: 'drop' | 'delay' | 'duplicate' | 'corrupt' | 'reject' | 'cut' | 'crash' | 'freeze' | 'restart'
  /** The rule or cause, in words: `loss`, `queue full`, `rule "the final ACK"`. */
  readonly reason: string
}

/** Something worth a word that is none of the above: a segment discarded and why, a limit met, 2·MSL restarted. */
export interface NoteEvent extends EventBase {
  readonly kind: 'note'
  readonly note: NoteName
  readonly value: number
}

/** What a note says, in a word. */
export type NoteName =
  | 'bad-checksum'
  | 'malformed'
  | 'no-connection'
  | 'unacceptable-sequence'
  | 'paws'
  | 'challenge-ack'
  | 'challenge-ack-limited'
  | 'ack-of-unsent'
  | 'data-after-close'
  | 'time-wait-restarted'
  | 'time-wait-reused'
  | 'time-wait-assassinated'
  | 'time-wait-overflow'
  | 'orphan'
  | 'orphan-limit'
  | 'gave-up'
  | 'accept-queue-full'
  | 'syn-queue-full'
  | 'zero-window'
  | 'window-opened'
  | 'data-lost'
  | 'unread-data'
