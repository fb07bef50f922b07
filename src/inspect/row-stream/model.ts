/**
 * A table of sockets from reading to reading, as octets: first all of it, then what changed. A row has a slot, a small number
 * that is its own as long as it lives.
 *
 *     message  whole? · processes · removed · put · changed, each list behind its length
 *     process  pid · command · program or empty
 *     removed  slots, each as the distance from the one before
 *     put      slot · row that is new, or not what it was
 *     changed  distance of slot · mask of what changed · that
 */
import type { NetId, RowState, RowTimer, SocketMemory, SocketRow } from '../socket-row.ts'

/** A row as the stream brings it: what the table of a page shows. */
export interface StreamedRow
  extends Pick<
    SocketRow,
    | 'netid'
    | 'family'
    | 'state'
    | 'local'
    | 'peer'
    | 'recvQueue'
    | 'sendQueue'
    | 'uid'
    | 'inode'
    | 'cookie'
    | 'netns'
    | 'owners'
    | 'memory'
    | 'path'
    | 'peerInode'
  > {
  readonly timer?: StreamedTimer | undefined
  /** How long it has been in its state at least, as far as was known when the row was told whole, ms. Undefined: nothing is known. */
  readonly ageMs?: number | undefined
}

/** How long a socket has been in its state at least, ms; undefined when nothing is known of it. */
export type AgeOf = (row: SocketRow) => number | undefined

/** A timer that need not be told again while it counts. */
export interface StreamedTimer extends Omit<RowTimer, 'expiresMs' | 'probes'> {
  /** On the clock of the readings' times, ms. */
  readonly expiresAt: number
}

/** A row's present fields, to be replaced. */
export type MutableStreamedRow = { -readonly [K in keyof StreamedRow]: StreamedRow[K] }

/** What may change about a row that stays the same socket. */
export const Changed = { STATE: 1, QUEUES: 2, TIMER: 4, OWNERS: 8, MEMORY: 16 } as const

/** A timer is told again when its end has moved by more than this, ms: readings are not taken to the millisecond. */
export const TIMER_SLACK_MS = 250

/** Kinds of socket by their number in the stream. */
export const NETIDS: readonly NetId[] = ['tcp', 'udp', 'u_str', 'u_dgr', 'u_seq', 'mptcp']

/** States by their number in the stream. */
export const STATES: readonly RowState[] = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
  'BOUND-INACTIVE',
  'UNCONN',
]

/** Kinds of timer by their number in the stream. */
export const TIMERS: readonly RowTimer['kind'][] = ['on', 'keepalive', 'timewait', 'persist', 'unknown']

/** Which of a new row's fields follow. */
export const Has = { UID: 1, INODE: 2, COOKIE: 4, PATH: 8, PEER_INODE: 16, NETNS: 32, AGE: 64 } as const

/** What is told of a socket's memory, in this order. */
export const MEMORY: readonly (keyof SocketMemory)[] = [
  'rmemAlloc',
  'rcvbuf',
  'wmemAlloc',
  'sndbuf',
  'fwdAlloc',
  'wmemQueued',
  'optmem',
  'backlog',
  'drops',
]
