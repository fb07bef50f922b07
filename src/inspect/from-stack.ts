import type { Host, SocketDescription } from '../stack/index.ts'
import type { SocketRow } from './socket-row.ts'

/**
 * The socket table of a host of our own stack, as root sees it: listeners first, then in the order in which connections began.
 * A socket without descriptor (un-accepted, orphaned, TIME-WAIT) has inode 0 and an empty list of owners.
 */
export function rowsFromStack(host: Host): SocketRow[] {
  return host
    .describeSockets()
    .sort((a, b) => rank(a) - rank(b) || a.cookie - b.cookie)
    .map(toRow)
}

/** The kernel's bits are numbers in a getsockopt() and words in a table. */
function tcpInfoOf(status: ReturnType<SocketDescription['tcpInfo']>): SocketRow['tcpInfo'] {
  if (status === undefined) return undefined
  return { ...status, delivery_rate_app_limited: status.delivery_rate_app_limited !== 0 }
}

function rank(socket: SocketDescription): number {
  if (socket.netid === 'udp') return 2
  return socket.state === 'LISTEN' ? 0 : 1
}

/** The kernel tells it of sockets that take what comes, and of those that do nothing yet. */
function v6onlyOf({ family, state, v6only }: SocketDescription): boolean | undefined {
  const isTold = state === 'LISTEN' || state === 'BOUND-INACTIVE' || state === 'UNCONN'
  return family === 6 && isTold ? v6only : undefined
}

function toRow(socket: SocketDescription): SocketRow {
  const { netid, family, state, local, peer, recvQueue, sendQueue, timer, uid, inode, cookie, shutdown } = socket
  return {
    source: 'stack',
    netid,
    family,
    state,
    local,
    peer,
    recvQueue,
    sendQueue,
    timer,
    uid,
    inode,
    cookie: BigInt(cookie),
    v6only: v6onlyOf(socket),
    shutdown,
    owners: [...socket.owners].sort((a, b) => a.pid - b.pid || a.fd - b.fd),
    congestion: socket.congestion,
    memory: socket.memory,
    tcpInfo: tcpInfoOf(socket.tcpInfo()),
  }
}
