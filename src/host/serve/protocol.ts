/**
 * What the console's server says to the page: types only, so that a page may import them without Node.
 *
 * `GET /api/sockets` answers one SnapshotMessage as JSON. `GET /api/stream` is a stream of server-sent events: `snapshot`,
 * whose data is a SnapshotMessage, about once a second; and `failure`, whose data is a FailureMessage, when a reading failed.
 */
import type { ReportedFinding } from '../../doctor/index.ts'
import type { NetId, RowSource, RowState, RowTimer, SocketMemory, SocketOwner } from '../../inspect/index.ts'

/** All sockets of the host at one moment. */
export interface SnapshotMessage {
  /** When it was read: ms since 1970. */
  readonly takenAt: number
  /** How long reading took, ms. */
  readonly tookMs: number
  /** The machine's name. */
  readonly hostname: string
  readonly source: RowSource
  /** Sentences: what this source or privilege cannot show. */
  readonly lacks: readonly string[]
  /** Rows of each state over *all* sockets, those left out of `rows` included. States without a row are absent. */
  readonly states: Readonly<Partial<Record<RowState, number>>>
  /** How many sockets there are. */
  readonly total: number
  /**
   * The rows, at most 100,000 of them. When there are more, those in ESTABLISHED and TIME-WAIT are left out first, and
   * `total - rows.length` says how many are missing.
   */
  readonly rows: readonly SocketMessage[]
  /** What the doctor says of this very reading. */
  readonly diagnosis: DiagnosisMessage
}

/** What is wrong, and what is worth trying in the lab. */
export interface DiagnosisMessage {
  /** The gravest first. */
  readonly findings: readonly FindingMessage[]
  /** The host's sysctls that the rules read, by full name. */
  readonly sysctls: Readonly<Record<string, string>>
}

/** A finding as `lastack doctor --json` has it, and how its count went while somebody watched. */
export interface FindingMessage extends ReportedFinding {
  /** The number that its first line of evidence gives, oldest first. Empty where that is a word. */
  readonly counts: readonly CountMessage[]
}

/** A count at one reading. */
export interface CountMessage {
  /** ms since 1970. */
  readonly at: number
  readonly count: number
}

/** A SocketRow as JSON: the same names and meanings, what is unknown is absent, the cookie is decimal text. */
export interface SocketMessage {
  readonly netid: NetId
  readonly family: 4 | 6 | 0
  readonly state: RowState
  readonly local: EndpointMessage
  readonly peer: EndpointMessage
  readonly recvQueue: number
  readonly sendQueue: number
  readonly timer?: RowTimer | undefined
  readonly uid?: number | undefined
  readonly inode?: number | undefined
  /** Decimal; the same from ESTABLISHED to the end of TIME-WAIT, so it can tell a row from tick to tick. */
  readonly cookie?: string | undefined
  /** Absent: not visible. Empty: looked for with full sight, and there is none. */
  readonly owners?: readonly SocketOwner[] | undefined
  readonly memory?: SocketMemory | undefined
  readonly path?: string | undefined
  readonly peerInode?: number | undefined
}

/** One end of a socket: unix sockets have an empty address and port 0. */
export interface EndpointMessage {
  readonly address: string
  readonly port: number
  readonly device?: string | undefined
}

/** A reading of the sockets that failed; the next one may succeed. */
export interface FailureMessage {
  readonly error: string
}
