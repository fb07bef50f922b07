import type { Micros, Seq } from '../../base/index.ts'
import { Scoreboard } from './scoreboard.ts'

/**
 * What a sender knows of its losses that counts octets and cuts what leaves again from its buffer (`policy.lossDetection` 'holes'). There is one
 * place in the stream from which sending goes on, and a timeout takes it back; beside it a fast recovery fills holes.
 */
export class OctetSender {
  readonly board: Scoreboard = new Scoreboard()
  /** What a timeout takes back leaves again from here on; null: sending goes on at SND.NXT. */
  resendFrom: Seq | null = null
  /** A fast recovery is under way. */
  recovering = false
  /** The window is coming down: by that, or by a mark. */
  reducing = false
  /** Where that ends (RFC 6582's recover); meaningful also behind it. */
  recover: Seq = 0
  /** Duplicate ACKs of SND.UNA, and segments that left for the first two of them (RFC 3042). */
  duplicates = 0
  limited = 0
  /** Round trips that were measured. */
  samples = 0
  /** SRTT and RTTVAR in 32nds and 16ths of a tick; 0: none was measured. */
  srtt = 0
  rttvar = 0
  /** A window's worth of octets has been acknowledged (RFC 3465 §2.1). */
  windowTaken = false
  /** The segment that is being read has changed something by which more may leave. */
  due = true
  /** It came with text, though all of that may have been here already. */
  bringsText = false
  // Proportional rate reduction (RFC 6937): RecoverFS, prr_delivered, prr_out, in octets.
  flightBefore = 0
  prrDelivered = 0
  prrOut = 0
  /** What the first timeout of a series cost, while it can be taken back. */
  before: BeforeTimeout | null = null
  /** When it left again: what echoes an earlier timestamp answers something older. Without timestamps what comes before a moment does. */
  resentAt: Micros = 0
  needlessUntil: Micros = 0
}

/** How things stood before a timeout. */
export interface BeforeTimeout {
  window: number
  threshold: number
  recover: Seq
  recovering: boolean
  reducing: boolean
}
