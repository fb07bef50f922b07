import type { Micros } from '../../base/index.ts'
import type { Address } from '../../wire/index.ts'

/** Where a report comes from (`ee_origin`). */
export const ReportOrigin = { LOCAL: 1, ICMP: 2, ICMP6: 3, TIMESTAMPING: 4, ZEROCOPY: 5 } as const

/** Whether a report is about what ICMP said. */
export function isOfIcmp(report: ErrorReport | undefined): boolean {
  return report?.origin === ReportOrigin.ICMP || report?.origin === ReportOrigin.ICMP6
}

/** What recvmsg(MSG_ERRQUEUE) tells: Linux's `sock_extended_err`, and what comes with it. */
export interface ErrorReport {
  /** Canonical. */
  readonly errno: number
  readonly origin: number
  readonly type: number
  /** 1, of ZEROCOPY: the octets were copied after all. */
  code: number
  readonly info: number
  data: number
  /** Whose ICMP message it was. */
  readonly offender: Address | null
  /** A timestamp: when it happened. */
  readonly at: Micros | null
  /** What the message is about: octets of the packet, as far as they are told. */
  readonly payload: Uint8Array
  /** The payload is what SOF_TIMESTAMPING_OPT_STATS asks for. */
  readonly statistics?: boolean
  /** Octets of `optmem_max` that it holds until it is read. */
  readonly held: number
  /** Octets of the receive buffer that it takes until then: those of the packet that it is about, with the system's bookkeeping. */
  readonly memory: number
}

/** A socket's error queue: what became of packets it sent, apart from its stream of data. */
export class ErrorQueue {
  readonly #reports: ErrorReport[] = []
  #memory = 0
  /** How many reports have ever come: with each, a poller has something new. */
  total = 0

  get length(): number {
    return this.#reports.length
  }

  /** Octets of the receive buffer that unread reports take. */
  get memory(): number {
    return this.#memory
  }

  /** The report that came last, while it is unread. */
  get last(): ErrorReport | undefined {
    return this.#reports.at(-1)
  }

  /** The report that is read next. */
  get first(): ErrorReport | undefined {
    return this.#reports[0]
  }

  push(report: ErrorReport): void {
    this.keep(report)
    this.total++
  }

  /** Puts back what was taken out: that is no news. */
  keep(report: ErrorReport): void {
    this.#reports.push(report)
    this.#memory += report.memory
  }

  /** The oldest report, which is thereby read. */
  shift(): ErrorReport | undefined {
    const report = this.#reports.shift()
    this.#memory -= report?.memory ?? 0
    return report
  }
}
