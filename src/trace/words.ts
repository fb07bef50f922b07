import type { Micros } from '../base/index.ts'
import type { Note, State, TimerAction, TimerSlot } from '../tcp/index.ts'
import { FAULT_VERDICTS, NOTE_NAMES, TIMER_ACTIONS, TIMER_NAMES } from './codes.ts'
import type { FaultEvent, SegmentEvent, TraceEvent } from './event.ts'

// One event is ten int32 words. Every kind begins alike:
//   0  kind | code << 4 | host << 16     code: direction and retransmission, timer action, note, verdict
//   1  time, low 32 bits
//   2  time, high bits
//   3  connection
// and the other six are the kind's own, as `HostTrace` writes and `decodeEvent` reads them.

/** int32 words of one event. */
export const WORDS = 10
/** Events of a page of memory: 160 KB. */
export const PAGE_EVENTS = 4096

/** Numbers of the kinds of events. */
export const Kind = { SEGMENT: 0, STATE: 1, TIMER: 2, CALL: 3, FAULT: 4, NOTE: 5 } as const

/** Code of a segment that leaves. */
export const DIRECTION_OUT = 1
/** Code of a segment that has been sent before. */
export const RETRANSMISSION = 2

const TWO_32 = 0x1_0000_0000

/** Writes a whole number of up to 53 bits and its sign in two words: the low 32 bits, and the rest rounded down. */
export function writeWide(page: Int32Array, at: number, value: number): void {
  page[at] = value | 0
  page[at + 1] = Math.floor(value / TWO_32)
}

/** Reads what `writeWide` wrote. */
function readWide(page: Int32Array, at: number): number {
  return (page[at + 1] as number) * TWO_32 + ((page[at] as number) >>> 0)
}

/** Reads the event whose words begin at `w`; its texts are numbers in `strings`, which begin with the one numbered `first`. */
export function decodeEvent(page: Int32Array, w: number, strings: readonly string[], first = 0): TraceEvent {
  const text = (i: number): string => strings[word(i) - first] as string
  const word = (i: number): number => page[w + i] as number
  const head = word(0)
  const code = (head >> 4) & 0xff
  const [time, host, conn] = [readWide(page, w + 1), head >>> 16, word(3)]
  // Literals, not a spread and more: the engine lays out a literal at once, which is twice as fast.
  switch (head & 15) {
    case Kind.SEGMENT:
      return decodeSegment({ time, host, conn }, code, page, w)
    case Kind.STATE:
      return { time, host, conn, kind: 'state', from: word(4) as State, to: word(5) as State }
    case Kind.TIMER:
      return {
        time,
        host,
        conn,
        kind: 'timer',
        timer: TIMER_NAMES[word(4) as TimerSlot],
        action: TIMER_ACTIONS[code as TimerAction],
        delay: readWide(page, w + 5),
      }
    case Kind.CALL:
      return {
        time,
        host,
        conn,
        kind: 'call',
        process: text(4),
        text: text(5),
        result: word(6),
        errno: text(7),
      }
    case Kind.FAULT:
      return {
        time,
        host,
        conn,
        kind: 'fault',
        packet: word(4),
        verdict: FAULT_VERDICTS[code] as FaultEvent['verdict'],
        reason: text(5),
      }
    default:
      return { time, host, conn, kind: 'note', note: NOTE_NAMES[code as Note], value: readWide(page, w + 4) }
  }
}

function decodeSegment(
  base: { time: Micros; host: number; conn: number },
  code: number,
  page: Int32Array,
  w: number,
): SegmentEvent {
  const ports = page[w + 5] as number
  const control = page[w + 8] as number
  const { time, host, conn } = base
  return {
    time,
    host,
    conn,
    kind: 'segment',
    direction: (code & DIRECTION_OUT) !== 0 ? 'out' : 'in',
    packet: page[w + 4] as number,
    localPort: ports >>> 16,
    remotePort: ports & 0xffff,
    seq: page[w + 6] as number,
    ack: page[w + 7] as number,
    flags: (control >>> 16) & 0xff,
    length: page[w + 9] as number,
    window: control & 0xffff,
    retransmission: (code & RETRANSMISSION) !== 0,
  }
}
