import { hostname } from 'node:os'
import type { AgeOf, RowState, SocketRow } from '../../inspect/index.ts'
import type { HostSnapshot } from '../snapshot.ts'
import type { DiagnosisMessage, SnapshotMessage, SocketMessage, TableFacts } from './protocol.ts'

/** One reading of the host. */
export interface HostReading {
  readonly facts: TableFacts
  readonly rows: readonly SocketRow[]
  /** Until the next reading. */
  readonly ageOf?: AgeOf | undefined
}

/** Reads the host once. */
export type ReadHost = () => Promise<HostReading>

/** Rows that are told at most: what a page filters and sorts each second off its thread. */
const ROWS_MAX = 100_000

/** States that there may be hundreds of thousands of without any harm; they are the first to be left out. */
const ORDINARY: ReadonlySet<RowState> = new Set<RowState>(['ESTABLISHED', 'TIME-WAIT'])

/** When a snapshot was taken: ms since 1970, and how long it took. */
export interface ReadingTime {
  readonly takenAt: number
  readonly tookMs: number
}

/** A snapshot as it is told to the page. */
export function hostReading(
  snapshot: HostSnapshot,
  time: ReadingTime,
  diagnosis: DiagnosisMessage,
  rowsMax: number = ROWS_MAX,
): HostReading {
  const states: Partial<Record<RowState, number>> = {}
  for (const { state } of snapshot.rows) states[state] = (states[state] ?? 0) + 1
  const rows = chosen(snapshot.rows, rowsMax)
  return {
    facts: {
      ...time,
      hostname: hostname(),
      source: snapshot.source,
      lacks: snapshot.lacks,
      states,
      total: snapshot.rows.length,
      received: rows.length,
      diagnosis,
    },
    rows,
  }
}

/** A reading as JSON: what is unknown is left out, and a cookie is decimal text. */
export function snapshotMessage({ facts, rows }: HostReading): SnapshotMessage {
  return { ...facts, rows: rows.map(socketMessage) }
}

function chosen(rows: readonly SocketRow[], rowsMax: number): readonly SocketRow[] {
  if (rows.length <= rowsMax) return rows
  const telling = rows.filter((row) => !ORDINARY.has(row.state))
  const others = rows.filter((row) => ORDINARY.has(row.state))
  return [...telling, ...others].slice(0, rowsMax)
}

/** A row without what is unknown: JSON leaves undefined out, and has no bigint. */
export function socketMessage(row: SocketRow): SocketMessage {
  return {
    netid: row.netid,
    family: row.family,
    state: row.state,
    local: row.local,
    peer: row.peer,
    recvQueue: row.recvQueue,
    sendQueue: row.sendQueue,
    timer: row.timer,
    uid: row.uid,
    inode: row.inode,
    cookie: row.cookie?.toString(),
    owners: row.owners,
    memory: row.memory,
    path: row.path,
    peerInode: row.peerInode,
  }
}
