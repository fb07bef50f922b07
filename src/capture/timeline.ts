/**
 * When what was captured had arrived. A capture shows each segment once, at one place; the other end's own segments tell whether
 * and when it had it: they acknowledge sequence numbers, and what they send again they have no acknowledgment of.
 */
import { type Micros, seqGt } from '../base/index.ts'
import { mayMove, State } from '../tcp/index.ts'
import type { TraceEvent } from '../trace/index.ts'
import { Ctl } from '../wire/index.ts'
import { type CapturedSegment, End, endOf, spaceOf } from './end.ts'

/** A captured segment, and what came of it. */
interface Step {
  readonly segment: CapturedSegment
  /** The arrow that its sender went along with it. */
  readonly left: readonly Move[]
  /** Segments of either end whose arrival falls between this step and the next. */
  readonly arrivals: Arrival[]
  /** Arrivals are told where the segments are kept. */
  readonly isShown: boolean
}

interface Arrival {
  readonly segment: CapturedSegment
  readonly moves: readonly Move[]
  readonly isShown: boolean
}

/** One end's step along an arrow of `TRANSITIONS`. */
export interface Move {
  readonly end: 0 | 1
  readonly from: State
  readonly to: State
  /** µs since the first packet of the capture. */
  readonly time: Micros
}

interface Waiting {
  readonly segment: CapturedSegment
  readonly isShown: boolean
  /** It arrived behind this step at the earliest. */
  after: Step
}

/** Segments that are kept from the beginning and from the end of a connection; between them only those that move a state. */
const HEAD = 200
const TAIL = 200
/** Of one direction: a sender that nobody answers repeats itself. */
const WAITING_MAX = 16

/** A connection's segments and states, in the order in which they came to be. */
export class Timeline {
  readonly ends: readonly [End, End] = [new End(), new End()]
  readonly #keepsSegments: boolean
  readonly #head: Step[] = []
  readonly #tail: Step[] = []
  /** By the end that they go to. */
  readonly #waiting: readonly [Waiting[], Waiting[]] = [[], []]
  readonly #moves: Move[] = []
  /** Segments that are not kept. */
  omitted = 0

  /** @param keepsSegments false: only the states */
  constructor(keepsSegments: boolean) {
    this.#keepsSegments = keepsSegments
  }

  /** Every move so far, each end's in its order. */
  get moves(): readonly Move[] {
    return this.#moves
  }

  /** One more segment. */
  add(segment: CapturedSegment): void {
    const { from, time } = segment
    const to = from === 0 ? 1 : 0
    const [sender, receiver] = [this.ends[from], this.ends[to]]
    this.#learn(sender, receiver, segment)
    const left: Move[] = []
    // A RST that answers a SYN,ACK: the sender had no such connection any more when that arrived.
    if (sender.refuses(segment)) this.#move(from, State.CLOSED, time, left)
    const denied = this.#settle(from, segment)
    const next = sender.sends(segment)
    if (next !== undefined) this.#move(from, next, time, left)
    const step: Step = { segment, left, arrivals: [], isShown: this.#keepsSegments }
    this.#remember(sender, receiver, segment)
    // What this segment denies arrives later than this segment was sent.
    for (const one of denied) one.after = step
    if (this.#keepsSegments) this.#keep(step)
    if (segment.lost !== undefined) return
    const waiting: Waiting = { segment, isShown: step.isShown, after: step }
    if (receiver.awaits(segment)) this.#await(to, waiting)
    else if (step.isShown) step.arrivals.push({ segment, moves: [], isShown: true })
  }

  /**
   * Nothing comes any more: what nothing denies has arrived, but for sequence numbers that nobody has acknowledged.
   * @param unheard which ends were not captured, though they are there: of what was sent to them nothing denies that it arrived
   */
  finish(unheard: readonly [boolean, boolean] = [false, false]): void {
    for (const end of [0, 1] as const) {
      for (const waiting of this.#waiting[end].splice(0))
        if (unheard[end] || spaceOf(waiting.segment) === 0) this.#arrive(end, waiting)
    }
  }

  /** What the first segments tell of where the ends are. */
  #learn(sender: End, receiver: End, { flags, seq, ack }: CapturedSegment): void {
    const isSyn = (flags & Ctl.SYN) !== 0
    if (isSyn && (flags & Ctl.ACK) === 0) {
      sender.state ??= State.CLOSED
      return
    }
    if (isSyn) {
      sender.state ??= State.LISTEN
      if (receiver.state !== undefined) return
      // Its SYN was not captured.
      receiver.state = State.SYN_SENT
      receiver.iss = (ack - 1) | 0
      return
    }
    if ((flags & Ctl.RST) !== 0) {
      // An end that answers the first SYN by RST has nothing there.
      if (receiver.state === State.SYN_SENT) sender.state ??= State.CLOSED
      else if (sender.state === undefined && receiver.state === undefined) this.#join(sender, receiver, seq)
      return
    }
    if (sender.state === undefined && receiver.state === undefined) this.#join(sender, receiver, seq)
  }

  /** Joined in the middle: both are taken for established, until they show otherwise. */
  #join(sender: End, receiver: End, seq: number): void {
    sender.state = State.ESTABLISHED
    receiver.state = State.ESTABLISHED
    sender.synAcked = true
    receiver.synAcked = true
    sender.sndNxt = seq
  }

  #remember(sender: End, receiver: End, segment: CapturedSegment): void {
    const { flags, seq, ack } = segment
    const acks = (flags & (Ctl.ACK | Ctl.RST)) === Ctl.ACK
    if (acks && (receiver.sndUna === undefined || seqGt(ack, receiver.sndUna))) receiver.sndUna = ack
    if ((flags & Ctl.SYN) !== 0) sender.iss = seq
    if ((flags & Ctl.FIN) !== 0) sender.finEnd = endOf(segment)
    if ((flags & Ctl.RST) === 0) sender.sndNxt = endOf(segment)
  }

  /** What this segment tells of the arrival of those that are on their way to its sender; those that it denies go on waiting. */
  #settle(to: 0 | 1, sent: CapturedSegment): readonly Waiting[] {
    const waiting = this.#waiting[to]
    const end = this.ends[to]
    const rest: Waiting[] = []
    // An end that has received a SYN answers with SYN,ACK. One that sends something else has received the SYN,ACK alone, not the SYN before it.
    const answersSyn = (sent.flags & Ctl.SYN) !== 0
    const hasSynAck = waiting.some(({ segment }) => (segment.flags & (Ctl.SYN | Ctl.ACK)) === (Ctl.SYN | Ctl.ACK))
    for (const one of waiting.splice(0)) {
      if (!answersSyn && hasSynAck && (one.segment.flags & (Ctl.SYN | Ctl.ACK)) === Ctl.SYN) continue
      if (end.denies(sent, one.segment)) rest.push(one)
      else this.#arrive(to, one)
    }
    waiting.push(...rest)
    return rest
  }

  #keep(step: Step): void {
    if (this.#head.length < HEAD) {
      this.#head.push(step)
      return
    }
    this.#tail.push(step)
    if (this.#tail.length <= 2 * TAIL) return
    const old = this.#tail.splice(0, TAIL)
    const telling = old.filter(
      ({ segment, left, arrivals }) =>
        (segment.flags & (Ctl.SYN | Ctl.FIN | Ctl.RST)) !== 0 ||
        left.length > 0 ||
        arrivals.some(({ moves }) => moves.length > 0),
    )
    this.omitted += old.length - telling.length
    this.#head.push(...telling)
  }

  #await(to: 0 | 1, waiting: Waiting): void {
    const line = this.#waiting[to]
    // Sent again before anything showed that it had arrived: then it is the later copy that does.
    const { seq, flags } = waiting.segment
    const isCopied = ({ segment }: Waiting): boolean =>
      spaceOf(segment) > 0 &&
      segment.seq === seq &&
      segment.flags === flags &&
      endOf(segment) === endOf(waiting.segment)
    const earlier = line.findIndex(isCopied)
    if (earlier >= 0) line.splice(earlier, 1)
    line.push(waiting)
    // The first and the last of a long line are all that can matter.
    if (line.length > WAITING_MAX) line.splice(1, 1)
  }

  #arrive(to: 0 | 1, { segment, isShown, after }: Waiting): void {
    const moves: Move[] = []
    const sender = this.ends[segment.from]
    const time = Math.max(segment.time, after.segment.time)
    for (const next of this.ends[to].receives(segment, sender)) this.#move(to, next, time, moves)
    after.arrivals.push({ segment, moves, isShown })
  }

  #move(index: 0 | 1, to: State, time: Micros, into: Move[]): void {
    const end = this.ends[index]
    const from = end.state
    if (from === undefined || !mayMove(from, to)) return
    end.state = to
    const move: Move = { end: index, from, to, time }
    into.push(move)
    this.#moves.push(move)
  }

  /** The events of what is kept: hosts 0 and 1 are the ends, in the order in which things happened. */
  events(conn: number, ports: readonly [number, number]): TraceEvent[] {
    const events: TraceEvent[] = []
    const numbers = new Map<CapturedSegment, number>()
    const numberOf = (one: CapturedSegment): number => {
      const number = numbers.get(one) ?? numbers.size + 1
      numbers.set(one, number)
      return number
    }
    const state = ({ end, from, to, time }: Move): void => {
      events.push({ kind: 'state', time, host: end, conn, from, to })
    }
    const segment = (one: CapturedSegment, direction: 'in' | 'out', time: Micros): void => {
      const host = direction === 'out' ? one.from : one.from === 0 ? 1 : 0
      const { seq, ack, flags, length, window, retransmission } = one
      const [localPort, remotePort] = host === 0 ? ports : [ports[1], ports[0]]
      const fields = { localPort, remotePort, seq, ack, flags, length, window, retransmission }
      events.push({ kind: 'segment', time, host, conn, direction, packet: numberOf(one), ...fields })
    }
    if (!this.#keepsSegments) this.#moves.toSorted((a, b) => a.time - b.time).forEach(state)
    for (const step of [...this.#head, ...this.#tail]) {
      for (const move of step.left) state(move)
      segment(step.segment, 'out', step.segment.time)
      const { lost, time, from } = step.segment
      const fault = { kind: 'fault', time, host: from, conn, packet: numberOf(step.segment), verdict: 'drop' } as const
      if (lost !== undefined) events.push({ ...fault, reason: lost })
      for (const { segment: arrived, moves } of step.arrivals) {
        segment(arrived, 'in', Math.max(arrived.time, step.segment.time))
        for (const move of moves) state(move)
      }
    }
    return events
  }
}
