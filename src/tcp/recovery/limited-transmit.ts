import { oneSegment } from '../congestion/unit.ts'
import type { Tcb } from '../tcb.ts'
import { Phase } from './loss-recovery.ts'

/** Duplicates that let something new leave. */
const DUPLICATES_MOST = 2

/** A duplicate, the `count`th of its number, lets new segments leave (RFC 3042), as BSDs count them: until it is read to its end. */
export function beginAnswer(tcb: Tcb, count: number): void {
  const { recovery: r, host, snd } = tcb
  if (!host.policy.windowCountsOctets || !host.config.limitedTransmit) return
  if (r.phase >= Phase.RECOVERY || count > DUPLICATES_MOST) return
  if (count === 1) r.answered = 0
  r.answering = count - r.answered
  r.answerFrom = snd.nxt
}

/** It is read. */
export function endAnswer(tcb: Tcb): void {
  const { recovery: r, snd } = tcb
  const left = (snd.nxt - r.answerFrom) | 0
  if (left > 0) r.answered = left > oneSegment(tcb) ? DUPLICATES_MOST : r.answered + 1
  r.answering = 0
}
