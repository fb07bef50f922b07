import { describe, expect, test } from 'vitest'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import { diagnosed, ids, info, listener, look, row, served, times } from '../looks.testing.ts'

const closing = (state: RowState, retransmits: number): SocketRow =>
  served(state, {
    ...{ inode: 0, owners: [], sendQueue: 1, timer: { kind: 'on', expiresMs: 900, retransmits } },
    tcpInfo: info({ rto: 6_528_000, backoff: 5, retransmits }),
  })

describe.each([
  ['LAST-ACK', 'last-ack-stuck'],
  ['FIN-WAIT-1', 'fin-wait-1-stuck'],
  ['CLOSING', 'closing-stuck'],
] as const)('%s', (state, rule) => {
  const id = `${rule}/orphan/8080`
  const open = (count: number): SocketRow[] => times(count, () => served('ESTABLISHED'))

  test.each([
    ['one whose FIN was sent five times', [closing(state, 4)], [id]],
    ['one whose FIN was sent four times', [closing(state, 3)], []],
    ['many that close as they should', times(300, () => closing(state, 0)), []],
    ['one client in twenty has vanished', [closing(state, 6), ...open(19)], [id]],
    ['one client in 21: there is always one', [closing(state, 6), ...open(20)], []],
  ])('%s', (_what, rows, expected) => {
    expect(ids([listener(8080), ...rows])).toEqual(expected)
  })

  test('the retries that are left, and an age from the back-off', () => {
    const observation = look([listener(8080), closing(state, 5)])
    const [finding] = diagnosed([observation])
    expect(finding?.evidence).toContainEqual({ name: 'retries left to the furthest', value: 3, unit: '' })
    expect(finding?.since).toEqual({ at: observation.at - 6_324_000, precision: 'bound' })
  })
})

test("a client that an overflowing listener of this host turns away is the listener's fault", () => {
  const [here, there] = [
    { address: '10.0.0.1', port: 40_000 },
    { address: '10.0.0.1', port: 8080 },
  ]
  const client = closing('FIN-WAIT-1', 6)
  const turnedAway = { ...client, local: here, peer: there }
  const waiting = row('SYN-RECEIVED', { local: there, peer: here, inode: 0 })
  const cutOff = served('ESTABLISHED', { local: there, peer: here })
  const full = listener(8080)
  expect(ids([full, turnedAway])).toEqual([])
  expect(ids([full, turnedAway, waiting])).toEqual([])
  // With its other end on this host as a connection it is something between that drops packets.
  expect(ids([full, turnedAway, cutOff])).toEqual(['fin-wait-1-stuck/orphan/10.0.0.1:8080'])
})
