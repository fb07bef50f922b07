import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, heldBy, ids, listener, look, opened, silentFor, times } from '../looks.testing.ts'

const kept = (seconds: number, more: Partial<SocketRow> = {}): SocketRow =>
  opened('CLOSE-WAIT', { tcpInfo: silentFor(seconds), recvQueue: 1, ...more })
const ID = 'close-wait-client/java-77/10.0.0.5:443'

describe('a leak on the client side:', () => {
  test.each([
    ['ten that the server has closed a minute ago', times(10, () => kept(60)), [ID]],
    ['nine: a pool that looks when it needs one', times(9, () => kept(3600)), []],
    [
      'ten to each of two destinations',
      [...times(10, () => kept(60)), ...times(10, () => kept(60, { peer: { address: '2001:db8::5', port: 443 } }))],
      [ID, 'close-wait-client/java-77/[2001:db8::5]:443'],
    ],
    [
      'five to each of two destinations',
      [...times(5, () => kept(60)), ...times(5, () => kept(60, { peer: { address: '10.0.0.6', port: 443 } }))],
      [],
    ],
    [
      'five in each of two processes: each has a pool of its own',
      [...times(5, () => kept(60)), ...times(5, () => kept(60, { owners: heldBy(78, 'java') }))],
      [],
    ],
    ['an idle pool', times(200, () => opened('ESTABLISHED', { tcpInfo: silentFor(600) })), []],
  ])('%s', (_what, rows, expected) => {
    expect(ids([listener(8080), ...rows])).toEqual(expected)
  })
})

test('the remedies name the destination', () => {
  const rows = times(10, () => kept(60, { peer: { address: '2001:db8::5', port: 443 }, owners: heldBy(77, 'node') }))
  const [finding] = diagnosed([look(rows)])
  expect(finding).toMatchObject({
    title: 'node (pid 77) keeps 10 connections that [2001:db8::5]:443 has closed',
    myth: 'close-wait-client-stuck',
  })
  expect(finding?.remedies.flatMap(({ commands }) => commands)).toEqual([
    'lastack code 77',
    "lastack heal 'close-wait-client/node-77/[2001:db8::5]:443' --how shutdown",
    "lastack heal 'close-wait-client/node-77/[2001:db8::5]:443' --how destroy",
    "ss -tK state close-wait dst '[2001:db8::5]:443'",
    'kill 77',
  ])
})
