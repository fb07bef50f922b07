import { OwnerTable } from '../proc/owners.ts'
import { readSockets, type SourceChoice } from '../read-sockets.ts'
import { ALL_STATES, type SocketQuery } from '../snapshot.ts'
import type { ReadSnapshot } from './snapshot-feed.ts'
import { snapshotMessage } from './snapshot-message.ts'

const EVERY_SOCKET: SocketQuery = {
  netids: ['tcp', 'udp', 'u_str', 'u_dgr', 'u_seq'],
  families: [4, 6],
  states: ALL_STATES,
  owners: true,
  tcpInfo: false,
  memory: false,
}

/** Reads every socket of this host, and knows the owners from the last time. */
export function hostReader(source: SourceChoice | undefined): ReadSnapshot {
  const ownerTable = new OwnerTable()
  return async () => {
    const start = performance.now()
    const takenAt = Date.now()
    const snapshot = await readSockets(EVERY_SOCKET, { source, ownerTable })
    return snapshotMessage(snapshot, { takenAt, tookMs: Math.round(performance.now() - start) })
  }
}
