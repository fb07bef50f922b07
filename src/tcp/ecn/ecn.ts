import { type AccurateEcn, Asked, Codepoint, EcnCounts } from './accurate.ts'

/** Explicit congestion notification (RFC 3168, RFC 9768): what one connection knows of it. */
export class Ecn {
  /** What our SYN asked for. */
  asked: Asked = Asked.NOTHING
  /** The SYN-ACK about to leave answers a repeated SYN, not a timeout. */
  answersSyn = false
  /** The SYN was not answered, and is sent again without asking. */
  silent = false
  /** Both ends agreed to RFC 3168. */
  on = false
  /** Both ends agreed to accurate ECN; null: they did not. */
  accurate: AccurateEcn | null = null
  /** What was counted; null: no packet with a codepoint was seen. */
  counts: EcnCounts | null = null
  /** Sender: the window was reduced; the next new data carry CWR. */
  mustTellReduced = false
  /** Receiver: congestion was experienced; every ACK carries ECE until the peer says CWR. */
  echo = false
  /** Receiver: the path has carried an ECN codepoint; one without is remarkable. */
  seen = false
  /** Codepoint of the packet that is being taken in. */
  arrived: number = Codepoint.NOT_ECT
  /** Codepoint of the packet about to leave, and of those that no rule gives one (Linux). */
  codepoint: number = Codepoint.NOT_ECT
  /** Codepoint of answers out of the ordinary. */
  kept: number = Codepoint.NOT_ECT

  /** The counters, made when they are first needed. */
  counting(): EcnCounts {
    this.counts ??= new EcnCounts()
    return this.counts
  }
}
