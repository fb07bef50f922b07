import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, ids, listener, look, served, silentFor, times } from '../looks.testing.ts'

const cut = (retransmits: number, more: Partial<SocketRow> = {}): SocketRow =>
  served('ESTABLISHED', {
    sendQueue: 500,
    timer: { kind: 'on', expiresMs: 5000, retransmits },
    tcpInfo: silentFor(20),
    ...more,
  })
const ID = 'half-open/python3/8080'

test.each([
  ['one with four retransmissions', [cut(4)], [ID]],
  ['three: a lossy path', [cut(3)], []],
  [
    'keep-alive probes without an answer',
    [cut(0, { sendQueue: 0, timer: { kind: 'keepalive', expiresMs: 75_000, retransmits: 4 } })],
    [ID],
  ],
  [
    'keep-alive that is answered',
    [cut(0, { sendQueue: 0, timer: { kind: 'keepalive', expiresMs: 7_000_000, retransmits: 0 } })],
    [],
  ],
  [
    'probes that /proc has apart',
    [cut(0, { timer: { kind: 'keepalive', expiresMs: 1, retransmits: 0, probes: 5 } })],
    [ID],
  ],
  ['one client in 21 has vanished', [cut(9), ...times(20, () => served('ESTABLISHED'))], []],
  ['one in twenty', [cut(9), ...times(19, () => served('ESTABLISHED'))], [ID]],
])('%s', (_what, rows, expected) => {
  expect(ids([listener(8080), ...rows])).toEqual(expected)
})

test('since the last acknowledgement', () => {
  const observation = look([listener(8080), cut(6), cut(7, { tcpInfo: silentFor(50) })])
  const [finding] = diagnosed([observation])
  expect(finding?.since).toEqual({ at: observation.at - 50_000_000, precision: 'exact' })
  expect(finding?.evidence).toContainEqual({ name: 'waiting in Send-Q', value: 1000, unit: 'octets' })
})
