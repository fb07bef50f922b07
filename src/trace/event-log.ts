import type { TraceEvent } from './event.ts'
import { DIRECTION_OUT, decodeEvent, Kind, PAGE_EVENTS, WORDS } from './words.ts'

/** The SYN bit of a segment's word of flags and window. */
const SYN = 2 << 16

/** Events on their way from a recorder to a log elsewhere, as a worker posts them: words of ten to an event, and texts. */
export interface PackedEvents {
  /** Its buffer is this message's own: it may be transferred. */
  readonly words: Int32Array<ArrayBuffer>
  /** Texts that the log does not know yet. */
  readonly strings: readonly string[]
}

/**
 * Events that were recorded elsewhere, as they come in: what `Recorder.pack` gave, one piece after the other. A million of them
 * take 40 MB; each becomes an object only when it is asked for.
 */
export class EventLog {
  private readonly pages: Int32Array[] = []
  private readonly strings: string[] = []
  private count = 0

  /** Events that have come. */
  get length(): number {
    return this.count
  }

  /** Adds the next piece. */
  append({ words, strings }: PackedEvents): void {
    for (const text of strings) this.strings.push(text)
    const events = words.length / WORDS
    for (let done = 0; done < events; ) {
      const slot = this.count % PAGE_EVENTS
      const some = Math.min(events - done, PAGE_EVENTS - slot)
      if (slot === 0) this.pages.push(new Int32Array(PAGE_EVENTS * WORDS))
      const page = this.pages.at(-1) as Int32Array
      page.set(words.subarray(done * WORDS, (done + some) * WORDS), slot * WORDS)
      this.count += some
      done += some
    }
  }

  /**
   * The event with that number.
   *
   * @throws {RangeError} when it has not come.
   */
  at(number: number): TraceEvent {
    return decodeEvent(this.pageOf(number), (number % PAGE_EVENTS) * WORDS, this.strings)
  }

  /** Events from one number up to and without another; what is beyond either end is left out. */
  slice(from = 0, to: number = this.count): TraceEvent[] {
    const events: TraceEvent[] = []
    for (let n = Math.max(0, from); n < Math.min(to, this.count); n++) events.push(this.at(n))
    return events
  }

  /** Packet of a segment that left (positive) or arrived (negative); 0: the event is no segment. Makes no object. */
  segmentAt(number: number): number {
    const page = this.pageOf(number)
    const w = (number % PAGE_EVENTS) * WORDS
    const head = page[w] as number
    if ((head & 15) !== Kind.SEGMENT) return 0
    const packet = page[w + 4] as number
    return ((head >> 4) & DIRECTION_OUT) === 0 ? 0 - packet : packet
  }

  /** Packet to which something was done; 0: the event is no such fault. Makes no object. */
  faultAt(number: number): number {
    const page = this.pageOf(number)
    const w = (number % PAGE_EVENTS) * WORDS
    return ((page[w] as number) & 15) === Kind.FAULT ? (page[w + 4] as number) : 0
  }

  /** Whether a connection begins with the event: a segment with SYN, a change of state. Makes no object. */
  isOpeningAt(number: number): boolean {
    const page = this.pageOf(number)
    const w = (number % PAGE_EVENTS) * WORDS
    const kind = (page[w] as number) & 15
    return kind === Kind.STATE || (kind === Kind.SEGMENT && ((page[w + 8] as number) & SYN) !== 0)
  }

  private pageOf(number: number): Int32Array {
    if (!Number.isInteger(number) || number < 0 || number >= this.count) {
      throw new RangeError(`event ${number} is not here: 0 to ${this.count - 1} are`)
    }
    return this.pages[Math.floor(number / PAGE_EVENTS)] as Int32Array
  }
}
