import { expect, test } from 'vitest'
import type { RowState, SocketOwner, SocketRow } from '../inspect/index.ts'
import { summarise } from './summary.ts'

function row(state: RowState, owners?: readonly SocketOwner[]): SocketRow {
  const nowhere = { address: '127.0.0.1', port: 1 }
  return {
    source: 'netlink',
    netid: 'tcp',
    family: 4,
    state,
    local: nowhere,
    peer: nowhere,
    recvQueue: 0,
    sendQueue: 0,
    owners,
  }
}

test('rows are counted by state and by owner, most first', () => {
  const nginx = (pid: number): SocketOwner => ({ pid, command: 'nginx', fd: 3 })
  const summary = summarise([
    row('LISTEN', [nginx(20), nginx(3), { ...nginx(3), fd: 4 }]),
    row('CLOSE-WAIT', [{ pid: 9, command: 'java', fd: 5 }]),
    row('CLOSE-WAIT', [{ pid: 9, command: 'java', fd: 6 }]),
    row('TIME-WAIT', []),
    row('ESTABLISHED'),
  ])
  expect(summary).toEqual({
    total: 5,
    states: [
      { state: 'CLOSE-WAIT', count: 2 },
      { state: 'LISTEN', count: 1 },
      { state: 'TIME-WAIT', count: 1 },
      { state: 'ESTABLISHED', count: 1 },
    ],
    owners: [
      { command: 'java', pids: [9], count: 2, states: [{ state: 'CLOSE-WAIT', count: 2 }] },
      { command: 'nginx', pids: [3, 20], count: 1, states: [{ state: 'LISTEN', count: 1 }] },
    ],
    ownerUnknown: 1,
    ownerless: 1,
  })
})

test('a host without sockets has an empty summary', () => {
  expect(summarise([])).toEqual({ total: 0, states: [], owners: [], ownerUnknown: 0, ownerless: 0 })
})
