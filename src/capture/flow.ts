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
  /** Of them, those that had arrived: the other end had acknowledged them, or told by a DSACK that they came twice (RFC 2883). */
  spuriousRetransmissions: number
  /** Segments that fill a gap too soon to be a retransmission. */
  outOfOrder: number
  /** Gaps in the sequence numbers: sent, and not captured or lost before the place of the capture. What was overtaken is none. */
  gaps: number
  /** Of them, those that nothing filled and the other end acknowledged: sent and arrived, and not captured. */
  missed: number
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

interface Range {
  readonly from: Seq
  readonly to: Seq
}

interface Gap extends Range {
  readonly since: Micros
}

/** A RST behind this many questions without an answer has given up. */
const IN_VAIN = 2
/** Retransmissions that a DSACK may still tell of. */
const RESENT_MAX = 64

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
    missed: 0,
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
  /** Its acknowledgments have moved on, or answer its SYN: so the other end sends, and this end receives it. */
  hasHeard = false
  #hasAsked = false
  /** It has sent a SYN,ACK: one behind its SYN is no retransmission, both have opened. */
  #hasAnswered = false
  /** Where it is in its numbers is known: by its SYN, or by an acknowledgment. */
  #isSettled = false
  /** Behind the octet that it has put into a closed window. */
  #probed: Seq | undefined
  /** Retransmissions that were not needless, as far as is known. */
  readonly #resent: Range[] = []
  #resetAt: Micros | undefined
  /** It has sent a RST after so long a silence, in which it sent again so many times. */
  gaveUp: { readonly silence: Micros; readonly times: number } | undefined
  /** It went on behind its own RST: another has sent that. */
  wentOn = false
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
    this.#takeReset(segment, time, roundTrip)
    if ((segment.ctl & Ctl.SYN) !== 0) this.#isSettled = true
    if ((segment.ctl & (Ctl.SYN | Ctl.ACK)) === Ctl.SYN) this.#hasAsked = true
    const isProbe = this.#takeProbe(segment, peer)
    const retransmission = !isProbe && this.#takeSpace(segment, time, peer, roundTrip)
    this.#await(segment, time, isProbe || retransmission)
    // Whatever it says, the end that sent it is alive: the other one waits in silence no more.
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
    this.#openWindow(time)
    const { acked } = this
    const missed = acked === undefined ? [] : this.#gaps.filter(({ to }) => seqLeq(to, acked))
    this.counts.missed = new Set(missed.map(({ since }) => since)).size
  }

  #openWindow(time: Micros): void {
    if (this.#closedSince !== undefined) this.counts.zeroWindowTime += time - this.#closedSince
    this.#closedSince = undefined
  }

  #takeReset({ ctl }: TcpSegment, time: Micros, roundTrip: Micros | undefined): void {
    if ((ctl & Ctl.RST) === 0) {
      const limit = Math.max(REORDERING, limitOf(roundTrip))
      if (this.#resetAt !== undefined && time - this.#resetAt > limit) this.wentOn = true
      return
    }
    this.counts.resets++
    this.#resetAt ??= time
    const { unansweredSince, unansweredTimes: times } = this
    if (unansweredSince !== undefined && times >= IN_VAIN) this.gaveUp ??= { silence: time - unansweredSince, times }
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
    const isInto = dataLength === 1 && seq === next
    if (isClosed && isInto) this.#probed = (seq + 1) | 0
    if (isClosed && (isBehind || isInto)) counts.windowProbes++
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
    // Both have opened: the SYN,ACK has the number of the SYN (RFC 9293 §3.5).
    if ((ctl & (Ctl.SYN | Ctl.ACK)) === (Ctl.SYN | Ctl.ACK) && this.#hasAsked && !this.#hasAnswered) {
      this.#hasAnswered = true
      return false
    }
    const gap = this.#fill(seq, end)
    if (gap !== undefined && peer.#repeats < DUPLICATES_OF_LOSS && time - gap.since < limitOf(roundTrip)) {
      counts.outOfOrder++
      if (this.#gaps.every(({ since }) => since !== gap.since)) counts.gaps--
      return false
    }
    counts.retransmissions++
    if (peer.#repeats >= DUPLICATES_OF_LOSS && seq === peer.#lastAck) counts.fastRetransmissions++
    if (this.acked !== undefined && seqLeq(end, this.acked)) counts.spuriousRetransmissions++
    else if (this.#resent.push({ from: seq, to: end }) > RESENT_MAX) this.#resent.shift()
    return true
  }

  /** The other end has had these numbers twice: what was sent again had arrived. */
  #takeDuplicate(from: Seq, to: Seq): void {
    const index = this.#resent.findIndex((one) => seqLt(from, one.to) && seqLt(one.from, to))
    if (index < 0) return
    this.#resent.splice(index, 1)
    this.counts.spuriousRetransmissions++
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

  #takeAck(segment: TcpSegment, peer: Flow, isProbe: boolean): void {
    const { ack, wnd, dataLength, ctl } = segment
    const { counts } = this
    if (peer.next !== undefined && seqGt(ack, peer.next)) {
      // A capture that began with a keep-alive shows only now that it was one.
      const isBehindKeepAlive = ack === ((peer.next + 1) | 0) && peer.counts.octets === 0
      if (peer.#isSettled) counts.acksOfUnseen += ack === peer.#probed ? 0 : 1
      else if (isBehindKeepAlive) peer.counts.keepAlives++
      peer.next = ack
    }
    if (peer.next !== undefined) peer.#isSettled = true
    if (isDuplicateTold(segment)) peer.#takeDuplicate(segment.sackLeft[0] as Seq, segment.sackRight[0] as Seq)
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
    } else if (!isClosed) this.#openWindow(time)
    this.#lastWindow = wnd
  }
}

/** RFC 2883: the first SACK block lies below the acknowledgment, or within the second. */
function isDuplicateTold({ ack, sackCount, sackLeft, sackRight }: TcpSegment): boolean {
  if (sackCount === 0) return false
  const [left, right] = [sackLeft[0] as Seq, sackRight[0] as Seq]
  if (seqLeq(right, ack)) return true
  return sackCount > 1 && seqLeq(sackLeft[1] as Seq, left) && seqLeq(right, sackRight[1] as Seq)
}

function limitOf(roundTrip: Micros | undefined): Micros {
  return roundTrip === undefined ? REORDERING : roundTrip * 0.75
}
