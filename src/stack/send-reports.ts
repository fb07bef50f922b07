import { Errno, type Seq, scratch, seqGt, seqLeq, seqLt } from '../base/index.ts'
import { type SendWatch, sendableOctets, type Tcb, tailOctets } from '../tcp/index.ts'
import { type Address, get32 } from '../wire/index.ts'
import { ReportOrigin } from './error-queue.ts'
import type { TcpSocket } from './tcp-socket.ts'
import { Timestamping, TimestampKind } from './timestamping.ts'

const NOTHING = new Uint8Array(0)
/** What Linux charges to `optmem_max` for one notification: the least that has to be free, and what it takes. */
const NOTICE_LEAST = 576
const NOTICE_HELD = 832
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
  readonly first: Seq
  end: Seq
}

/** The last octet of a send() whose departure or arrival is to be told. */
interface Mark {
  readonly octet: Seq
  readonly flags: number
}

/** What a stream socket tells of its octets on the error queue: when they left, when they arrived, when they are the program's again. */
export class SendReports implements SendWatch {
  readonly #socket: TcpSocket
  readonly #loans: Loan[] = []
  readonly #marks: Mark[] = []
  #nextLoan = 0
  /** What SOF_TIMESTAMPING_OPT_ID counts octets from. */
  key: Seq = 0

  constructor(socket: TcpSocket) {
    this.#socket = socket
  }

  /**
   * send() with octets lent (`lends`) or to be told of (`stamps`, of `Timestamping`).
   * @returns as send() does, or −ENOBUFS: so many loans are not yet told of that `optmem_max` is reached
   */
  send(data: Uint8Array, flags: number, to: Address | null, port: number, lends: boolean, stamps: number): number {
    const before = this.#socket.tcb
    const loan = lends ? this.#lend(before, data.length) : null
    if (loan === undefined) return -Errno.ENOBUFS
    if (before !== null) before.watch = this
    const marked = before !== null && stamps !== 0 ? this.#mark(before, data.length, stamps) : null
    const result = this.#socket.send(data, flags, to, port)
    const tcb = this.#socket.tcb
    if (result > 0 && tcb !== null) {
      tcb.watch = this
      if (loan !== null) this.#lent(loan, tcb, before === null)
      if (marked === null && stamps !== 0) this.#marks.push({ octet: (tcb.sendBuffer.end - 1) | 0, flags: stamps })
    } else {
      if (loan !== null) this.#takeBack(loan)
      if (marked !== null) this.#marks.pop()
    }
    return result
  }

  // ---- octets lent

  /** The loan that these octets belong to: the last one, while what it told of is not all sent. Undefined: there is no memory. */
  #lend(tcb: Tcb | null, octets: number): Loan | undefined {
    const last = this.#loans.at(-1)
    const unsent = tcb !== null && last !== undefined && seqGt(last.end, tcb.snd.nxt)
    if (unsent && last.sends < NOTICE_SENDS && last.octets + octets <= NOTICE_OCTETS) {
      last.sends++
      last.octets += octets
      this.#nextLoan++
      return last
    }
    const { optionMemory } = this.#socket
    if (optionMemory + NOTICE_LEAST > this.#socket.host.config.optionMemoryMax) return undefined
    this.#socket.optionMemory += NOTICE_HELD
    const first = tcb?.sendBuffer.end ?? 0
    const loan = { id: this.#nextLoan++, sends: 1, octets, first, end: first }
    this.#loans.push(loan)
    return loan
  }

  /** The octets are in the send buffer; those that opened the connection went with its SYN, copied. */
  #lent(loan: Loan, tcb: Tcb, opened: boolean): void {
    loan.end = opened ? tcb.snd.una : tcb.sendBuffer.end
    if (opened) this.#settle(tcb, false)
  }

  /** Nothing was taken: the number is free again. */
  #takeBack(loan: Loan): void {
    this.#nextLoan--
    loan.sends--
    if (loan.sends > 0) return
    this.#loans.pop()
    this.#socket.optionMemory -= NOTICE_HELD
  }

  /** Tells of loans that are over: those that SND.UNA has passed, or all. */
  #settle(tcb: Tcb, all: boolean): void {
    for (let loan = this.#loans[0]; loan !== undefined; loan = this.#loans[0]) {
      if (!all && seqGt(loan.end, tcb.snd.una)) return
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
    })
  }

  // ---- timestamps

  /** Marks the last octet that this send() will get rid of. One chunk of octets has one mark, its last. */
  #mark(tcb: Tcb, length: number, flags: number): Mark | null {
    const taken = sendableOctets(tcb, length)
    if (taken <= 0) return null
    const { end } = tcb.sendBuffer
    const chunk = (end - tailOctets(tcb)) | 0
    const before = this.#marks.at(-1)
    const joins = before !== undefined && chunk !== end && !seqLt(before.octet, chunk)
    if (joins) this.#marks.pop()
    const mark = { octet: (end + taken - 1) | 0, flags: joins ? flags | before.flags : flags }
    this.#marks.push(mark)
    return mark
  }

  /** A segment of the connection has left: it begins at `scratch.bytes[start …]`, the IP header before it. */
  transmitted(start: number, length: number, headerStart: number): void {
    if (this.#marks.length === 0) return
    const header = scratch.bytes
    const seq = get32(header, start + TCP_SEQ)
    const octets = length - ((header[start + TCP_DATA_OFFSET] as number) >> 4) * 4
    for (const { octet, flags } of this.#marks) {
      if (seqLt(octet, seq) || !seqLt(octet, (seq + octets) | 0)) continue
      const packet = scratch.bytes.slice(headerStart, start + length)
      if ((flags & Timestamping.TX_SCHED) !== 0) this.#tellTime(TimestampKind.SCHED, octet, packet)
      if ((flags & Timestamping.TX_SOFTWARE) !== 0) this.#tellTime(TimestampKind.SND, octet, packet)
    }
  }

  acknowledged(tcb: Tcb): void {
    while (this.#marks.length > 0 && seqLt((this.#marks[0] as Mark).octet, tcb.snd.una)) {
      const { octet, flags } = this.#marks.shift() as Mark
      if ((flags & Timestamping.TX_ACK) === 0) continue
      const first = tcb.sendBuffer.first
      const text = new Uint8Array(seqLeq(first, octet) ? (octet - first + 1) | 0 : 0)
      tcb.sendBuffer.copy(first, text, 0, text.length)
      this.#tellTime(TimestampKind.ACK, octet, text)
    }
    this.#settle(tcb, false)
  }

  isMarked(from: Seq, to: Seq): boolean {
    return this.#marks.some(({ octet }) => !seqLt(octet, from) && seqLt(octet, to))
  }

  abandoned(tcb: Tcb): void {
    this.#marks.length = 0
    this.#settle(tcb, true)
  }

  #tellTime(kind: number, octet: Seq, packet: Uint8Array): void {
    const socket = this.#socket
    const flags = socket.options.timestamping
    socket.report({
      errno: Errno.ENOMSG,
      origin: ReportOrigin.TIMESTAMPING,
      type: 0,
      code: 0,
      info: kind,
      data: (flags & Timestamping.OPT_ID) === 0 ? 0 : (octet - this.key) >>> 0,
      offender: null,
      at: socket.host.now,
      payload: (flags & Timestamping.OPT_TSONLY) === 0 ? packet : NOTHING,
      held: 0,
    })
  }
}
