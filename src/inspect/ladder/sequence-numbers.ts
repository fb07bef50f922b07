import type { SegmentEvent } from '../../trace/index.ts'
import type { Lane } from './model.ts'

const FIN = 1
const SYN = 2
const RST = 4
const ACK = 16

/** What one side of a conversation has sent so far. */
interface Side {
  /** Its initial sequence number. `undefined`: nothing seen yet. */
  initial: number | undefined
  /** How often each range of sequence numbers was sent, by where it begins and how long it is. */
  readonly sent: Map<string, number>
}

/** Counts sequence numbers from where each side of each conversation began, and how often they were sent. */
export class SequenceNumbers {
  readonly #sides = new Map<string, Side>()

  read(event: SegmentEvent, from: Lane, conversation: number): { seq: number; ack: number; transmission: number } {
    const own = this.#side(conversation, from)
    const peer = this.#side(conversation, from === 0 ? 1 : 0)
    if ((event.flags & SYN) !== 0 && own.initial !== event.seq) {
      // A SYN begins a new incarnation: what was sent before has nothing to do with it.
      own.initial = event.seq
      own.sent.clear()
    }
    // Joined in the middle: the first octet seen is called 1. A RST may carry 0 for want of a number, which tells nothing.
    if (own.initial === undefined && (event.flags & RST) === 0) own.initial = (event.seq - 1) | 0
    const hasAck = (event.flags & ACK) !== 0
    if (hasAck && peer.initial === undefined) peer.initial = (event.ack - 1) | 0
    return {
      seq: (event.seq - (own.initial ?? 0)) >>> 0,
      ack: hasAck ? (event.ack - (peer.initial ?? 0)) >>> 0 : 0,
      transmission: transmission(event, own),
    }
  }

  #side(conversation: number, lane: Lane): Side {
    const key = `${conversation} ${lane}`
    const side = this.#sides.get(key) ?? { initial: undefined, sent: new Map<string, number>() }
    this.#sides.set(key, side)
    return side
  }
}

function transmission(event: SegmentEvent, side: Side): number {
  const octets = event.length + ((event.flags & SYN) !== 0 ? 1 : 0) + ((event.flags & FIN) !== 0 ? 1 : 0)
  // An octet that comes again, and is none that was lost, asks: of a closed window, or whether the other end lives.
  const isProbe = event.length === 1 && octets === 1 && !event.retransmission
  if (octets === 0 || isProbe) return 1
  const isSynAck = (event.flags & (SYN | ACK)) === (SYN | ACK)
  const [plain, own] = [`${event.seq} ${octets}`, `${event.seq} ${octets}${isSynAck ? ' SYN,ACK' : ''}`]
  const before = side.sent.get(own) ?? 0
  // A retransmission may be cut differently from what it repeats; the source knows it for one all the same. But the SYN,ACK of a
  // simultaneous open, which carries the SYN's number, is an answer.
  const isAnswer = isSynAck && side.sent.has(plain)
  const count = Math.max(before + 1, event.retransmission && !isAnswer ? 2 : 1)
  side.sent.set(own, count)
  return count
}
