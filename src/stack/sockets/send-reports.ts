import { Errno, type Micros, type Seq, scratch, seqGt, seqLt } from '../../base/index.ts'
import { type LastChunk, receiveMemory, type SendWatch, State, type Tcb } from '../../tcp/index.ts'
import { type Address, get32 } from '../../wire/index.ts'
import { Part } from '../constants.ts'
import type { StackHost } from '../stack-host.ts'
import { type ErrorQueue, type ErrorReport, ReportOrigin } from './error-queue.ts'
import { LentPages } from './lent-pages.ts'
import { sendStatistics } from './send-statistics.ts'
import type { SocketOptions } from './socket-options.ts'
import { Timestamping, TimestampKind } from './timestamping.ts'

const NOTHING = new Uint8Array(0)
/** What Linux charges to `optmem_max` for one notification: the least that has to be free, and what it takes. */
const NOTICE_LEAST = 576
const NOTICE_HELD = 832
/** What a packet takes of memory beside its text, or the report that has none. */
const PACKET = 832
/** So much may be told by one notification. */
const NOTICE_SENDS = 65_534
const NOTICE_OCTETS = 1 << 19
const COPIED = 1
const TCP_SEQ = 4
const TCP_DATA_OFFSET = 12

/** send() calls whose octets the program lent (MSG_ZEROCOPY), and that are told of together. */
interface Loan {
  /** The number of the first of them. */
  readonly id: number
  sends: number
  octets: number
  first: Seq
  end: Seq
  /** The last packet that holds some of them: until all of it is acknowledged they are not the program's again. */
  chunk: LastChunk | undefined
  /** The call that lends them has not returned. */
  open: boolean
}

/** The last octet of a send() whose departure or arrival is to be told. */
interface Mark {
  readonly octet: Seq
  readonly flags: number
  /** When it left last. */
  sentAt: Micros
}

/** The stream whose octets are told of. */
interface ReportedStream {
  readonly host: StackHost & { readonly arrivals: { readonly hops: number } }
  readonly options: SocketOptions
  readonly tcb: Tcb | null
  /** Its error queue; null: nothing has ever come there. */
  readonly errors: ErrorQueue | null
  /** Octets of `optmem_max` in use. */
  optionMemory: number
  send(data: Uint8Array, flags: number, to: Address | null, toPort: number): number
  report(report: ErrorReport, taken?: number): void
  /** What is in the error queue is more than it was. */
  reportGrew(): void
}

/** What a stream socket tells of its octets on the error queue: when they left, when they arrived, when they are the program's again. */
export class SendReports implements SendWatch {
  readonly #socket: ReportedStream
  readonly #loans: Loan[] = []
  readonly #marks: Mark[] = []
  #nextLoan = 0
  /** What the send() that is under way shall tell of; 0 once its mark is set. */
  #asked = 0
  /** The end of what it is to send, if it waits until all is taken: only that is told of. */
  #goal: Seq | null = null
  /** What it lends, and where that lies. */
  #lending: Loan | null = null
  readonly #pages = new LentPages()
  /** What SOF_TIMESTAMPING_OPT_ID counts octets from. */
  key: Seq = 0

  constructor(socket: ReportedStream) {
    this.#socket = socket
  }

  /**
   * send() with octets lent (`lends`) or to be told of (`stamps`, of `Timestamping`).
   * @param pieces where they lie apart in the program's memory: a packet has room for so many pages
   * @returns as send() does, or −ENOBUFS: so many loans are not yet told of that `optmem_max` is reached
   */
  send(
    data: Uint8Array,
    flags: number,
    to: Address | null,
    port: number,
    lends: boolean,
    stamps: number,
    pieces: readonly number[],
  ): number {
    const before = this.#socket.tcb
    const loan = lends ? this.#lendAnew(before, data.length, flags) : null
    if (loan === undefined) return -Errno.ENOBUFS
    if (before !== null) before.watch = this
    this.#asked = stamps
    this.#lending = loan
    const waits = (flags & Part.WAITS) !== 0
    this.#goal = waits && before !== null ? (before.sendBuffer.end + data.length) | 0 : null
    if (loan !== null && (flags & Part.GOES_ON) === 0) this.#pages.begin(pieces)
    const result = this.#socket.send(data, flags, to, port)
    const tcb = this.#socket.tcb
    if (result > 0 && tcb !== null) {
      tcb.watch = this
      if (loan !== null) this.#lent(loan, tcb, waits && result < data.length, (flags & Part.COPIES) !== 0)
    } else if (loan !== null && !loan.open) this.#takeBack(loan)
    this.#asked = 0
    this.#lending = null
    return result
  }

  /** The call has returned, whether all of its octets were taken or not: what it lent is told of when they are free. */
  returned(): void {
    const loan = this.#loans.at(-1)
    if (loan === undefined || !loan.open) return
    loan.open = false
    const { tcb } = this.#socket
    if (tcb !== null) this.#settle(tcb, tcb.snd.una)
  }

  // ---- octets lent

  /** The loan of a call, which each send() that goes on with it adds to. */
  #lendAnew(tcb: Tcb | null, octets: number, flags: number): Loan | undefined {
    const last = this.#loans.at(-1)
    return (flags & Part.GOES_ON) !== 0 && last?.open ? last : this.#lend(tcb, octets)
  }

  /** The loan that these octets belong to: the last one, while its last chunk waits. Undefined: there is no memory. */
  #lend(tcb: Tcb | null, octets: number): Loan | undefined {
    const last = this.#loans.at(-1)
    const waits = tcb !== null && last?.chunk !== undefined && last.chunk === tcb.sendBuffer.lastChunk
    if (waits && last.sends < NOTICE_SENDS && last.octets + octets <= NOTICE_OCTETS) {
      last.sends++
      last.octets += octets
      this.#nextLoan++
      return last
    }
    const { optionMemory } = this.#socket
    if (optionMemory + NOTICE_LEAST > this.#socket.host.config.optionMemoryMax) return undefined
    this.#socket.optionMemory += NOTICE_HELD
    const first = tcb?.sendBuffer.end ?? 0
    const loan: Loan = { id: this.#nextLoan++, sends: 1, octets, first, end: first, chunk: undefined, open: false }
    this.#loans.push(loan)
    return loan
  }

  /** The octets are in the send buffer; those that opened the connection went with its SYN, and are held until they are acknowledged. */
  #lent(loan: Loan, tcb: Tcb, open: boolean, copies: boolean): void {
    const wasOpen = loan.open
    loan.open = open
    if (tcb.state === State.SYN_SENT) loan.first = tcb.sendBuffer.first
    loan.end = copies ? tcb.snd.una : tcb.sendBuffer.end
    if (copies) loan.chunk = undefined
    if (wasOpen || copies) this.#settle(tcb, tcb.snd.una)
  }

  /** A packet belongs to one loan, and refers to so many pages. */
  room(tcb: Tcb, held: number, length: number): number {
    const chunk = tcb.sendBuffer.lastChunk
    const loan = this.#lending
    if (loan !== null && held > 0 && chunk?.lent && chunk !== loan.chunk) return 0
    return this.#pages.room(tcb, held, length, loan !== null)
  }

  appended(tcb: Tcb, length: number): void {
    const { lastChunk: chunk } = tcb.sendBuffer
    this.#pages.note(tcb, length, this.#lending !== null)
    if (this.#lending === null || chunk === null) return
    chunk.lent = true
    this.#lending.chunk = chunk
  }

  /** Nothing was taken: the number is free again. */
  #takeBack(loan: Loan): void {
    this.#nextLoan--
    loan.sends--
    if (loan.sends > 0) return
    this.#loans.pop()
    this.#socket.optionMemory -= NOTICE_HELD
  }

  /** Tells of loans that are over: those that lie before `to`, or (null) all. */
  #settle(tcb: Tcb, to: Seq | null): void {
    for (let loan = this.#loans[0]; loan !== undefined; loan = this.#loans[0]) {
      const { end, chunk } = loan
      const last = chunk !== undefined && seqGt(chunk.end, end) ? chunk.end : end
      if (to !== null && (loan.open || seqGt(last, to))) return
      this.#loans.shift()
      this.#tellLoan(loan, seqGt(tcb.snd.nxt, loan.first) ? COPIED : 0)
    }
  }

  /** Ranges that follow one another are told as one. */
  #tellLoan(loan: Loan, code: number): void {
    const socket = this.#socket
    const last = socket.errors?.last
    if (last !== undefined && last.origin === ReportOrigin.ZEROCOPY && loan.id === last.data + 1) {
      last.data += loan.sends
      socket.optionMemory -= NOTICE_HELD
      socket.reportGrew()
      return
    }
    socket.report({
      errno: 0,
      origin: ReportOrigin.ZEROCOPY,
      type: 0,
      code,
      info: loan.id,
      data: loan.id + loan.sends - 1,
      offender: null,
      at: null,
      payload: NOTHING,
      held: NOTICE_HELD,
      memory: 0,
    })
  }

  // ---- timestamps

  /** Marks the last octet, if it waits. One chunk of octets has one mark, its last, which tells what the ones before were to tell. */
  taken(tcb: Tcb): void {
    const flags = this.#asked
    const start = tcb.sendBuffer.tailStart
    if (this.#goal !== null && this.#goal !== tcb.sendBuffer.end) return
    this.#asked = 0
    if (flags === 0 || start === null) return
    this.#marks.push({ octet: (tcb.sendBuffer.end - 1) | 0, flags, sentAt: tcb.host.now })
    this.joined(start, tcb.sendBuffer.end)
  }

  joined(from: Seq, to: Seq): void {
    const inside = this.#marks.filter(({ octet }) => !seqLt(octet, from) && seqLt(octet, to))
    if (inside.length < 2) return
    const flags = inside.reduce((sum, mark) => sum | mark.flags, 0)
    const first = this.#marks.indexOf(inside[0] as Mark)
    this.#marks.splice(first, inside.length, { ...(inside.at(-1) as Mark), flags })
  }

  /** A segment of the connection has left: it begins at `scratch.bytes[start …]`, the IP header before it. */
  transmitted(start: number, length: number, headerStart: number): void {
    if (this.#marks.length === 0) return
    const header = scratch.bytes
    const seq = get32(header, start + TCP_SEQ)
    const octets = length - ((header[start + TCP_DATA_OFFSET] as number) >> 4) * 4
    for (const mark of this.#marks) {
      const { octet, flags } = mark
      if (seqLt(octet, seq) || !seqLt(octet, (seq + octets) | 0)) continue
      mark.sentAt = this.#socket.host.now
      const packet = scratch.bytes.slice(headerStart, start + length)
      const headers = packet.length - octets
      if ((flags & Timestamping.TX_SCHED) !== 0)
        this.#tellTime(TimestampKind.SCHED, mark, this.#wholeBurst(packet, headers, seq), headers)
      if ((flags & Timestamping.TX_SOFTWARE) !== 0) this.#tellTime(TimestampKind.SND, mark, packet, headers)
    }
  }

  /** What was handed down: a burst is one packet, until it is cut on its way to the link. */
  #wholeBurst(packet: Uint8Array, headers: number, seq: Seq): Uint8Array {
    const { tcb } = this.#socket
    if (tcb === null) return packet
    const before = (seq - burstStart(tcb, seq)) | 0
    if (before <= 0) return packet
    const whole = new Uint8Array(packet.length + before)
    whole.set(packet.subarray(0, headers))
    tcb.sendBuffer.copy((seq - before) | 0, whole, headers, before)
    whole.set(packet.subarray(headers), headers + before)
    return whole
  }

  acknowledged(tcb: Tcb): void {
    while (this.#marks.length > 0 && seqLt((this.#marks[0] as Mark).octet, tcb.snd.una)) {
      const mark = this.#marks.shift() as Mark
      const { octet, flags } = mark
      if ((flags & Timestamping.TX_ACK) === 0) continue
      this.#settle(tcb, octet)
      this.#tellTime(TimestampKind.ACK, mark, packetText(tcb, octet), 0)
    }
    this.#pages.free(tcb)
    this.#settle(tcb, tcb.snd.una)
  }

  abandoned(tcb: Tcb): void {
    this.#marks.length = 0
    this.#pages.clear(tcb)
    // What waited to be sent is thrown away first, and told of first.
    const sent = this.#loans.filter(({ first }) => seqLt(first, tcb.snd.nxt))
    const unsent = this.#loans.splice(sent.length)
    this.#loans.unshift(...unsent)
    this.#settle(tcb, null)
  }

  /** @param headers octets of the packet before its text, which ends with the mark */
  #tellTime(kind: number, { octet, sentAt }: Mark, packet: Uint8Array, headers: number): void {
    const socket = this.#socket
    const { tcb, host } = socket
    const flags = socket.options.timestamping
    const only = (flags & Timestamping.OPT_TSONLY) !== 0
    const statistics = only && (flags & Timestamping.OPT_STATS) !== 0 && tcb !== null
    const text = packet.length - headers
    const hops = kind === TimestampKind.ACK ? host.arrivals.hops : undefined
    const report = {
      errno: Errno.ENOMSG,
      origin: ReportOrigin.TIMESTAMPING,
      type: 0,
      code: 0,
      info: kind,
      data: (flags & Timestamping.OPT_ID) === 0 ? 0 : (octet - this.key) >>> 0,
      offender: null,
      at: socket.host.now,
      payload: statistics ? sendStatistics(tcb, octet, sentAt, hops) : only ? NOTHING : packet,
      statistics,
      held: 0,
      memory: PACKET + (only ? 0 : text + this.#pages.slack((octet + 1 - text) | 0, octet)),
    }
    socket.report(report, tcb === null ? undefined : receiveMemory(tcb))
  }
}

/** The first octet of the burst that the octet left in, or of what is left of it. */
function burstStart(tcb: Tcb, octet: Seq): Seq {
  let start = octet
  for (let segment = tcb.sent.head; segment !== null && !seqGt(segment.seq, octet); segment = segment.next)
    if (!segment.follows || segment === tcb.sent.head) start = segment.seq
  return start
}

/** The text that waits for its ACK together with an octet: a burst does so as one, and a segment that left alone is whole until the end. */
function packetText(tcb: Tcb, octet: Seq): Uint8Array {
  const { isPart, partFrom, partEnd } = tcb.recovery
  let start = burstStart(tcb, octet)
  let segment = tcb.sent.head
  while (segment !== null && !seqGt(segment.end, octet)) segment = segment.next
  if (isPart && segment !== null && segment.end === partEnd) start = partFrom
  while (segment?.next?.follows) segment = segment.next
  const { first, end } = tcb.sendBuffer
  const last = segment === null || seqGt(segment.end, end) ? end : segment.end
  const text = new Uint8Array(Math.max((last - start) | 0, 0))
  const from = seqGt(first, start) ? first : start
  if (seqLt(from, last)) tcb.sendBuffer.copy(from, text, (from - start) | 0, (last - from) | 0)
  return text
}
