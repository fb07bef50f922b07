import { describe, expect, test } from 'vitest'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import { consequenceOf, type RemedyKind } from './consequence.ts'

function row(state: RowState, recvQueue: number, sendQueue: number): SocketRow {
  return {
    source: 'netlink',
    netid: 'tcp',
    family: 4,
    state,
    local: { address: '10.0.0.1', port: 80 },
    peer: { address: '10.0.0.2', port: 40_000 },
    recvQueue,
    sendQueue,
  }
}

describe('a consequence is told before the act', () => {
  test.each<[RemedyKind, RowState, number, number, string]>([
    ['kill', 'CLOSE-WAIT', 20, 0, 'close() would send RST: 19 octets unread'],
    ['kill', 'CLOSE-WAIT', 2, 0, 'close() would send RST: 1 octet unread'],
    // The end of file alone counts one in Recv-Q, and does not make close() reset.
    ['kill', 'CLOSE-WAIT', 1, 0, 'close() sends FIN'],
    ['kill', 'CLOSE-WAIT', 0, 0, 'close() sends FIN'],
    ['kill', 'ESTABLISHED', 1, 0, 'close() would send RST: 1 octet unread'],
    ['kill', 'LAST-ACK', 0, 0, 'close() sends nothing: its FIN is sent already'],
    [
      'shutdown',
      'CLOSE-WAIT',
      20,
      0,
      'sends FIN: a peer that waits reads end of file, one that has gone answers RST; 19 octets unread: the close() that follows later would send RST',
    ],
    [
      'shutdown',
      'CLOSE-WAIT',
      1,
      7,
      'sends FIN behind 7 octets that are not acknowledged yet: a peer that waits reads end of file, one that has gone answers RST',
    ],
    ['shutdown', 'FIN-WAIT-2', 0, 0, 'does nothing: its FIN is sent already'],
    ['shutdown', 'LISTEN', 1, 128, 'stops listening: 1 connection that waits for accept() is reset'],
    ['destroy', 'ESTABLISHED', 5, 9, 'sends RST; lost: 5 octets unread, 9 octets unsent or unacknowledged'],
    ['destroy', 'CLOSE-WAIT', 1, 0, 'sends RST'],
    ['destroy', 'LAST-ACK', 0, 1, 'removes the socket and sends nothing'],
    ['destroy', 'BOUND-INACTIVE', 0, 0, 'frees the port and sends nothing'],
  ])('%s in %s with Recv-Q %i, Send-Q %i', (how, state, recvQueue, sendQueue, expected) => {
    expect(consequenceOf(row(state, recvQueue, sendQueue), how)).toBe(expected)
  })
})
