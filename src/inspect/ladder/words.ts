import { formatDuration } from '../../base/index.ts'
import { State, stateName } from '../../tcp/index.ts'
import type { NoteName, TimerName } from '../../trace/index.ts'
import type { CallMark, FaultMark, Flight, Mark, NoteMark, TimerMark } from './model.ts'

/** The words of a ladder, which the terminal and the console share. */

const FLAGS: readonly (readonly [bit: number, name: string])[] = [
  [2, 'SYN'],
  [1, 'FIN'],
  [4, 'RST'],
  [32, 'URG'],
  [16, 'ACK'],
]

const ACK = 16
/** SYN and RST: what their window field says closes none. */
const WITHOUT_WINDOW = 2 | 4

/** Control bits as the RFC writes them: `SYN,ACK`. PSH, ECE and CWR, which decide nothing here, are left out. */
export function flagsText(flags: number): string {
  const names = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name)
  return names.length === 0 ? 'none' : names.join(',')
}

/** How much a segment's text tells. */
export interface SegmentTextOptions {
  /** Sequence numbers as on the wire instead of counted from the initial ones. */
  readonly raw?: boolean | undefined
  /** The window field too. */
  readonly window?: boolean | undefined
}

/** What a segment says, from the full text to the shortest, for a drawing to take the longest that fits. */
export function segmentTexts(flight: Flight, options: SegmentTextOptions = {}): readonly string[] {
  const { segment } = flight
  if (segment.isBare === true) return [flagsText(segment.flags)]
  const seq = options.raw ? segment.seq : segment.relativeSeq
  const ack = options.raw ? segment.ack : segment.relativeAck
  const again = segment.transmission > 1 ? ` ×${segment.transmission}` : ''
  const name = flagsText(segment.flags)
  const acked = (segment.flags & ACK) !== 0 ? ` ack ${ack}` : ''
  const length = segment.length > 0 ? ` len ${segment.length}` : ''
  // A closed window stops the other end: it is said in every form but the shortest.
  const isClosed = segment.window === 0 && (segment.flags & ACK) !== 0 && (segment.flags & WITHOUT_WINDOW) === 0
  const closed = isClosed ? ' win 0' : ''
  const window = options.window ? ` win ${segment.window}` : closed
  const range = segment.length > 0 ? ` ${seq}+${segment.length}` : ` ${seq}`
  return [
    `${name}${again} seq ${seq}${acked}${length}${window}`,
    `${name}${again} seq ${seq}${acked}${length}${closed}`,
    `${name}${again}${range}${acked}${closed}`,
    `${name}${again}${range}`,
    `${name}${again}`,
  ]
}

/**
 * What happened on a host, in words. A change of state is `SYN-SENT → ESTABLISHED`. A call tells its process, unless that is called as
 * the host is.
 */
export function markText(mark: Mark, host = ''): string {
  switch (mark.kind) {
    case 'state':
      if (mark.from === State.LISTEN && mark.to === State.CLOSED) return 'listener closed'
      return `${stateName(mark.from)} → ${stateName(mark.to)}`
    case 'timer':
      return timerText(mark)
    case 'call':
      return callText(mark, host)
    case 'note':
      return noteText(mark)
    case 'fault':
      return faultText(mark)
    case 'remark':
      return mark.text
    default:
      return mark satisfies never
  }
}

const TIMERS: Readonly<Record<TimerName, string>> = {
  retransmit: 'retransmission timer',
  persist: 'persist timer',
  'delayed-ack': 'delayed ACK timer',
  keepalive: 'keep-alive timer',
  'fin-wait-2': 'FIN-WAIT-2 timer',
  'time-wait': '2MSL timer',
  user: 'user timeout',
  'loss-probe': 'loss probe timer',
  reordering: 'reordering timer',
  'ack-compression': 'ACK compression timer',
  pacing: 'pacing timer',
}

function timerText(mark: TimerMark): string {
  const name = TIMERS[mark.timer]
  if (mark.action === 'armed') return `${name}: ${formatDuration(mark.delay)}`
  return `${name} ${mark.action === 'fired' ? 'expires' : 'stops'}`
}

/** How strace marks a call that blocks; its end is another event. */
const UNFINISHED = ' <unfinished ...>'

/** Whether the call has only begun, and will be told of again when it returns. */
export function isUnfinished(mark: CallMark): boolean {
  return mark.text.endsWith(UNFINISHED)
}

function callText(mark: CallMark, host: string): string {
  const process = mark.process === '' || mark.process === host ? '' : `${mark.process}: `
  if (isUnfinished(mark)) return `${process}${mark.text.slice(0, -UNFINISHED.length)} …`
  const call = process + mark.text
  if (mark.errno !== '') return `${call} = -1 ${mark.errno}`
  // A connect() that returns is news: the connection stands.
  const isTold = mark.result !== 0 || mark.text.startsWith('connect(')
  return isTold ? `${call} = ${mark.result}` : call
}

/** Errors that say no more than "not yet". */
const PATIENT: ReadonlySet<string> = new Set(['', 'EAGAIN', 'EINPROGRESS', 'EINTR', 'EALREADY'])

/** Whether the mark is something that went wrong. */
export function isGrave(mark: Mark): boolean {
  if (mark.kind === 'call') return !PATIENT.has(mark.errno)
  return mark.kind === 'fault' || (mark.kind === 'note' && (mark.note === 'data-lost' || mark.note === 'gave-up'))
}

const NOTES: Readonly<Record<NoteName, string>> = {
  'bad-checksum': 'discarded: bad checksum',
  malformed: 'discarded: malformed',
  'no-connection': 'no such connection',
  'unacceptable-sequence': 'sequence number not acceptable',
  paws: 'discarded: timestamp too old',
  'challenge-ack': 'challenge ACK',
  'challenge-ack-limited': 'challenge ACK withheld',
  'ack-of-unsent': 'acknowledges what was never sent',
  'data-after-close': 'data after close()',
  'time-wait-restarted': '2MSL timer restarted',
  'time-wait-reused': 'TIME-WAIT gives way to a newer SYN',
  'time-wait-assassinated': 'TIME-WAIT ended by a RST',
  'time-wait-overflow': 'too many in TIME-WAIT: closed at once',
  orphan: 'no process holds the socket any more',
  'orphan-limit': 'too many orphans: closed at once',
  'gave-up': 'gave up',
  'accept-queue-full': 'accept queue full',
  'syn-queue-full': 'SYN queue full',
  'zero-window': 'window closed',
  'window-opened': 'window opened',
  'data-lost': 'octets lost',
  'unread-data': 'octets never read',
}

function noteText(mark: NoteMark): string {
  const counted = mark.note === 'data-lost' || mark.note === 'unread-data'
  return counted ? `${mark.value} ${NOTES[mark.note]}` : NOTES[mark.note]
}

function faultText(mark: FaultMark): string {
  return mark.reason === '' ? mark.verdict : `${mark.verdict}: ${mark.reason}`
}
