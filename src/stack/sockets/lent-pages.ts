import { type Seq, seqGt } from '../../base/index.ts'
import type { Tcb } from '../../tcp/index.ts'

/** Stretches of memory that one packet can refer to. */
const FRAGMENTS_MOST = 17
const PAGE = 4096

/** What pages have beyond the octets in them: it is free again as soon as the segment that holds this octet is acknowledged. */
interface Slack {
  readonly at: Seq
  readonly octets: number
}

/** Where octets lie that programs lend (MSG_ZEROCOPY): how many of them one packet can refer to, and the memory that their pages are. */
export class LentPages {
  /** Octets of each part of the call's data that lies by itself, each of which begins on a page; how far the call has come in them. */
  #pieces: readonly number[] = []
  #piece = 0
  #within = 0
  /** One past the last octet that was copied, or lent by this call: what comes next lies behind it in memory. */
  #copiedTo: Seq | null = null
  #lentTo: Seq | null = null
  readonly #slack: Slack[] = []

  /** A call begins that lends octets. */
  begin(pieces: readonly number[]): void {
    this.#pieces = pieces
    this.#piece = 0
    this.#within = 0
    this.#lentTo = null
  }

  /**
   * How many octets the last chunk can refer to beside what it has.
   * @param held octets that it has
   */
  room(tcb: Tcb, held: number, length: number, lent: boolean): number {
    const free = FRAGMENTS_MOST - (held === 0 ? 0 : this.#fragments(tcb))
    if (!lent) return free > 0 || this.#joins(tcb, tcb.sendBuffer.end) ? length : 0
    if (free <= 0) return 0
    const most = free + (held > 0 && this.#goesOnInPage(tcb) ? 1 : 0)
    return this.#ahead(length, most).reduce((sum, octets) => sum + octets, 0)
  }

  /** The last chunk has taken so many octets. */
  note(tcb: Tcb, length: number, lent: boolean): void {
    const { lastChunk: chunk, tailStart: at, end } = tcb.sendBuffer
    if (chunk === null || at === null) return
    const start = (end - length) | 0
    chunk.fragments ??= start === at ? [] : [start]
    if (!lent) {
      if (start !== at && this.#joins(tcb, start)) chunk.fragments.pop()
      chunk.fragments.push(end)
      this.#copiedTo = end
      return
    }
    const pages = this.#ahead(length, Number.POSITIVE_INFINITY)
    let to: Seq = start
    if (start !== at && this.#lentTo === start && this.#within % PAGE > 0) chunk.fragments.pop()
    for (const octets of pages) {
      to = (to + octets) | 0
      chunk.fragments.push(to)
    }
    this.#pass(length)
    this.#lentTo = end
    const octets = PAGE * pages.length - length
    if (octets === 0 || tcb.host.policy.sendBufferOverhead === 0) return
    tcb.sendBuffer.lentMemory += octets
    this.#slack.push({ at, octets })
  }

  /** Copied octets lie behind those that were copied before them, unless what holds them refers to lent ones. */
  #joins(tcb: Tcb, start: Seq): boolean {
    const { lastChunk: chunk } = tcb.sendBuffer
    return this.#copiedTo === start && chunk?.lent === false && chunk.fragments?.at(-1) === start
  }

  #goesOnInPage(tcb: Tcb): boolean {
    return this.#within % PAGE > 0 && this.#lentTo === tcb.sendBuffer.end
  }

  /** Stretches that what is unsent of the last chunk lies in. */
  #fragments(tcb: Tcb): number {
    const { lastChunk: chunk, tailStart: at } = tcb.sendBuffer
    if (chunk === null || at === null) return 0
    return chunk.fragments === null ? 1 : chunk.fragments.filter((end) => seqGt(end, at)).length
  }

  /** The call's next octets, page by page, `most` pages at most. */
  #ahead(length: number, most: number): number[] {
    const found: number[] = []
    let [piece, within, left] = [this.#piece, this.#within, length]
    while (left > 0 && found.length < most && piece < this.#pieces.length) {
      const rest = (this.#pieces[piece] as number) - within
      const octets = Math.min(PAGE - (within % PAGE), rest, left)
      if (octets > 0) found.push(octets)
      left -= octets
      within += octets
      if (octets === rest) [piece, within] = [piece + 1, 0]
    }
    return found
  }

  #pass(length: number): void {
    this.#within += length
    while (this.#piece < this.#pieces.length && this.#within >= (this.#pieces[this.#piece] as number))
      this.#within -= this.#pieces[this.#piece++] as number
  }

  /** Segments are acknowledged whole, and bursts as one: what their first page had beyond them is free. */
  free(tcb: Tcb): void {
    while (this.#slack.length > 0) {
      const { at, octets } = this.#slack[0] as Slack
      let segment = tcb.sent.head
      while (segment !== null && (!seqGt(segment.end, at) || segment.next?.follows)) segment = segment.next
      if (segment !== null && seqGt(segment.end, tcb.snd.una)) return
      if (segment === null && !seqGt(tcb.snd.una, at)) return
      this.#slack.shift()
      tcb.sendBuffer.lentMemory -= octets
    }
  }

  /** What the pages of these octets have beyond them. */
  slack(first: Seq, last: Seq): number {
    return this.#slack.reduce((sum, { at, octets }) => sum + (seqGt(first, at) || seqGt(at, last) ? 0 : octets), 0)
  }

  /** Nothing will be sent any more. */
  clear(tcb: Tcb): void {
    this.#slack.length = 0
    tcb.sendBuffer.lentMemory = 0
  }
}
