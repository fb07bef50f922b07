import { type Micros, type Seq, seqGt, seqLeq, seqLt } from '../base/index.ts'

/** A buffer that a system puts packets into. */
export interface PacketBuffer {
  /** Octets that it holds. */
  readonly holds: number
  /** Octets that it takes, the system's own bookkeeping among them. */
  readonly memory: number
}

/** What packets take of a receive buffer, where more than their text counts. */
export interface PacketBuffers {
  /** The sizes there are, the smallest first. */
  readonly sizes: readonly PacketBuffer[]
  /** Octets of a page: what the largest size does not hold of a packet lies in pages beside it. */
  readonly page: number
  /** Octets that lie before the IP header. */
  readonly headroom: number
  /** Octets of text at most in a buffer when packets are copied together. */
  readonly copiedMost: number
}

/** What was asked last, and the answer: most packets are as large as the one before. */
let asked: PacketBuffers | null = null
let askedOctets = 0
let answered: PacketBuffer = { holds: 0, memory: 0 }

/** The buffer for so many octets. */
export function packetBuffer(buffers: PacketBuffers, octets: number): PacketBuffer {
  if (octets === askedOctets && buffers === asked) return answered
  asked = buffers
  askedOctets = octets
  answered = chooseBuffer(buffers, octets)
  return answered
}

function chooseBuffer(buffers: PacketBuffers, octets: number): PacketBuffer {
  for (const size of buffers.sizes) if (octets <= size.holds) return size
  const { holds, memory } = buffers.sizes.at(-1) ?? { holds: 0, memory: 0 }
  return { holds: octets, memory: memory + Math.ceil((octets - holds) / buffers.page) * buffers.page }
}

/** The numbers that stand for a packet behind a gap: from where to where it goes, what it takes, the room behind it, and when it came. */
export const EARLY = 5

/** The numbers that stand for a packet in order. */
const READY = 4

/**
 * What waits in a receive buffer, as the packets in which it came: where a system counts its own bookkeeping too, that is what
 * SO_RCVBUF bounds. A packet whose text fits behind the one before it takes nothing of its own.
 */
export class ReceivedPackets {
  /** What all of them take, octets. */
  memory = 0
  /** The segment being processed brings text that was foreseen. */
  foreseen = false
  /** Memory that was set aside beyond what was taken, when so much was taken by what waits on both ways (Linux's sk_forward_alloc). */
  #aside = 0
  #asideOf = 0
  #asideUna: Seq = 0
  /** In order: where each ends, what it takes, where it began and when it came, `READY` numbers each; those before `#head` have been read. */
  #ready: number[] = []
  #head = 0
  /** Octets that fit behind the last packet in order. */
  #room = 0
  /** When the packet came that was read last. */
  #readAt: Micros = 0
  /** Behind a gap, by where they begin: `EARLY` numbers each. They may overlap. */
  readonly early: number[] = []

  /**
   * Octets of memory that are left of whole pages, and of those set aside in vain.
   * @param taken octets that what waits on both ways takes
   * @param una SND.UNA: what was acknowledged since was freed
   */
  leftAside(taken: number, page: number, una: Seq): number {
    const left = this.#aside - (taken - this.#asideOf)
    // What is freed gives whole pages back.
    const kept = taken >= this.#asideOf && left >= 0 && una === this.#asideUna
    return kept ? left : (page - (taken % page)) % page
  }

  /** A packet was taken up for which `memory` was asked; it may have taken less, where its text was copied behind that of another. */
  setAside(before: number, after: number, memory: number, page: number, una: Seq): void {
    const left = this.leftAside(before, page, una)
    const more = Math.max(0, Math.ceil((memory - left) / page)) * page
    this.#aside = after < before ? (page - (after % page)) % page : left + more - (after - before)
    this.#asideOf = after
    this.#asideUna = una
  }

  /** Whether a packet in order waits to be read. */
  get anyReady(): boolean {
    return this.#head < this.#ready.length
  }

  /** Where the first packet that waits to be read ends; `otherwise` if none does. */
  firstEnd(otherwise: Seq): Seq {
    return this.anyReady ? (this.#ready[this.#head] as Seq) : otherwise
  }

  /** When the packet came that holds this octet, which waits or was the last to be read; what joined a packet later counts. */
  timeOf(octet: Seq): Micros {
    const ready = this.#ready
    for (let i = this.#head; i < ready.length; i += READY) {
      if (seqLt(octet, ready[i + 2] as Seq)) return this.#readAt
      if (seqLt(octet, ready[i] as Seq)) return ready[i + 3] as Micros
    }
    return this.#readAt
  }

  /**
   * Appends text that follows what is in order.
   * @param length octets of the packet, more than are new where it overlaps
   * @param at when it came
   * @returns whether it fits behind the packet before it
   */
  append(seq: Seq, end: Seq, length: number, memory: number, room: number, at: Micros): boolean {
    const ready = this.#ready
    const last = ready.length - READY
    if (last >= this.#head && ready[last] === seq && length <= this.#room) {
      ready[last] = end
      ready[last + 3] = at
      this.#room -= length
      return true
    }
    ready.push(end, memory, seq, at)
    this.#room = room
    this.memory += memory
    return false
  }

  /** Everything before `first` has been read. */
  release(first: Seq): void {
    const ready = this.#ready
    let head = this.#head
    while (head < ready.length && seqLeq(ready[head] as Seq, first)) {
      this.memory -= ready[head + 1] as number
      this.#readAt = ready[head + 3] as Micros
      head += READY
    }
    if (head === ready.length) {
      if (head > 0) ready.length = 0
      head = 0
    } else if (head > 256 && head > ready.length >> 1) {
      ready.splice(0, head)
      head = 0
    }
    this.#head = head
  }

  /**
   * Copies packets together that take more than their text is worth, from the first such on.
   * @param first the first unread octet
   * @param worth octets of text that so much memory should hold
   * @returns how many there were
   */
  collapse(first: Seq, worth: (memory: number) => number, buffers: PacketBuffers): number {
    const ready = this.#ready
    let from: Seq = first
    let i = this.#head
    for (; i < ready.length; i += READY) {
      const [end, memory, seq] = [ready[i], ready[i + 1], ready[i + 2]] as [Seq, number, Seq]
      const next = ready[i + READY + 2]
      const overlaps = next !== undefined && next !== end
      if (overlaps || seqGt(from, seq) || worth(memory) > ((end - seq) | 0)) break
      from = end
    }
    if (i >= ready.length) return 0
    const end = ready[ready.length - READY] as Seq
    const at = ready[i + 3] as Micros
    const copied = (ready.length - i) / READY
    for (let k = i; k < ready.length; k += READY) this.memory -= ready[k + 1] as number
    ready.length = i
    while (seqGt(end, from)) {
      const length = Math.min(buffers.copiedMost, (end - from) | 0)
      const { holds, memory } = packetBuffer(buffers, length)
      ready.push((from + length) | 0, memory, from, at)
      from = (from + length) | 0
      this.memory += memory
      this.#room = holds - length
    }
    return copied
  }

  /** The same of packets behind the gap that touch; a few lone ones are left as they are. @param little memory of lone ones at most */
  collapseEarly(worth: (memory: number) => number, buffers: PacketBuffers, little: number): number {
    const { early } = this
    let [i, copied, lone] = [0, 0, 0]
    while (i < early.length) {
      let [k, end, memory] = [i + EARLY, early[i + 1] as Seq, early[i + 2] as number]
      for (; k < early.length && !seqGt(early[k] as Seq, end); k += EARLY) {
        if (seqGt(early[k + 1] as Seq, end)) end = early[k + 1] as Seq
        memory += early[k + 2] as number
      }
      if (k > i + EARLY || ((end - (early[i] as Seq)) | 0) >= buffers.copiedMost) {
        const pieces = this.#copyEarly(i, k, end, worth, buffers)
        copied += pieces.copied
        i = pieces.next
      } else {
        lone += memory
        if (lone > little) return copied
        i = k
      }
    }
    return copied
  }

  /** Copies the packets whose numbers lie in [from, to), which reach to `end` together. */
  #copyEarly(
    from: number,
    to: number,
    end: Seq,
    worth: (memory: number) => number,
    buffers: PacketBuffers,
  ): { next: number; copied: number } {
    const { early } = this
    let [i, start] = [from, early[from] as Seq]
    while (i < to) {
      const right = early[i + 1] as Seq
      const overlaps = i + EARLY < to && right !== early[i + EARLY]
      if (
        worth(early[i + 2] as number) > ((right - (early[i] as Seq)) | 0) ||
        seqGt(start, early[i] as Seq) ||
        overlaps
      )
        break
      start = right
      i += EARLY
    }
    const pieces: number[] = []
    const at = early[i + 4] as Micros
    for (let k = i; k < to; k += EARLY) this.memory -= early[k + 2] as number
    while (i < to && seqGt(end, start)) {
      const length = Math.min(buffers.copiedMost, (end - start) | 0)
      const { holds, memory } = packetBuffer(buffers, length)
      pieces.push(start, (start + length) | 0, memory, holds - length, at)
      this.memory += memory
      start = (start + length) | 0
    }
    early.splice(i, to - i, ...pieces)
    return { next: i + pieces.length, copied: (to - i) / EARLY }
  }

  /** The first `count` packets behind the gap are in order now, or old: what they take is counted elsewhere. */
  shiftEarly(count: number): void {
    this.early.splice(0, count * EARLY)
  }

  /** Forgets the packet behind the gap whose numbers begin at `at`. */
  forget(at: number): void {
    this.memory -= this.early[at + 2] as number
    this.early.splice(at, EARLY)
  }

  /** Forgets what lies behind a gap. */
  forgetEarly(): void {
    for (let i = 0; i < this.early.length; i += EARLY) this.memory -= this.early[i + 2] as number
    if (this.early.length > 0) this.early.length = 0
  }
}
