import type { Micros } from '../../base/index.ts'
import type { Endpoint, RowState, SocketRow } from '../../inspect/index.ts'

/** What happens to the machine's TCP sockets, as it happens. */
export type LiveEvent = SocketMove | SocketRemark | TraceGap

interface LiveBase {
  /** On CLOCK_MONOTONIC. */
  readonly time: Micros
}

interface OfSocket extends LiveBase {
  /** The source's number of the socket, from 1, never given twice; it stays through TIME-WAIT. 0: of no socket. */
  readonly socket: number
  readonly family: SocketRow['family']
  readonly local: Endpoint
  readonly peer: Endpoint
}

/** A socket went from one state to another. */
export interface SocketMove extends OfSocket {
  readonly kind: 'move'
  /** Undefined where the socket was not known before. */
  readonly from: RowState | undefined
  readonly to: RowState
  /** False: it happened at some time since the look before. */
  readonly exact: boolean
  readonly cookie?: bigint | undefined
}

/** A segment worth telling. */
export interface SocketRemark extends OfSocket {
  readonly kind: 'retransmission' | 'reset-sent' | 'reset-received'
  /** Why a reset was sent, in the kernel's word. */
  readonly reason: string | undefined
}

/** Something was missed; `text` is a sentence. */
export interface TraceGap extends LiveBase {
  readonly kind: 'gap'
  readonly text: string
}

/** Whatever tells of sockets as they move. Close it. */
export interface LiveSource {
  readonly name: 'tracefs' | 'netlink'
  /** Sentences: what this source cannot see, and why a better one does not serve. */
  readonly lacks: readonly string[]
  /** What has happened since the last time, by time; to be called several times a second. */
  take(): Promise<readonly LiveEvent[]>
  close(): void
}
