/** One end of a connection, as far as what it sent and what was sent to it tell. */
import { type Micros, type Seq, seqGeq, seqGt, seqLeq, seqLt } from '../base/index.ts'
import { State } from '../tcp/index.ts'
import { Ctl } from '../wire/index.ts'

/** A segment of the capture, kept. */
export interface CapturedSegment {
  /** µs since the first packet of the capture. */
  readonly time: Micros
  /** The end that sent it. */
  readonly from: 0 | 1
  /** int32. */
  readonly seq: Seq
  readonly ack: Seq
  readonly flags: number
  readonly length: number
  /** As sent, unscaled. */
  readonly window: number
  readonly retransmission: boolean
  /** Why it never arrived, where the capture itself says so. */
  readonly lost: string | undefined
}

/** Sequence numbers that a segment uses. */
export function spaceOf({ flags, length }: Pick<CapturedSegment, 'flags' | 'length'>): number {
  return length + ((flags & Ctl.SYN) === 0 ? 0 : 1) + ((flags & Ctl.FIN) === 0 ? 0 : 1)
}

/** The sequence number behind a segment. */
export function endOf(segment: Pick<CapturedSegment, 'seq' | 'flags' | 'length'>): Seq {
  return (segment.seq + spaceOf(segment)) | 0
}

/** What is known of one end. Names are RFC 9293's, of this end as a sender, unless they say otherwise. */
export class End {
  /** Undefined while nothing has told. */
  state: State | undefined
  /** Its initial sequence number. */
  iss: Seq | undefined
  /** SND.NXT: behind the highest octet that was seen or acknowledged. */
  sndNxt: Seq | undefined
  /** SND.UNA, by the other end's acknowledgments. */
  sndUna: Seq | undefined
  /** Behind its FIN. */
  finEnd: Seq | undefined
  /** Its SYN, or its FIN, is known to it as acknowledged. */
  synAcked = false
  finAcked = false

  /** The arrow that a segment leads along as this end sends it; undefined: none. */
  sends(segment: CapturedSegment): State | undefined {
    const { flags } = segment
    if ((flags & Ctl.RST) !== 0) return this.#aborts(segment) ? State.CLOSED : undefined
    if ((flags & Ctl.SYN) !== 0) return this.#opens(flags)
    // Whoever acknowledges has what it acknowledges, though the capture may have missed it.
    if (this.state === State.SYN_SENT && (flags & Ctl.ACK) !== 0) return State.ESTABLISHED
    if ((flags & Ctl.FIN) === 0) return undefined
    if (this.state === State.SYN_RECEIVED || this.state === State.ESTABLISHED) return State.FIN_WAIT_1
    return this.state === State.CLOSE_WAIT ? State.LAST_ACK : undefined
  }

  /** Whether a RST of this end answers a SYN,ACK: it knows nothing of the SYN, or no longer. */
  refuses({ flags, seq }: CapturedSegment): boolean {
    if (this.state !== State.SYN_SENT || (flags & (Ctl.RST | Ctl.ACK)) !== Ctl.RST) return false
    return this.iss !== undefined && seq === ((this.iss + 1) | 0)
  }

  #opens(flags: number): State | undefined {
    if ((flags & Ctl.ACK) === 0) return this.state === State.CLOSED ? State.SYN_SENT : undefined
    return this.state === State.LISTEN || this.state === State.SYN_SENT ? State.SYN_RECEIVED : undefined
  }

  /** A RST ends the connection of its sender, unless it only answers a segment that the handshake does not want. */
  #aborts({ seq }: CapturedSegment): boolean {
    switch (this.state) {
      case undefined:
      case State.CLOSED:
      case State.LISTEN:
      case State.SYN_SENT:
      case State.TIME_WAIT:
        return false
      case State.SYN_RECEIVED:
        return seq === this.sndNxt
      default:
        // One that is far from its numbers is somebody else's.
        return this.sndUna === undefined || seqGeq(seq, this.sndUna)
    }
  }

  /** The arrows that a segment of the other end leads along as it arrives, in their order. */
  *receives(segment: CapturedSegment, sender: End): Generator<State> {
    const { flags } = segment
    if ((flags & Ctl.RST) !== 0) {
      if (this.#isReset(segment, sender)) yield State.CLOSED
      return
    }
    if ((flags & Ctl.SYN) !== 0) yield* this.#receivesSyn(segment)
    if ((flags & Ctl.ACK) !== 0) yield* this.#receivesAck(segment)
    if ((flags & Ctl.FIN) !== 0 && sender.finEnd === endOf(segment)) yield* this.#receivesFin()
  }

  /** A RST counts at what this end expects next, or in the window behind it: not before what it has acknowledged. */
  #isReset({ flags, seq, ack }: CapturedSegment, sender: End): boolean {
    switch (this.state) {
      case undefined:
      case State.CLOSED:
      case State.LISTEN:
        return false
      case State.SYN_SENT:
        return (flags & Ctl.ACK) !== 0 && this.iss !== undefined && ack === ((this.iss + 1) | 0)
      default:
        return sender.sndUna === undefined || seqGeq(seq, sender.sndUna)
    }
  }

  *#receivesSyn({ flags, ack }: CapturedSegment): Generator<State> {
    if (this.state === State.LISTEN) yield State.SYN_RECEIVED
    if (this.state !== State.SYN_SENT) return
    const isAnswer = (flags & Ctl.ACK) !== 0 && this.iss !== undefined && seqGt(ack, this.iss)
    if (isAnswer) this.synAcked = true
    yield isAnswer ? State.ESTABLISHED : State.SYN_RECEIVED
  }

  *#receivesAck({ ack, flags }: CapturedSegment): Generator<State> {
    if (this.iss !== undefined && seqGt(ack, this.iss)) this.synAcked = true
    if (this.state === State.SYN_RECEIVED && this.synAcked) yield State.ESTABLISHED
    if (this.finEnd === undefined || !seqGeq(ack, this.finEnd)) return
    this.finAcked = true
    // A FIN in the same segment takes this end straight to TIME-WAIT.
    if (this.state === State.FIN_WAIT_1 && (flags & Ctl.FIN) === 0) yield State.FIN_WAIT_2
    if (this.state === State.CLOSING) yield State.TIME_WAIT
    if (this.state === State.LAST_ACK) yield State.CLOSED
  }

  *#receivesFin(): Generator<State> {
    if (this.state === State.ESTABLISHED || this.state === State.SYN_RECEIVED) yield State.CLOSE_WAIT
    else if (this.state === State.FIN_WAIT_2) yield State.TIME_WAIT
    else if (this.state === State.FIN_WAIT_1) yield this.finAcked ? State.TIME_WAIT : State.CLOSING
  }

  /** Whether the arrival of this segment could move this end: when others arrived need not be found out. */
  awaits({ flags, ack }: CapturedSegment): boolean {
    if ((flags & (Ctl.SYN | Ctl.FIN | Ctl.RST)) !== 0) return true
    if ((flags & Ctl.ACK) === 0) return false
    const acksSyn = this.iss !== undefined && !this.synAcked && seqGt(ack, this.iss)
    return acksSyn || (this.finEnd !== undefined && !this.finAcked && seqGeq(ack, this.finEnd))
  }

  /**
   * Whether a segment that this end has sent shows that one of the other end had not arrived: its sequence numbers are not acknowledged,
   * or what it acknowledges is sent once more. Neither is known of a RST; but whoever goes on has not taken one. A RST without ACK has
   * the number that the segment acknowledged which it answers (RFC 9293 §3.10.7.1).
   */
  denies(sent: CapturedSegment, other: CapturedSegment): boolean {
    if ((other.flags & Ctl.RST) !== 0) return (sent.flags & Ctl.RST) === 0
    const isAnswer = (sent.flags & (Ctl.RST | Ctl.ACK)) === Ctl.RST && (other.flags & Ctl.ACK) !== 0
    if (isAnswer && sent.seq === other.ack) return false
    const isAcked = (sent.flags & Ctl.ACK) !== 0 && seqLeq(endOf(other), sent.ack)
    if (spaceOf(other) > 0) return !isAcked
    const isRepeated = spaceOf(sent) > 0 && seqLt(sent.seq, other.ack) && sent.retransmission
    return isRepeated && (sent.flags & (Ctl.SYN | Ctl.FIN)) !== 0
  }
}
