/** What earlier looks leave behind: enough to tell since when and how fast, and no more than fits in a bounded memory. */
import { type Micros, MS, SECOND } from '../base/index.ts'
import type { RowState, SocketRow, StateMask } from '../inspect/index.ts'
import { type ListenerLosses, NO_LOSSES } from './listener-losses.ts'
import { keyOf, type SocketKey } from './socket-table.ts'
import type { DeadDescriptor, ProcessFacts, Since } from './types.ts'

/** Earlier looks, condensed. It is never changed: `observe` answers a new one. */
export interface History {
  readonly looks: number
  readonly firstLook: Micros
  readonly lastLook: Micros
  /** What the last look asked for. */
  readonly lastStates: StateMask
  /** Sockets in the states that may last too long. */
  readonly sockets: ReadonlyMap<SocketKey, RememberedSocket>
  /** What is counted over time, by name. */
  readonly series: ReadonlyMap<string, readonly Sample[]>
  readonly listeners: ReadonlyMap<SocketKey, RememberedListener>
  readonly losses: ListenerLosses
  /** Dead descriptors by pid, fd and inode: when each was first seen. */
  readonly deadDescriptors: ReadonlyMap<string, Micros>
  /** Who connects to a busy destination, by its key: what is left of a connection, TIME-WAIT, tells nobody. */
  readonly clients: ReadonlyMap<string, RememberedClients>
}

/** Those that were seen with connections to one destination. */
export interface RememberedClients {
  /** Never empty. */
  readonly processes: readonly ProcessFacts[]
  readonly lastSeen: Micros
}

/** A socket that a rule may speak of. */
export interface RememberedSocket {
  readonly state: RowState
  readonly since: Since
  /** Recv-Q when it was first seen in this state. */
  readonly recvQueue: number
  /** The group that it was counted in. */
  readonly group: string
}

/** A count at one look. */
export interface Sample {
  readonly at: Micros
  readonly count: number
}

/** A listener that is or was there. */
export interface RememberedListener {
  readonly row: SocketRow
  readonly lastSeen: Micros
  /** Who has held it, by pid. */
  readonly holders: ReadonlyMap<number, string>
}

/** Before the first look. */
export const NO_HISTORY: History = {
  looks: 0,
  firstLook: 0,
  lastLook: 0,
  lastStates: 0,
  sockets: new Map(),
  series: new Map(),
  listeners: new Map(),
  losses: NO_LOSSES,
  deadDescriptors: new Map(),
  clients: new Map(),
}

/** Two looks closer than this tell no growth. */
const GROWTH_SPAN_MIN: Micros = 5 * SECOND

/** The name of a dead descriptor in the history. */
export function deadKey(one: DeadDescriptor): string {
  return `${one.pid}/${one.fd}/${one.inode ?? ''}`
}

/** What the name of a count of ends ends with. */
export const ENDS = '|ends'

/** The name under which a group's ends are counted. */
export function endsKey(group: string): string {
  return group + ENDS
}

/**
 * How long a socket has been in its state at least, by what TCP_INFO tells. The last ACK came with the segment that led into
 * CLOSE-WAIT or FIN-WAIT-2, or after it. The states that wait for an ACK of our FIN have had none: there the retransmissions tell.
 */
export function toldAge(row: SocketRow): Micros {
  const info = row.tcpInfo
  if (info === undefined) return 0
  switch (row.state) {
    case 'CLOSE-WAIT':
    case 'FIN-WAIT-2':
    case 'ESTABLISHED':
      return info.last_ack_recv * MS
    case 'FIN-WAIT-1':
    case 'LAST-ACK':
    case 'CLOSING':
      return silence(info.rto, info.backoff)
    default:
      return 0
  }
}

/** What the doublings so far add up to: the present time-out less the first. */
function silence(rto: Micros, backoff: number): Micros {
  return backoff <= 0 ? 0 : rto - Math.round(rto / 2 ** Math.min(backoff, 16))
}

/** How much a count has changed over the window, and how long the window is; undefined before two looks. */
export function changeOf(
  history: History,
  key: string,
): { readonly change: number; readonly span: Micros } | undefined {
  const samples = history.series.get(key)
  const [first, last] = [samples?.[0], samples?.at(-1)]
  if (first === undefined || last === undefined || first === last) return undefined
  return { change: last.count - first.count, span: last.at - first.at }
}

/** Change per minute over the last minutes; undefined when the looks are too few or too close. */
export function growthOf(history: History, key: string): number | undefined {
  const moved = changeOf(history, key)
  if (moved === undefined || moved.span < GROWTH_SPAN_MIN) return undefined
  return (moved.change * 60 * SECOND) / moved.span
}

/** How many sockets of a group have ended, of those that had been in their state for a minute, within the window. */
export function oldEndsOf(history: History, group: string): number {
  return changeOf(history, endsKey(group))?.change ?? 0
}

/** Since when a socket has been in its state: by the history, else by what the socket itself tells. */
export function sinceOf(history: History, row: SocketRow, now: Micros): Since {
  const told = now - toldAge(row)
  const known = history.sockets.size === 0 ? undefined : history.sockets.get(keyOf(row))
  if (known === undefined || known.state !== row.state) return { at: told, precision: 'bound' }
  // The last ACK may be older than what was told at first sight, where a source has only now given TCP_INFO.
  return told < known.since.at && known.since.precision === 'bound' ? { at: told, precision: 'bound' } : known.since
}
