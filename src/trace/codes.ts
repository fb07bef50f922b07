import type { Note, TimerAction, TimerSlot } from '../tcp/index.ts'
import type { FaultEvent, NoteName, TimerEvent, TimerName } from './event.ts'

/**
 * The machine says what happens in numbers, events say it in words. These tables join the two, and their types are computed
 * from the machine's own names: a code that is added, renamed or renumbered there does not compile here until its word is.
 */

/** `FIN_WAIT_2` → `fin-wait-2`. */
type Kebab<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}-${Kebab<Tail>}`
  : Lowercase<S>

/** The table of a code list: its number → its name in kebab case. */
type NamesOf<Codes extends Readonly<Record<string, number>>> = {
  readonly [Name in keyof Codes & string as Codes[Name]]: Kebab<Name>
}

/** Word of each timer slot. */
export const TIMER_NAMES: NamesOf<typeof TimerSlot> = {
  0: 'retransmit',
  1: 'persist',
  2: 'delayed-ack',
  3: 'keepalive',
  4: 'fin-wait-2',
  5: 'time-wait',
  6: 'user',
  7: 'loss-probe',
  8: 'reordering',
  9: 'ack-compression',
  10: 'pacing',
}

/** Word of each thing that happens to a timer. */
export const TIMER_ACTIONS: NamesOf<typeof TimerAction> = { 0: 'armed', 1: 'stopped', 2: 'fired' }

/** Word of each note. */
export const NOTE_NAMES: NamesOf<typeof Note> = {
  0: 'bad-checksum',
  1: 'malformed',
  2: 'no-connection',
  3: 'unacceptable-sequence',
  4: 'paws',
  5: 'challenge-ack',
  6: 'challenge-ack-limited',
  7: 'ack-of-unsent',
  8: 'data-after-close',
  9: 'time-wait-restarted',
  10: 'time-wait-reused',
  11: 'time-wait-assassinated',
  12: 'time-wait-overflow',
  13: 'orphan',
  14: 'orphan-limit',
  15: 'gave-up',
  16: 'accept-queue-full',
  17: 'syn-queue-full',
  18: 'zero-window',
  19: 'window-opened',
  20: 'data-lost',
  21: 'unread-data',
}

/** Verdicts of faults; their place in this list is their code in the ring. */
export const FAULT_VERDICTS: readonly FaultEvent['verdict'][] = [
  'drop',
  'delay',
  'duplicate',
  'corrupt',
  'reject',
  'cut',
  'crash',
  'freeze',
  'restart',
]

// The events' words and the machine's are the same sets, in both directions.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
type Values<T> = T[keyof T]
const SAME: readonly [
  Same<Values<typeof TIMER_NAMES>, TimerName>,
  Same<Values<typeof TIMER_ACTIONS>, TimerEvent['action']>,
  Same<Values<typeof NOTE_NAMES>, NoteName>,
] = [true, true, true]
void SAME
