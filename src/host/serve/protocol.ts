/**
 * What the console's server says to the page: types only, so that a page may import them without Node.
 *
 * `GET /api/sockets` answers one SnapshotMessage as JSON. `GET /api/stream` never ends: about once a second it brings a frame,
 *
 *     length   of what follows, 32 bits, network order
 *     kind     one octet: 1 a table, 2 a failure
 *     length   of the JSON text, 32 bits, network order
 *     JSON     TableFacts, or a FailureMessage
 *     rows     of a table: what has changed, as inspect's RowStreamWriter tells it; first, and after a gap, the whole table
 *
 * `GET /api/connection?cookie=N` answers a ConnectionMessage: one socket in full, as it was at the latest reading.
 *
 * With --allow-heal, `POST /api/heal/plan` answers `{ how, cookies }` with a HealPlanMessage, and `POST /api/heal/apply` does what a plan
 * says, `{ plan }`, and answers a HealReportMessage. Both need the token that the terminal printed, as X-Lastack-Token.
 */
import type { AgedState, Prospect, ReportedFinding } from '../../doctor/index.ts'
import type { NetId, RowSource, RowState, RowTimer, SeenEnd, SocketMemory, SocketOwner } from '../../inspect/index.ts'

/** All that is known of the sockets of the host at one moment, but for the rows. */
export interface TableFacts {
  /** When they were read: ms since 1970. */
  readonly takenAt: number
  /** How long reading took, ms. */
  readonly tookMs: number
  /** The machine's name. */
  readonly hostname: string
  readonly source: RowSource
  /** Sentences: what this source or privilege cannot show. */
  readonly lacks: readonly string[]
  /** Rows of each state over *all* sockets, those left out included. States without a row are absent. */
  readonly states: Readonly<Partial<Record<RowState, number>>>
  /** How many sockets there are. */
  readonly total: number
  /** How many of them are told, at most 100,000. When there are more, those in ESTABLISHED and TIME-WAIT are left out first. */
  readonly received: number
  /** What the doctor says of this very reading. */
  readonly diagnosis: DiagnosisMessage
  /** What connections did since the reading before; absent where the kernel does not tell: then only two readings can be compared. */
  readonly moves?: readonly MoveMessage[] | undefined
  /** Whether connections may be ended from the page: the console was started with --allow-heal. */
  readonly mayHeal?: boolean | undefined
}

/** Connections that went from one state to another. */
export interface MoveMessage {
  readonly from: RowState
  readonly to: RowState
  readonly count: number
}

/** All sockets of the host at one moment. */
export interface SnapshotMessage extends TableFacts {
  readonly rows: readonly SocketMessage[]
}

/** What is wrong, and what is worth trying in the lab. */
export interface DiagnosisMessage {
  /** The gravest first. */
  readonly findings: readonly FindingMessage[]
  /** The host's sysctls that the rules read, by full name. */
  readonly sysctls: Readonly<Record<string, string>>
  /** States that hold sockets for longer than is ordinary. */
  readonly aged?: readonly AgedState[] | undefined
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

/** What an action would do, before anything is done. */
export interface HealPlanMessage {
  /** By which to agree to it. */
  readonly id: string
  /** What to agree to. */
  readonly question: string
  readonly steps: readonly HealStepMessage[]
  /** Sentences: what else ends. */
  readonly warnings: readonly string[]
  /** Sentences: what stays open in the owners when it is done. */
  readonly leaks: readonly string[]
  /** Sockets that were asked for and are not there any more. */
  readonly gone: number
}

/** One socket of a plan. */
export interface HealStepMessage {
  readonly state: RowState
  /** Both ends, as text. */
  readonly ends: string
  readonly recvQueue: number
  readonly sendQueue: number
  /** A sentence: through whom, and whether FIN, RST or nothing is sent. */
  readonly text: string
  /** False: it is left alone, and `text` says why. */
  readonly possible: boolean
}

/** What was done. */
export interface HealReportMessage {
  readonly steps: readonly HealOutcomeMessage[]
  /** Sentences: what is still open in the owners. */
  readonly leaks: readonly string[]
}

/** What became of one socket. */
export interface HealOutcomeMessage {
  readonly ends: string
  /** `ended`: as planned; `waiting`: begun, and the peer has not answered; `left`: nothing was done. */
  readonly result: 'ended' | 'waiting' | 'left'
  /** A sentence: what was seen, looking again. */
  readonly seen: string
}

/** One connection, and what was seen of it. */
export interface ConnectionMessage {
  /** When it was looked at: ms since 1970. */
  readonly takenAt: number
  /** Null: it is not there any more. */
  readonly socket: SocketMessage | null
  /** Null: the source or the state has none. */
  readonly info: InfoMessage | null
  /** Who waits for whom. Null when it is gone. */
  readonly prospect: Prospect | null
  /** What the kernel told of how it moved; null: it does not tell, or told nothing yet. */
  readonly seen: SeenMessage | null
}

/** Of Linux's `struct tcp_info` what changes as data flows; the units are its own (µs, segments, octets). */
export interface InfoMessage {
  readonly congestion?: string | undefined
  readonly rtt: number
  readonly rttvar: number
  readonly rto: number
  readonly cwnd: number
  readonly ssthresh: number
  readonly mss: number
  readonly unacked: number
  readonly lost: number
  readonly totalRetrans: number
  readonly octetsAcked?: number | undefined
  readonly octetsReceived?: number | undefined
  /** ms since data was last sent and received, and an ACK received. */
  readonly lastDataSent: number
  readonly lastDataReceived: number
  readonly lastAckReceived: number
}

/** What was seen of a connection as it moved. */
export interface SeenMessage {
  /** This end first. Times are µs since `since`; of an end that is elsewhere there is nothing but its name. */
  readonly ends: readonly [SeenEnd, SeenEnd]
  /** When the first of it was seen: ms since 1970. */
  readonly since: number
  /** How often this end had to send again. */
  readonly retransmissions: number
  /** Who closed first, in a sentence; empty where only one end is seen. */
  readonly ending: string
}
