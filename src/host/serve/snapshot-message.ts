import { hostname } from 'node:os'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import type { HostSnapshot } from '../snapshot.ts'
import type { DiagnosisMessage, SnapshotMessage, SocketMessage } from './protocol.ts'

/** Rows that one message carries at most: about 25 MB of JSON, which a page on the same machine reads within a second. */
const ROWS_MAX = 100_000

/** States that there may be hundreds of thousands of without any harm; they are the first to be left out. */
const ORDINARY: ReadonlySet<RowState> = new Set<RowState>(['ESTABLISHED', 'TIME-WAIT'])

/** When a snapshot was taken: ms since 1970, and how long it took. */
export interface ReadingTime {
  readonly takenAt: number
  readonly tookMs: number
}

/** A snapshot as the page gets it. */
export function snapshotMessage(
  snapshot: HostSnapshot,
  time: ReadingTime,
  diagnosis: DiagnosisMessage,
  rowsMax: number = ROWS_MAX,
): SnapshotMessage {
  const states: Partial<Record<RowState, number>> = {}
  for (const { state } of snapshot.rows) states[state] = (states[state] ?? 0) + 1
  return {
    ...time,
    hostname: hostname(),
    source: snapshot.source,
    lacks: snapshot.lacks,
    states,
    total: snapshot.rows.length,
    rows: chosen(snapshot.rows, rowsMax).map(socketMessage),
    diagnosis,
  }
}

function chosen(rows: readonly SocketRow[], rowsMax: number): readonly SocketRow[] {
  if (rows.length <= rowsMax) return rows
  const telling = rows.filter((row) => !ORDINARY.has(row.state))
  const others = rows.filter((row) => ORDINARY.has(row.state))
  return [...telling, ...others].slice(0, rowsMax)
}

/** A row without what is unknown: JSON leaves undefined out, and has no bigint. */
function socketMessage(row: SocketRow): SocketMessage {
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
