import type { Micros, Seq } from '../base/index.ts'
import type { Note, State, TimerAction, TimerSlot, TraceSink } from '../tcp/index.ts'
import type { TcpSegment } from '../wire/index.ts'
import { FAULT_VERDICTS } from './codes.ts'
import type { FaultEvent, TraceEvent } from './event.ts'
import type { PackedEvents } from './event-log.ts'
import { DIRECTION_OUT, decodeEvent, Kind, PAGE_EVENTS, RETRANSMISSION, WORDS, writeWide } from './words.ts'

/** A longer text has data in it that a program sent or received. */
const SHARED_LENGTH_MAX = 48

/** How much a recorder keeps. */
export interface RecorderOptions {
  /** Events held at most; memory grows towards it in pages of 160 KB. Default 2^20. */
  readonly limit?: number
  /** At the limit: true forgets the oldest event for each new one, false (default) keeps them and counts what is lost. */
  readonly wrap?: boolean
}

/**
 * Everything that happens in one world, or on one host, as rows of int32 words: recording allocates nothing but a page now
 * and then. Events are numbered from 0 in the order they were recorded and read as `TraceEvent`s.
 */
export class Recorder {
  readonly limit: number
  private readonly wrap: boolean
  private readonly pages: Int32Array[] = []
  private readonly strings: string[] = []
  private readonly stringNumbers = new Map<string, number>()
  /** Number of the first text that is held. */
  private firstString = 0
  /** Number of the first text of this round of one that wraps. */
  private roundStrings = 0
  private count = 0
  private lostCount = 0
  private packets = 0
  private unclaimed = 0
  /** The packet that is being given to a host: set before `Host.input`, so that the segment's event carries its number; else 0. */
  arriving = 0

  constructor(options: RecorderOptions = {}) {
    this.limit = options.limit ?? 1 << 20
    this.wrap = options.wrap ?? false
  }

  /** Events recorded so far, forgotten ones included: the number that the next event gets. */
  get total(): number {
    return this.count
  }

  /** Packets that were given a number so far. */
  get packetCount(): number {
    return this.packets
  }

  /** Number of the oldest event still held. */
  get first(): number {
    return this.wrap && this.count > this.limit ? this.count - this.limit : 0
  }

  /** Events that found the recorder full and were not kept; always 0 for one that wraps. */
  get lost(): number {
    return this.lostCount
  }

  /**
   * The recorder as one host's machine and socket calls see it.
   *
   * @param connections added to every connection's number: a host that is switched on again counts from 1 anew, and its
   *   connections must not be taken for those it had before.
   */
  forHost(host: number, connections = 0): HostTrace {
    return new HostTrace(this, host, connections)
  }

  /** A number for a packet that no `segmentOut` announces: ICMP, UDP, what a box in the path makes. */
  newPacket(): number {
    return ++this.packets
  }

  /** The number of the TCP packet that a link is asked to carry: that of the segment just traced, or a new one. */
  claimPacket(): number {
    const packet = this.unclaimed === 0 ? ++this.packets : this.unclaimed
    this.unclaimed = 0
    return packet
  }

  /** @internal The number of a segment about to be sent; the link that carries it takes it with `claimPacket`. */
  allotPacket(): number {
    this.unclaimed = ++this.packets
    return this.unclaimed
  }

  /** @internal Writes down what came of a call that `HostTrace.beginCall` noted. */
  completeCall(number: number, conn: number, text: string, result: number, errno: string): void {
    if (number < this.first || number >= this.count) return
    const slot = this.wrap ? number % this.limit : number
    const page = this.pages[Math.floor(slot / PAGE_EVENTS)] as Int32Array
    const w = (slot % PAGE_EVENTS) * WORDS
    page[w + 3] = conn
    page[w + 5] = this.intern(text)
    page[w + 6] = result
    page[w + 7] = this.intern(errno)
  }

  /** Something was done to a packet (0: to none) or to a host. */
  fault(now: Micros, host: number, packet: number, verdict: FaultEvent['verdict'], reason: string): void {
    const at = this.begin(now, Kind.FAULT, FAULT_VERDICTS.indexOf(verdict), host, 0)
    if (at === null) return
    at.page[at.offset + 4] = packet
    at.page[at.offset + 5] = this.intern(reason)
  }

  /**
   * The event with that number.
   *
   * @throws {RangeError} when it was never recorded, or is forgotten.
   */
  at(number: number): TraceEvent {
    if (!Number.isInteger(number) || number < this.first || number >= this.count) {
      throw new RangeError(`event ${number} is not held: ${this.first} to ${this.count - 1} are`)
    }
    return this.decode(number)
  }

  /** Events from that number on, decoded one by one as they are asked for. Events recorded meanwhile are included. */
  *events(from: number = this.first): IterableIterator<TraceEvent> {
    for (let n = Math.max(from, this.first); n < this.count; n++) {
      if (n >= this.first) yield this.decode(n)
    }
  }

  /** Events from that number on, at once. */
  toArray(from: number = this.first): TraceEvent[] {
    return [...this.events(from)]
  }

  /**
   * Events and texts from those numbers on, for an `EventLog` elsewhere that has all before them.
   *
   * @throws {RangeError} when events of these are forgotten.
   */
  pack(from: number, stringsFrom: number): PackedEvents {
    if (from < this.first) throw new RangeError(`event ${from} is not held: ${this.first} to ${this.count - 1} are`)
    const words = new Int32Array((this.count - from) * WORDS)
    for (let n = from; n < this.count; ) {
      const slot = this.wrap ? n % this.limit : n
      const at = slot % PAGE_EVENTS
      const toEnd = Math.min(PAGE_EVENTS - at, this.limit - slot)
      const some = Math.min(this.count - n, toEnd)
      const page = this.pages[Math.floor(slot / PAGE_EVENTS)] as Int32Array
      words.set(page.subarray(at * WORDS, (at + some) * WORDS), (n - from) * WORDS)
      n += some
    }
    // Texts keep their numbers: empty ones stand for those that are forgotten.
    const forgotten = new Array<string>(Math.max(0, this.firstString - stringsFrom)).fill('')
    return { words, strings: [...forgotten, ...this.strings.slice(Math.max(0, stringsFrom - this.firstString))] }
  }

  /** @internal Where the next event goes, its common words written; null when the recorder is full. */
  begin(now: Micros, kind: number, code: number, host: number, conn: number): Place | null {
    if (!this.wrap && this.count === this.limit) {
      this.lostCount++
      return null
    }
    const slot = this.wrap ? this.count % this.limit : this.count
    if (slot === 0 && this.count > 0) this.forgetTexts()
    const pageNumber = Math.floor(slot / PAGE_EVENTS)
    let page = this.pages[pageNumber]
    if (page === undefined) {
      page = new Int32Array(PAGE_EVENTS * WORDS)
      this.pages[pageNumber] = page
    }
    this.count++
    const offset = (slot % PAGE_EVENTS) * WORDS
    page[offset] = kind | (code << 4) | (host << 16)
    writeWide(page, offset + 1, now)
    page[offset + 3] = conn
    place.page = page
    place.offset = offset
    return place
  }

  /** A round of events begins: those of the round before the last are gone, and no event of the last one shares their texts. */
  private forgetTexts(): void {
    this.strings.splice(0, this.roundStrings - this.firstString)
    this.firstString = this.roundStrings
    this.roundStrings += this.strings.length
    this.stringNumbers.clear()
  }

  /** @internal The number of a text; equal ones share it, unless they are long: those are hardly ever equal. */
  intern(text: string): number {
    if (text.length > SHARED_LENGTH_MAX) return this.firstString + this.strings.push(text) - 1
    let number = this.stringNumbers.get(text)
    if (number === undefined) {
      number = this.firstString + this.strings.length
      this.strings.push(text)
      this.stringNumbers.set(text, number)
    }
    return number
  }

  private decode(number: number): TraceEvent {
    const slot = this.wrap ? number % this.limit : number
    const page = this.pages[Math.floor(slot / PAGE_EVENTS)] as Int32Array
    return decodeEvent(page, (slot % PAGE_EVENTS) * WORDS, this.strings, this.firstString)
  }
}

/** One host's side of a recorder: what `tcp` calls its trace sink, and the socket calls beside it. */
export class HostTrace implements TraceSink {
  private readonly recorder: Recorder
  private readonly host: number
  private readonly connections: number

  /** Made by `Recorder.forHost`. */
  constructor(recorder: Recorder, host: number, connections: number) {
    this.recorder = recorder
    this.host = host
    this.connections = connections
  }

  /** A connection moved along an arrow. */
  state(now: Micros, conn: number, from: State, to: State): void {
    const at = this.recorder.begin(now, Kind.STATE, 0, this.host, this.number(conn))
    if (at === null) return
    at.page[at.offset + 4] = from
    at.page[at.offset + 5] = to
  }

  /** A segment is about to leave. It gets a packet number, which the link takes with `Recorder.claimPacket`. */
  segmentOut(
    now: Micros,
    conn: number,
    localPort: number,
    remotePort: number,
    seq: Seq,
    ack: Seq,
    ctl: number,
    length: number,
    window: number,
    retransmission: boolean,
  ): void {
    const packet = this.recorder.allotPacket()
    const code = DIRECTION_OUT | (retransmission ? RETRANSMISSION : 0)
    const at = this.recorder.begin(now, Kind.SEGMENT, code, this.host, this.number(conn))
    if (at === null) return
    writeSegment(at, packet, localPort, remotePort, seq, ack, ctl, length, window)
  }

  /** A segment has arrived: the packet that `Recorder.arriving` names. */
  segmentIn(now: Micros, conn: number, segment: TcpSegment): void {
    const at = this.recorder.begin(now, Kind.SEGMENT, 0, this.host, this.number(conn))
    if (at === null) return
    const { destinationPort, sourcePort, seq, ack, ctl, dataLength, wnd } = segment
    writeSegment(at, this.recorder.arriving, destinationPort, sourcePort, seq, ack, ctl, dataLength, wnd)
  }

  /** A timer was armed (for `delay` µs), stopped, or has fired. */
  timer(now: Micros, conn: number, timer: TimerSlot, action: TimerAction, delay: Micros): void {
    const at = this.recorder.begin(now, Kind.TIMER, action, this.host, this.number(conn))
    if (at === null) return
    at.page[at.offset + 4] = timer
    writeWide(at.page, at.offset + 5, delay)
  }

  /** Something worth a word. */
  note(now: Micros, conn: number, note: Note, value: number): void {
    const at = this.recorder.begin(now, Kind.NOTE, note, this.host, this.number(conn))
    if (at === null) return
    writeWide(at.page, at.offset + 4, value)
  }

  /** A program made a socket call: `text` as strace prints it, `errno` the name of its error or empty. */
  call(now: Micros, conn: number, process: string, text: string, result: number, errno: string): void {
    const recorder = this.recorder
    const at = recorder.begin(now, Kind.CALL, 0, this.host, this.number(conn))
    if (at === null) return
    at.page[at.offset + 4] = recorder.intern(process)
    at.page[at.offset + 5] = recorder.intern(text)
    at.page[at.offset + 6] = result
    at.page[at.offset + 7] = recorder.intern(errno)
  }

  /**
   * Notes that a program is making a call, so that the call stands before what it causes. Returns the event's number, for
   * `endCall`.
   */
  beginCall(now: Micros, process: string, text: string): number {
    const number = this.recorder.total
    this.call(now, 0, process, text, 0, '')
    return number
  }

  /** Completes a call that `beginCall` noted, in the same moment. */
  endCall(number: number, conn: number, text: string, result: number, errno: string): void {
    this.recorder.completeCall(number, this.number(conn), text, result, errno)
  }

  private number(conn: number): number {
    return conn === 0 ? 0 : conn + this.connections
  }
}

/** Where an event's words go. There is one, used over and over: recording must not allocate. */
interface Place {
  page: Int32Array
  offset: number
}

const place: Place = { page: new Int32Array(0), offset: 0 }

function writeSegment(
  at: Place,
  packet: number,
  localPort: number,
  remotePort: number,
  seq: Seq,
  ack: Seq,
  ctl: number,
  length: number,
  window: number,
): void {
  const { page, offset } = at
  page[offset + 4] = packet
  page[offset + 5] = (localPort << 16) | remotePort
  page[offset + 6] = seq
  page[offset + 7] = ack
  page[offset + 8] = (ctl << 16) | window
  page[offset + 9] = length
}
