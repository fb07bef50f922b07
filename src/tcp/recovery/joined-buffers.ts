import { type Seq, seqGeq, seqGt, seqLt } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import type { TcpCounters } from '../counters.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'

/**
 * Counts what Linux tells of its buffers, each of which holds a burst, or neighbours that have arrived: one that a SACK block meets is tried
 * against the one before, and goes over to it whole, or with whole segments of its front, or stays.
 */
export class BufferWalk {
  /** The segment that is passed, and the one before it. */
  #at: SentSegment | null = null
  #before: SentSegment | null = null
  /** The first segments of the buffer that `#before` is of, and of the one that is met. */
  #prior: SentSegment | null = null
  #first: SentSegment | null = null
  #met = false

  /** Begins a walk through the queue, from its head. */
  begin(): void {
    this.#at = this.#before = this.#prior = this.#first = null
    this.#met = false
  }

  /** A burst is told apart where the block begins. If none of it has been met, it is now. */
  cut({ host }: Tcb): void {
    if (!this.#met && host.policy.sendsBursts) host.counters.TCPSackShiftFallback++
  }

  /** The next segment of the queue, none of whose buffer is marked yet. */
  pass(s: SentSegment): void {
    this.#before = this.#at
    this.#at = s
    if (s.follows && this.#first !== null) return
    this.#prior = this.#first
    this.#first = s
  }

  /** The block meets the segment that was passed last. */
  meet({ host }: Tcb, left: Seq, right: Seq): void {
    if (!host.policy.sendsBursts || this.#first === null || (this.#met && this.#first !== this.#at)) return
    this.#met = true
    countJoining(host.counters, this.#before, this.#prior, this.#first, left, right)
  }
}

function countJoining(
  counters: TcpCounters,
  before: SentSegment | null,
  prior: SentSegment | null,
  first: SentSegment,
  left: Seq,
  right: Seq,
): void {
  const size = textLength(first)
  const stays = before === null || !before.sacked || before.retransmitted || before.closed || prior === null
  if (stays || (first.retransmitted && !first.lost)) {
    counters.TCPSackShiftFallback++
    return
  }
  let last = first
  while (last.next?.follows) last = last.next
  const whole = seqGeq(first.seq, left) && !seqGt(last.end, right)
  // A segment alone that the block covers in part is not tried.
  if (!whole && last === first) return
  if (seqLt(first.seq, left) || textLength(prior) !== size) {
    counters.TCPSackShiftFallback++
    return
  }
  const text = (last.seq + textLength(last) - first.seq) | 0
  const told = whole ? text : Math.floor(((right - first.seq) | 0) / size) * size
  if (told === text) counters.TCPSackMerged += joinsToo(last.next, size) ? 2 : 1
  else if (told > 0) counters.TCPSackShifted++
}

/** What had arrived behind the gap joins as well. */
function joinsToo(next: SentSegment | null, size: number): boolean {
  return next?.sacked === true && !next.retransmitted && textLength(next) === size
}

function textLength({ seq, end, ctl }: SentSegment): number {
  return ((end - seq) | 0) - ((ctl & Ctl.FIN) !== 0 ? 1 : 0)
}
