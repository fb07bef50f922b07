import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, ids, listener, look, served, silentFor, times } from '../looks.testing.ts'

const sending = (retransmits: number, more: Partial<SocketRow> = {}): SocketRow =>
  served('CLOSE-WAIT', {
    sendQueue: 3000,
    timer: { kind: 'on', expiresMs: 900, retransmits },
    tcpInfo: silentFor(5),
    ...more,
  })
const ID = 'close-wait-stuck/python3/8080'

test.each([
  ['one with four retransmissions', [sending(4)], [ID]],
  ['three are an ordinary loss', [sending(3)], []],
  ['an answer that is being sent', times(500, () => sending(0)), []],
  [
    'probes of a shut window without an answer',
    [sending(0, { timer: { kind: 'persist', expiresMs: 1, retransmits: 4 } })],
    [ID],
  ],
  [
    'a reader that is slow: probes are answered',
    [sending(0, { timer: { kind: 'persist', expiresMs: 1, retransmits: 0 }, tcpInfo: silentFor(1, { backoff: 9 }) })],
    [],
  ],
  ['nothing in Send-Q', [sending(9, { sendQueue: 0 })], []],
])('%s', (_what, rows, expected) => {
  expect(ids([listener(8080), ...rows])).toEqual(expected)
})

test('it says what waits, and that the descriptor stays', () => {
  const [finding] = diagnosed([look([listener(8080), sending(5), sending(6)])])
  expect(finding?.evidence).toContainEqual({ name: 'waiting in Send-Q', value: 6000, unit: 'octets' })
  expect(finding?.evidence).toContainEqual({ name: 'most retransmissions', value: 6, unit: '' })
  expect(finding?.explanation[2]).toContain('the descriptor stays open')
})
