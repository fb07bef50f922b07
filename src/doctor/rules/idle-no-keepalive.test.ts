import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { ids, listener, opened, row, served, silentFor, times } from '../looks.testing.ts'

const idle = (seconds: number, more: Partial<SocketRow> = {}): SocketRow =>
  served('ESTABLISHED', { tcpInfo: silentFor(seconds), ...more })

test.each([
  ['fifty for two hours', times(50, () => idle(7200)), ['idle-no-keepalive/python3/8080']],
  ['forty-nine', times(49, () => idle(7200)), []],
  ['not yet two hours', times(90, () => idle(7199)), []],
  [
    'keep-alive watches over them',
    times(90, () => idle(9000, { timer: { kind: 'keepalive', expiresMs: 1, retransmits: 0 } })),
    [],
  ],
  ['a pool of a client', times(90, () => opened('ESTABLISHED', { tcpInfo: silentFor(9000) })), []],
])('%s', (_what, rows, expected) => {
  expect(ids([listener(8080), ...rows])).toEqual(expected)
})

test('a peer on this host cannot vanish', () => {
  const rows = times(60, () => idle(9000, { peer: { address: '10.0.0.1', port: 40_000 } }))
  const twins = rows.map(({ local, peer }) => row('ESTABLISHED', { local: peer, peer: local }))
  expect(ids([listener(8080), ...rows, ...twins])).toEqual([])
})
