import type { Micros } from '../../base/index.ts'
import type { State } from '../../tcp/index.ts'
import type { FaultEvent, NoteName, TimerName } from '../../trace/index.ts'

/**
 * A sequence diagram: two hosts, what flew between them, and what happened on each. It says nothing of how it is drawn; `layoutRows`
 * puts it into rows, and the console may as well draw it to scale.
 */
export interface Ladder {
  /** Names of the two hosts. */
  readonly hosts: readonly [left: string, right: string]
  /** In the order in which they left (or, of those whose departure nobody saw, arrived). */
  readonly flights: readonly Flight[]
  /** In the order in which they happened. */
  readonly marks: readonly Mark[]
  readonly conversations: readonly Conversation[]
  /** States in which the connections of the two hosts are before all this; `undefined`: none, or nobody knows. */
  readonly before?: readonly [left: State | undefined, right: State | undefined] | undefined
}

/** 0: the left host, 1: the right host. */
export type Lane = 0 | 1

/** One connection, seen from both ends: what two hosts number apart. */
export interface Conversation {
  /** Ports of the left and the right host. */
  readonly ports: readonly [left: number, right: number]
  /** The port that tells this conversation from others: that of the side that sent the first SYN, else the higher one. */
  readonly clientPort: number
  /** Time of its first segment. */
  readonly start: Micros
}

/** A moment of a lane. `order` is the event's index: what comes first of things that happen at one time. */
export interface Moment {
  readonly time: Micros
  readonly order: number
}

/** One copy of a segment on its way from one host to the other. */
export interface Flight {
  readonly from: Lane
  /** Index into `Ladder.conversations`. */
  readonly conversation: number
  /** `undefined`: nobody saw it leave; so it is with the further copies of a duplicated packet, and with captures. */
  readonly departure: Moment | undefined
  readonly arrival: Moment | undefined
  /**
   * `lost`: something dropped it. `in-flight`: it has not arrived when the events end. `unseen`: the source does not watch the other
   * end, so it may have arrived.
   */
  readonly fate: 'arrived' | 'lost' | 'in-flight' | 'unseen'
  /** What was done to it on its way, in words: why it was lost, that it was delayed, corrupted or copied. */
  readonly faults: readonly string[]
  /** Nobody saw it: it follows from what both ends did. */
  readonly isInferred?: boolean
  readonly segment: FlightSegment
}

/** What the segment carries. */
export interface FlightSegment {
  readonly packet: number
  /** Control bits as on the wire. */
  readonly flags: number
  /** Numbers as on the wire, 0 to 2^32 − 1. */
  readonly seq: number
  readonly ack: number
  /** The same, counted from the initial sequence numbers of this conversation; where those are not known, from its first segment. */
  readonly relativeSeq: number
  readonly relativeAck: number
  readonly length: number
  readonly window: number
  /** Nothing is known of it but its control bits. */
  readonly isBare?: boolean
  /** 1 for the first time that these octets are sent, 2 for the second, … */
  readonly transmission: number
}

/** Something that happened on one host. */
export type Mark = StateMark | TimerMark | CallMark | NoteMark | FaultMark | RemarkMark

interface MarkBase extends Moment {
  readonly lane: Lane
  /** Index into `Ladder.conversations`; `undefined` when it belongs to none, as a listener does. */
  readonly conversation: number | undefined
}

/** The connection changed its state. */
export interface StateMark extends MarkBase {
  readonly kind: 'state'
  readonly from: State
  readonly to: State
}

/** A timer of the connection was armed, stopped or went off. */
export interface TimerMark extends MarkBase {
  readonly kind: 'timer'
  readonly timer: TimerName
  readonly action: 'armed' | 'stopped' | 'fired'
  /** For `armed`: µs until it is due. */
  readonly delay: Micros
}

/** A program made a socket call. */
export interface CallMark extends MarkBase {
  readonly kind: 'call'
  readonly process: string
  readonly text: string
  readonly result: number
  readonly errno: string
}

/** Why a segment was discarded, a limit met, 2·MSL restarted: what `NoteName` names. */
export interface NoteMark extends MarkBase {
  readonly kind: 'note'
  readonly note: NoteName
  readonly value: number
}

/** A crash, a cut cable: something that befell the host, not a packet. */
export interface FaultMark extends MarkBase {
  readonly kind: 'fault'
  readonly verdict: FaultEvent['verdict']
  readonly reason: string
}

/** A sentence of whoever tells the story; it belongs to neither lane. */
export interface RemarkMark extends MarkBase {
  readonly kind: 'remark'
  readonly text: string
}
