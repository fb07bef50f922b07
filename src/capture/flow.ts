/** What one end sends, as a packet analyser judges it: what was sent twice, what is missing, what the window said. */
import { type Micros, MS, type Seq, seqDiff, seqGeq, seqGt, seqLeq, seqLt, seqMax } from '../base/index.ts'
import { Ctl, type TcpSegment } from '../wire/index.ts'

/** Counts of one direction. */
export interface FlowCounts {
  segments: number
  /** Octets of data, those that were sent again included. */
  octets: number
  /** Segments whose sequence numbers had been sent before. */
  retransmissions: number
  /** Of them, those that came upon three duplicate acknowledgments, not upon a timer. */
  fastRetransmissions: number
  /** Of them, those of which the other end had acknowledged everything. */
  spuriousRetransmissions: number
  /** Segments that fill a gap too soon to be a retransmission. */
  outOfOrder: number
  /** Gaps in the sequence numbers: sent, and not captured or lost before the place of the capture. */
  gaps: number
  /** Acknowledgments that repeat the last one while data are outstanding. */
  duplicateAcks: number
  /** Acknowledgments of what the capture has not seen. */
  acksOfUnseen: number
  keepAlives: number
  /** Times that this end closed its window. */
  zeroWindows: number
  /** µs with the window closed. */
  zeroWindowTime: Micros
  /** Segments that ask whether the other end's window is open again. */
  windowProbes: number
  resets: number
}

/** What the present segment is, beside its counts. */
export interface Judgement {
  /** Its sequence numbers had been sent before. */
  readonly retransmission: boolean
}

interface Gap {
  from: Seq
  to: Seq
  readonly since: Micros
}

const GAPS_MAX = 32
/** Reordering on the way takes less than this where the round-trip time is not known. */
const REORDERING: Micros = 3 * MS
/** RFC 5681: this many are a loss. */
const DUPLICATES_OF_LOSS = 3

/** One direction of a connection. */
export class Flow {
  readonly counts: FlowCounts = {
    segments: 0,
    octets: 0,
    retransmissions: 0,
    fastRetransmissions: 0,
    spuriousRetransmissions: 0,
    outOfOrder: 0,
    gaps: 0,
    duplicateAcks: 0,
    acksOfUnseen: 0,
    keepAlives: 0,
    zeroWindows: 0,
    zeroWindowTime: 0,
    windowProbes: 0,
    resets: 0,
  }
  /** Behind the highest octet that was seen or acknowledged. */
  next: Seq | undefined
  /** What the other end has acknowledged. */
  acked: Seq | undefined
  /** It acknowledges what the other end has sent meanwhile: that can be heard where this end is. */
  hasHeard = false
  #hasAsked = false
  /** The last acknowledgment and window that this end has sent. */
  #lastAck: Seq | undefined
  #lastWindow = -1
  #repeats = 0
  /** Since when this end's window is closed. */
  #closedSince: Micros | undefined
  readonly #gaps: Gap[] = []
  /** Since when the other end has been silent, though this one sent something that asks for an answer. */
  unansweredSince: Micros | undefined
  /** How often it has sent that again, or probed, since. */
  unansweredTimes = 0

  /**
   * Judges one more segment of this direction.
   * @param roundTrip that of the handshake; undefined where it was not seen
   * @param isLost it is known that it did not arrive: then it acknowledges nothing
   */
  take(segment: TcpSegment, time: Micros, peer: Flow, roundTrip: Micros | undefined, isLost: boolean): Judgement {
    const { counts } = this
    counts.segments++
    counts.octets += segment.dataLength
    if ((segment.ctl & Ctl.RST) !== 0) counts.resets++
    if ((segment.ctl & (Ctl.SYN | Ctl.ACK)) === Ctl.SYN) this.#hasAsked = true
    const isProbe = this.#takeProbe(segment, peer)
    const retransmission = !isProbe && this.#takeSpace(segment, time, peer, roundTrip)
    this.#await(segment, time, isProbe || retransmission)
    // Whatever it says, it is there.
    peer.unansweredSince = undefined
    peer.unansweredTimes = 0
    if ((segment.ctl & Ctl.ACK) !== 0 && (segment.ctl & Ctl.RST) === 0 && !isLost) {
      this.#takeAck(segment, peer, isProbe)
      this.#takeWindow(segment, time)
    }
    return { retransmission }
  }

  /** The end of the capture: a window that is closed has been so until now. */
  finish(time: Micros): void {
    if (this.#closedSince !== undefined) this.counts.zeroWindowTime += time - this.#closedSince
    this.#closedSince = undefined
  }

  #await({ len, ctl }: TcpSegment, time: Micros, isAgain: boolean): void {
    if ((len === 0 && !isAgain) || (ctl & Ctl.RST) !== 0) return
    this.unansweredSince ??= time
    if (isAgain) this.unansweredTimes++
  }

  /** One octet or none before or at SND.NXT, to have an answer: of a closed window, or of whether the other end lives. */
  #takeProbe({ seq, dataLength, ctl }: TcpSegment, peer: Flow): boolean {
    const { next, counts } = this
    if (next === undefined || dataLength > 1 || (ctl & (Ctl.SYN | Ctl.FIN | Ctl.RST)) !== 0) return false
    const isBehind = seq === ((next - 1) | 0)
    const isClosed = peer.#lastWindow === 0
    if (isClosed && (isBehind || (dataLength === 1 && seq === next))) counts.windowProbes++
    else if (isBehind && this.acked === next) counts.keepAlives++
    else return false
    return true
  }

  /** Sequence numbers; true when they had been sent before. */
  #takeSpace(segment: TcpSegment, time: Micros, peer: Flow, roundTrip: Micros | undefined): boolean {
    const { seq, len, ctl } = segment
    // A RST may carry any number, and uses none.
    if ((ctl & Ctl.RST) !== 0) return false
    const end = (seq + len) | 0
    const { next, counts } = this
    if (next === undefined || seqGeq(seq, next)) {
      if (next !== undefined && seqGt(seq, next)) this.#open({ from: next, to: seq, since: time })
      this.next = end
      return false
    }
    if (len === 0) return false
    this.next = seqMax(next, end)
    const gap = this.#fill(seq, end)
    if (gap !== undefined && peer.#repeats < DUPLICATES_OF_LOSS && time - gap.since < limitOf(roundTrip)) {
      counts.outOfOrder++
      return false
    }
    counts.retransmissions++
    if (peer.#repeats >= DUPLICATES_OF_LOSS && seq === peer.#lastAck) counts.fastRetransmissions++
    if (this.acked !== undefined && seqLeq(end, this.acked)) counts.spuriousRetransmissions++
    return true
  }

  #open(gap: Gap): void {
    this.counts.gaps++
    this.#gaps.push(gap)
    if (this.#gaps.length > GAPS_MAX) this.#gaps.shift()
  }

  /** Takes what these numbers cover out of the gaps; the gap that they were in. */
  #fill(from: Seq, to: Seq): Gap | undefined {
    const index = this.#gaps.findIndex((gap) => seqLt(from, gap.to) && seqLt(gap.from, to))
    const gap = this.#gaps[index]
    if (gap === undefined) return undefined
    const rest = [
      { ...gap, to: from },
      { ...gap, from: to },
    ].filter((each) => seqDiff(each.to, each.from) > 0)
    this.#gaps.splice(index, 1, ...rest)
    return gap
  }

  #takeAck({ ack, wnd, dataLength, ctl }: TcpSegment, peer: Flow, isProbe: boolean): void {
    const { counts } = this
    if (peer.next !== undefined && seqGt(ack, peer.next)) {
      counts.acksOfUnseen++
      peer.next = ack
    }
    const isBare = dataLength === 0 && (ctl & (Ctl.SYN | Ctl.FIN)) === 0 && !isProbe
    const isRepeated = isBare && ack === this.#lastAck && wnd === this.#lastWindow && wnd > 0
    if (isRepeated && peer.next !== undefined && seqGt(peer.next, ack)) {
      counts.duplicateAcks++
      this.#repeats++
    } else if (ack !== this.#lastAck) this.#repeats = 0
    if (this.#hasAsked || (this.#lastAck !== undefined && ack !== this.#lastAck)) this.hasHeard = true
    this.#lastAck = ack
    if (peer.acked === undefined || seqGt(ack, peer.acked)) peer.acked = ack
  }

  #takeWindow({ wnd, ctl }: TcpSegment, time: Micros): void {
    const isClosed = wnd === 0 && (ctl & (Ctl.SYN | Ctl.FIN)) === 0
    if (isClosed && this.#closedSince === undefined) {
      this.counts.zeroWindows++
      this.#closedSince = time
    } else if (!isClosed && this.#closedSince !== undefined) this.finish(time)
    this.#lastWindow = wnd
  }
}

function limitOf(roundTrip: Micros | undefined): Micros {
  return roundTrip === undefined ? REORDERING : roundTrip * 0.75
}
