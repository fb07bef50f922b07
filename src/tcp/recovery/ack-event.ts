import type { Micros, Seq } from '../../base/index.ts'

/**
 * What one acknowledgment brought: found by the files beside, in the order of `arrives/ack-arrived.ts`, and judged at its end.
 * One object per realm; it is cleared before each use.
 */
export class AckEvent {
  /** SND.UNA has moved. */
  advanced = false
  /** The segment carries data or FIN, or changed the send window: it is no duplicate. */
  carriesData = false
  windowUpdated = false
  /** Nothing else of the segment is new (header prediction). */
  foreseen = false
  /** Data left the retransmission queue, or the SYN. */
  dataAcked = false
  synAcked = false
  /** And that was what a request had sent: it is told of as delivered once the ACK has been judged. */
  requestTaken = false
  /** Something was newly acknowledged selectively. */
  dataSacked = false
  /** What was acknowledged had been sent more than once. */
  retransmittedAcked = false
  /** Something that was never sent again, and sent before this phase, has arrived (F-RTO). */
  originalAcked = false
  /** It brought a duplicate SACK (RFC 2883) for something that we sent again. */
  dsack = false
  /** That block is the loss probe's. */
  dsackOfProbe = false
  /** It tells of congestion: ECE (RFC 3168), or new marks (RFC 9768). */
  ece = false
  /** The oldest segment is selectively acknowledged, yet not acknowledged: the peer forgot it. */
  reneging = false
  /** A retransmission was found lost. */
  lostRetransmission = false
  /** The retransmission timer must run anew. */
  restartTimer = false
  /** The ACK may have been delayed: its round trip is an upper bound only. */
  maybeDelayed = false

  /** Segments that left the queue. */
  segments = 0
  /** Octets that SND.UNA has passed; where it stood still, those newly sacked. */
  octets = 0
  /** Lowest sequence number that arrived out of order without having been sent again; with `reordered`. */
  reorderedFrom: Seq = 0
  reordered = false
  /** When the first and the last newly sacked segments had left; −1: none. */
  firstSackedAt: Micros = -1
  lastSackedAt: Micros = -1
  /** Round trip for the congestion control, µs; −1: none. */
  rtt: Micros = -1

  /** `delivered` and `lost` of the connection before this ACK. */
  deliveredBefore = 0
  lostBefore = 0
  /** What was in flight before this ACK, counted as the congestion window is. */
  inFlightBefore = 0
  /** SND.UNA before this ACK. */
  unaBefore: Seq = 0
  /** The peer had taken back what it had acknowledged selectively: then no pace is measured. */
  reneged = false
  /** SND.WND before this ACK; of a connection that it opens, what it tells. */
  windowBefore = 0
  /** What a timeout lost was still being sent again; where octets are counted. */
  resending = false
  /** The highest octet sacked (or SND.UNA) before this ACK. */
  highestBefore: Seq = 0

  // The delivery-rate sample.
  priorDelivered = 0
  priorDeliveredAt: Micros = 0
  rateInterval: Micros = 0
  rateAppLimited = false
  rateEnd: Seq = 0

  get newData(): boolean {
    return this.dataAcked || this.synAcked
  }

  /** RFC 5681 §2: nothing in it but the repetition of an acknowledgment. */
  get duplicate(): boolean {
    return !this.advanced && !this.carriesData && !this.windowUpdated && !this.newData && !this.dsack
  }

  /** Whether more than opening the window may be called for. */
  dubious(): boolean {
    const plain = this.carriesData || this.windowUpdated || this.newData
    return !plain || this.dataSacked || this.ece || this.dsack
  }

  clear(): void {
    this.advanced = false
    this.carriesData = false
    this.windowUpdated = false
    this.foreseen = false
    this.dataAcked = false
    this.synAcked = false
    this.requestTaken = false
    this.dataSacked = false
    this.retransmittedAcked = false
    this.originalAcked = false
    this.dsack = false
    this.dsackOfProbe = false
    this.ece = false
    this.reneging = false
    this.lostRetransmission = false
    this.restartTimer = false
    this.maybeDelayed = false
    this.segments = 0
    this.octets = 0
    this.reordered = false
    this.firstSackedAt = -1
    this.lastSackedAt = -1
    this.rtt = -1
    this.priorDelivered = 0
    this.priorDeliveredAt = 0
    this.rateInterval = 0
    this.rateAppLimited = false
  }
}
