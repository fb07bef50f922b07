import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, heldBy, ids, listener, look, opened, row, served, silentFor, times } from '../looks.testing.ts'

const half = (seconds: number, more: Partial<SocketRow> = {}): SocketRow =>
  opened('FIN-WAIT-2', { tcpInfo: silentFor(seconds), ...more })
const ID = 'fin-wait-2-held/java-77/10.0.0.5:443'

test.each([
  ['twenty for five minutes', times(20, () => half(300)), [ID]],
  ['nineteen', times(19, () => half(300)), []],
  ['not yet five minutes', times(20, () => half(299)), []],
  ['answers still come in', times(90, () => half(900, { tcpInfo: silentFor(900, { last_data_recv: 20_000 }) })), []],
  ['orphans have a timer', times(90, () => half(900, { inode: 0, owners: [] })), []],
  ['one nc -N', [half(86_400)], []],
])('%s', (_what, rows, expected) => {
  expect(ids([listener(8080), ...rows])).toEqual(expected)
})

test('a relay with a leg in CLOSE-WAIT for each is at work', () => {
  const others = times(40, () => served('CLOSE-WAIT', { owners: heldBy(77, 'java'), tcpInfo: silentFor(900) }))
  expect(ids([listener(8080), ...times(40, () => half(900)), ...others])).toEqual([])
})

test('where the other end leaks in CLOSE-WAIT on this host, that one is the finding', () => {
  const clients = times(25, () => half(900, { peer: { address: '10.0.0.1', port: 8080 } }))
  const server = clients.map(({ local, peer }) =>
    row('CLOSE-WAIT', { local: peer, peer: local, owners: heldBy(4242, 'python3'), tcpInfo: silentFor(900) }),
  )
  const findings = diagnosed([look([listener(8080), ...clients, ...server])])
  expect(findings.map(({ id }) => id)).toEqual(['close-wait-server/python3/8080'])
  expect(findings[0]?.evidence).toContainEqual({
    name: 'other end on this host, in FIN-WAIT-2',
    value: 25,
    unit: 'sockets',
  })
})
