import { type Seq, seqGeq, seqGt, seqLt } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
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
  meet(tcb: Tcb, left: Seq, right: Seq): void {
    if (!tcb.host.policy.sendsBursts || this.#first === null || (this.#met && this.#first !== this.#at)) return
    this.#met = true
    join(tcb, this.#before, this.#prior, this.#first, left, right)
  }
}

function join(
  tcb: Tcb,
  before: SentSegment | null,
  prior: SentSegment | null,
  first: SentSegment,
  left: Seq,
  right: Seq,
): void {
  const { counters } = tcb.host
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
  if (told === text) merged(tcb, prior, last, size)
  else if (told > 0) counters.TCPSackShifted++
}

/** A whole buffer went over, and what had arrived behind the gap joins as well: who watches is told of one by its end. */
function merged({ host, watch }: Tcb, { seq }: SentSegment, last: SentSegment, size: number): void {
  const { next } = last
  const two = next?.sacked === true && !next.retransmitted && textLength(next) === size
  host.counters.TCPSackMerged += two ? 2 : 1
  watch?.joined(seq, two ? next.end : last.end)
}

function textLength({ seq, end, ctl }: SentSegment): number {
  return ((end - seq) | 0) - ((ctl & Ctl.FIN) !== 0 ? 1 : 0)
}
