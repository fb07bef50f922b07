import type { NetId, RowSource, RowState, SocketRow, StateMask } from '../inspect/index.ts'

/** Which sockets to read, and how much about each. */
export interface SocketQuery {
  readonly netids: readonly NetId[]
  /** Address families of TCP and UDP rows; unix sockets have none and do not look at it. */
  readonly families: readonly (4 | 6)[]
  /** The states wanted: bit n stands for Linux's state n, as inspect's `stateBit` has them. Netlink and ss have the kernel filter. */
  readonly states: StateMask
  /** Look up the processes that hold each socket: one walk over /proc. */
  readonly owners: boolean
  /**
   * TCP rows carry `tcpInfo` and `congestion`. `brief`: of `tcpInfo` what Linux 2.6 had already, retransmissions and times among it, and
   * neither congestion control, mark, control group nor upper layer: half the memory where there are many rows.
   */
  readonly tcpInfo: boolean | 'brief'
  /** Rows carry `memory`, drops included. `listeners`: those of TCP listeners do, and for others a source may spare itself the trouble. */
  readonly memory: boolean | 'listeners'
  /** Rows carry the path of their control group; left out, they do not. */
  readonly cgroup?: boolean | undefined
}

/** What a source gave. */
export interface HostSnapshot {
  readonly rows: SocketRow[]
  /** The source that served the first kind of socket that was asked for; every row also names its own source. */
  readonly source: RowSource
  /** Sentences for stderr: what this source or this privilege cannot show of what was asked, and why a better one did not serve. */
  readonly lacks: readonly string[]
  /** Processes whose descriptors could not be read; 0 too when owners were not asked for. */
  readonly hiddenProcesses: number
}

/** A row while the host still fills it in. */
export type MutableRow = { -readonly [K in keyof SocketRow]: SocketRow[K] }

/** Takes rows as they are read. */
export interface RowSink {
  take(row: SocketRow): void
  /** What was taken counts no more: a source has failed half-way, or is asked again. */
  restart(): void
}

/** Every state there is, BOUND-INACTIVE included, which `ss -a` leaves out. Bits that stand for no state ask for nothing. */
export const ALL_STATES: StateMask = (1 << 14) - 1

const TCP_STATES: readonly RowState[] = [
  'CLOSED',
  'ESTABLISHED',
  'SYN-SENT',
  'SYN-RECEIVED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  // A TCP socket that a dump shows in TCP_CLOSE is one with a port and no connection: it is there by bit 13 only.
  'BOUND-INACTIVE',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECEIVED',
  'BOUND-INACTIVE',
]

/** The name of the kernel's TCP state number. Numbers of kernels to come read CLOSED. */
export function tcpRowState(state: number): RowState {
  return TCP_STATES[state] ?? 'CLOSED'
}

/** The name of a datagram or unix socket's state number: those that are not connected are UNCONN. */
export function plainRowState(state: number): RowState {
  return state === 7 ? 'UNCONN' : tcpRowState(state)
}

/** The types of unix socket, `SOCK_STREAM`, `SOCK_DGRAM` and `SOCK_SEQPACKET`, under the name that ss has for them. */
export const UNIX_NETIDS: Readonly<Record<number, NetId>> = { 1: 'u_str', 2: 'u_dgr', 5: 'u_seq' }
