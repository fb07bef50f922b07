import type { Micros, Seq } from '../../base/index.ts'
import type { KnownBlocks } from './known-blocks.ts'

/** Where loss recovery stands, with Linux's numbers as TCP_INFO's `ca_state` prints them. */
export const Phase = {
  /** Nothing is wrong. */
  OPEN: 0,
  /** Duplicate ACKs or SACK blocks have come; nothing is believed lost yet. */
  DISORDER: 1,
  /** The window is being reduced without a loss: congestion was signalled (ECN), or a loss probe filled the hole. */
  CWR: 2,
  /** Fast recovery (RFC 5681, RFC 6582, RFC 6675). */
  RECOVERY: 3,
  /** The retransmission timer has run out. */
  LOSS: 4,
} as const
/** One of these. */
export type Phase = (typeof Phase)[keyof typeof Phase]

/** What one connection knows about its losses: RFC 5681's recovery, RFC 6937's reduction, RFC 8985's clock, and how to undo. */
export class LossRecovery {
  phase: Phase = Phase.OPEN
  /** SND.NXT when the phase began (RFC 6582's recover): it ends when this is acknowledged. */
  highSeq: Seq = 0
  /** Segments by which an ACK may be out of order before it means loss (`tcp_reordering`, RFC 5681: 3). */
  reordering: number
  /** Times that reordering was seen. */
  reorderSeen = 0
  /** The oldest segment, which ends at `partEnd`, was acknowledged in part, and began here. */
  isPart = false
  partFrom: Seq = 0
  partEnd: Seq = 0
  /** What the last ACK's blocks told; null: none came yet, or nobody asks. */
  knownBlocks: KnownBlocks | null = null
  /** When the first retransmission of this episode was sent; 0: none. */
  retransmitStamp: Micros = 0

  // Proportional rate reduction (RFC 6937).
  priorWindow = 0
  prrDelivered = 0
  prrOut = 0

  // Undo: as long as every retransmission may have been needless.
  undoable = false
  /** SND.UNA when the window was reduced. */
  undoMarker: Seq = 0
  /** Retransmissions of this episode that no DSACK has called needless; −1: none was sent yet. */
  undoRetransmissions = 0
  /** The threshold before the reduction; 0: it must not be restored. */
  priorThreshold = 0
  /** F-RTO (RFC 5682) may still find the timeout spurious. */
  frto = false
  /** The peer took back what it had acknowledged selectively. */
  reneged = false

  // Tail loss probe (RFC 8985 §7).
  /** SND.NXT when the probe left, while `probed`. */
  probeEnd: Seq = 0
  probed = false
  /** The probe repeated old data. */
  probeRetransmits = false

  // RACK (RFC 8985 §5).
  /** When the most recently sent segment that was delivered had left, and its end. */
  rackSentAt: Micros = 0
  rackEnd: Seq = 0
  rackRtt: Micros = 0
  /** Something was delivered since losses were last looked for. */
  rackAdvanced = false
  rackDsackSeen = false
  /** The reordering window in quarters of the least RTT. */
  rackSteps = 1
  /** Recoveries that this width still survives. */
  rackPersist = 0
  /** `delivered` when the width last grew. */
  rackLastDelivered = 0

  /** Segments that arrived at the peer, retransmissions and DSACKs among them. */
  delivered = 0
  /** Those whose delivery came with an ECN echo. */
  deliveredCe = 0
  /** Segments ever believed lost. */
  lost = 0
  /** Segments that the peer said it had twice. */
  dsackDuplicates = 0
  dsackSeen = false

  // Delivery rate (as TCP_INFO reports it).
  deliveredAt: Micros = 0
  firstSentAt: Micros = 0
  /** `delivered` at which what was sent while the program had nothing more is gone; 0: not limited by it. A connection begins limited. */
  appLimited = -1
  rateDelivered = 0
  rateIntervalUs: Micros = 0
  rateAppLimited = true

  constructor(reordering: number) {
    this.reordering = reordering
  }

  /** The window is being brought down to the threshold: nothing else may set it. */
  get reducing(): boolean {
    return this.phase === Phase.CWR || this.phase === Phase.RECOVERY
  }
}
