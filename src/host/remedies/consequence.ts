/** What a remedy does to a socket, in one sentence, before it is done. */
import type { RowState, SocketRow } from '../../inspect/index.ts'

/** How to end a connection from outside, gentlest first. */
export type RemedyKind = 'shutdown' | 'destroy' | 'kill'

/** States from which a connection's FIN has gone out already. */
const FIN_SENT: ReadonlySet<RowState> = new Set(['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK', 'TIME-WAIT'])

/** States in which an abort sends RST (RFC 9293 §3.10.5; Linux's tcp_need_reset). */
const RESETS: ReadonlySet<RowState> = new Set(['ESTABLISHED', 'CLOSE-WAIT', 'FIN-WAIT-1', 'FIN-WAIT-2', 'SYN-RECEIVED'])

/** Data that the application has not read: the peer's FIN counts one in Recv-Q until end of file is read. */
function unreadOctets({ state, recvQueue }: SocketRow): number {
  const hasFin = state === 'CLOSE-WAIT' || state === 'LAST-ACK' || state === 'CLOSING' || state === 'TIME-WAIT'
  return hasFin ? Math.max(0, recvQueue - 1) : recvQueue
}

/** What the remedy would do to this socket: one sentence without its full stop. */
export function consequenceOf(row: SocketRow, how: RemedyKind): string {
  switch (how) {
    case 'shutdown':
      return shutdownOf(row)
    case 'destroy':
      return destroyOf(row)
    case 'kill':
      return closeOf(row)
    default:
      return how satisfies never
  }
}

function shutdownOf(row: SocketRow): string {
  if (row.state === 'LISTEN') return `stops listening: ${waiting(row)} reset`
  if (row.state === 'SYN-SENT') return 'gives the attempt up'
  if (row.state === 'BOUND-INACTIVE' || row.state === 'CLOSED') return 'does nothing: there is no connection'
  if (FIN_SENT.has(row.state)) return 'does nothing: its FIN is sent already'
  const unread = unreadOctets(row)
  const late = unread > 0 ? `; ${octets(unread)} unread: the close() that follows later would send RST` : ''
  const behind = row.sendQueue > 0 ? ` behind ${octets(row.sendQueue)} that are not acknowledged yet` : ''
  return `sends FIN${behind}: a peer that waits reads end of file, one that has gone answers RST${late}`
}

function destroyOf(row: SocketRow): string {
  if (row.state === 'LISTEN') {
    return `ends the service: the listener is gone, ${waiting(row)} reset, and the program is not told`
  }
  if (row.state === 'TIME-WAIT') {
    return 'removes the row and sends nothing: late segments of this connection are no longer kept out'
  }
  if (row.state === 'BOUND-INACTIVE') return 'frees the port and sends nothing'
  if (!RESETS.has(row.state)) return 'removes the socket and sends nothing'
  const lost = [
    ...(unreadOctets(row) > 0 ? [`${octets(unreadOctets(row))} unread`] : []),
    ...(row.sendQueue > 0 ? [`${octets(row.sendQueue)} unsent or unacknowledged`] : []),
  ]
  return `sends RST${lost.length === 0 ? '' : `; lost: ${lost.join(', ')}`}`
}

/** What close() does when the process ends. */
function closeOf(row: SocketRow): string {
  if (row.state === 'LISTEN') return `ends the service: the listener closes, ${waiting(row)} reset`
  if (row.state === 'BOUND-INACTIVE') return 'frees the port'
  if (FIN_SENT.has(row.state)) return 'close() sends nothing: its FIN is sent already'
  if (row.state === 'SYN-SENT') return 'gives the attempt up'
  const unread = unreadOctets(row)
  return unread > 0 ? `close() would send RST: ${octets(unread)} unread` : 'close() sends FIN'
}

function waiting({ recvQueue }: SocketRow): string {
  if (recvQueue === 0) return 'what waits in its queue (nothing now) is'
  return recvQueue === 1
    ? '1 connection that waits for accept() is'
    : `${recvQueue} connections that wait for accept() are`
}

function octets(count: number): string {
  return count === 1 ? '1 octet' : `${count} octets`
}
