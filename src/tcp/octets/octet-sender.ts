import type { Micros, Seq } from '../../base/index.ts'
import type { TcpSegment } from '../../wire/index.ts'
import type { Tcb } from '../tcb.ts'
import { Scoreboard } from './scoreboard.ts'
import type { Sent } from './sent.ts'

/**
 * What a sender knows of its losses that counts octets and cuts what leaves again from its buffer (`policy.octetSending`). There is one
 * place in the stream from which sending goes on, and a timeout takes it back; beside it a fast recovery fills holes.
 */
export class OctetSender {
  readonly sending: OctetSending
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

  constructor(sending: OctetSending) {
    this.sending = sending
  }
}

/** What a connection asks of a sender that counts octets. */
export interface OctetSending {
  /** For a new connection. */
  newSender(): OctetSender
  /** Whether an ACK says so little that nothing is judged. @param wnd the window that it says */
  isForeseen(tcb: Tcb, octets: OctetSender, segment: TcpSegment, wnd: number): boolean
  /** Losses, before SND.UNA moves. Returns whether the ACK counts for nothing else. */
  judgeBefore(tcb: Tcb, octets: OctetSender, segment: TcpSegment, wnd: number): boolean
  /** A timeout may have been needless. */
  takeTimeoutBack(tcb: Tcb, octets: OctetSender, segment: TcpSegment, plain: boolean): void
  /** The same as `judgeBefore` once SND.UNA has moved from `una`. */
  judgeBehind(tcb: Tcb, octets: OctetSender, una: Seq): void
  /** Octets of new text that the congestion window has room for. */
  newRoom(tcb: Tcb, octets: OctetSender): number
  /** Sends again what is due; `owes`: an ACK is to leave in any case. */
  transmitAgain(tcb: Tcb, octets: OctetSender, owes: boolean): Sent
  /** The retransmission timer has run out. */
  goBack(tcb: Tcb, octets: OctetSender): void
}

/** How things stood before a timeout. */
export interface BeforeTimeout {
  window: number
  threshold: number
  recover: Seq
  recovering: boolean
  reducing: boolean
}
