import type { TcbOwner } from '../../tcp/index.ts'
import type { ErrorReport } from '../sockets/error-queue.ts'

/** A connection's or a listener's socket, as far as packets concern it: who owns a control block here is one. */
export interface StreamSocket extends TcbOwner {
  /** Who tells of octets that left; null: nobody asked. */
  readonly reports: {
    /** A segment leaves, which `scratch` holds from `start` on; its packet begins at `headerStart`. */
    transmitted(start: number, length: number, headerStart: number): void
  } | null
  /** Connections that a listener had no room for. */
  drops: number
  /** Puts a report on its error queue. */
  report(report: ErrorReport, taken?: number): void
}
