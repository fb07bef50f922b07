import { expect, test } from 'vitest'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import type { HostSnapshot } from '../snapshot.ts'
import { hostReading, snapshotMessage } from './reading.ts'

const HEALTHY = { findings: [], sysctls: {} }
const TIME = { takenAt: 1_700_000_000_000, tookMs: 12 }

function row(state: RowState, port: number): SocketRow {
  return {
    source: 'netlink',
    netid: 'tcp',
    family: 4,
    state,
    local: { address: '127.0.0.1', port },
    peer: { address: '127.0.0.1', port: 9 },
    recvQueue: 0,
    sendQueue: 0,
    cookie: 2n ** 63n + BigInt(port),
    owners: undefined,
  }
}

function snapshot(...rows: SocketRow[]): HostSnapshot {
  return { rows, source: 'netlink', lacks: ['Something.'], hiddenProcesses: 0 }
}

test('a message is JSON: cookies are decimal text, and what is unknown is absent', () => {
  const message = JSON.parse(
    JSON.stringify(snapshotMessage(hostReading(snapshot(row('CLOSE-WAIT', 80)), TIME, HEALTHY))),
  )
  expect(message).toEqual({
    ...TIME,
    hostname: expect.any(String),
    source: 'netlink',
    lacks: ['Something.'],
    states: { 'CLOSE-WAIT': 1 },
    total: 1,
    received: 1,
    rows: [
      {
        netid: 'tcp',
        family: 4,
        state: 'CLOSE-WAIT',
        local: { address: '127.0.0.1', port: 80 },
        peer: { address: '127.0.0.1', port: 9 },
        recvQueue: 0,
        sendQueue: 0,
        cookie: '9223372036854775888',
      },
    ],
    diagnosis: HEALTHY,
  })
})

test('too many rows: ESTABLISHED and TIME-WAIT are left out first, and all are counted', () => {
  const rows = [
    row('ESTABLISHED', 1),
    row('TIME-WAIT', 2),
    row('CLOSE-WAIT', 3),
    row('LISTEN', 4),
    row('ESTABLISHED', 5),
  ]
  const { facts, rows: sent } = hostReading(snapshot(...rows), TIME, HEALTHY, 3)
  expect(sent.map(({ local }) => local.port)).toEqual([3, 4, 1])
  expect(facts).toMatchObject({ total: 5, received: 3 })
  expect(facts.states).toEqual({ ESTABLISHED: 2, 'TIME-WAIT': 1, 'CLOSE-WAIT': 1, LISTEN: 1 })
})
