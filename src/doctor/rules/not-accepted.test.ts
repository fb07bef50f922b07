import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, drops, ids, listener, look, looks, served, silentFor, times } from '../looks.testing.ts'

const waiting = (seconds: number, more: Partial<SocketRow> = {}): SocketRow =>
  served('ESTABLISHED', { inode: 0, owners: [], tcpInfo: silentFor(seconds), ...more })
const queue = (length: number, backlog: number = 128): SocketRow =>
  listener(8080, { recvQueue: length, sendQueue: backlog })
const ID = 'not-accepted/0.0.0.0:8080'

test.each([
  ['one that has waited 10 s', [queue(1), waiting(10)], [ID]],
  ['one that has waited 9 s', [queue(1), waiting(9)], []],
  ['a burst that waits a moment', [queue(90), ...times(90, () => waiting(1))], []],
  [
    'clients that have given up',
    [queue(3), ...times(3, () => waiting(400, { state: 'CLOSE-WAIT', recvQueue: 1 }))],
    [ID],
  ],
  [
    'waiting at another listener',
    [queue(0), listener(9090, { recvQueue: 1 }), waiting(60, { local: { address: '10.0.0.1', port: 9090 } })],
    ['not-accepted/0.0.0.0:9090'],
  ],
  ['idle, but accepted', [queue(0), served('ESTABLISHED', { tcpInfo: silentFor(500) })], []],
  [
    'the queue is full: that is all one fault',
    [{ ...queue(6, 5), memory: drops(500) }, ...times(6, () => waiting(30))],
    [ID],
  ],
])('%s', (_what, rows, expected) => {
  expect(ids(rows)).toEqual(expected)
})

test('a full queue is critical; the owner is the listener’s', () => {
  const [finding] = diagnosed([look([queue(6, 5), ...times(6, () => waiting(30))])])
  expect(finding).toMatchObject({
    severity: 'critical',
    owner: { kind: 'processes', processes: [{ pid: 4242, command: 'python3' }] },
    title: 'python3 (pid 4242) does not accept: 6 connections wait at 0.0.0.0:8080',
  })
  expect(finding?.evidence).toContainEqual({ name: 'backlog', value: 5, unit: 'connections' })
})

test('without TCP_INFO the looks tell how long', () => {
  const one = waiting(0, { tcpInfo: undefined })
  const seen = looks(3, 5, () => [queue(1), one])
  expect(diagnosed(seen.slice(0, 2))).toEqual([])
  expect(diagnosed(seen).map(({ id }) => id)).toEqual([ID])
})

test('of several listeners on a port the one that stands still is named by its cookie', () => {
  const stuck = { ...queue(1), cookie: 7n }
  const [finding] = diagnosed([look([stuck, { ...queue(0), cookie: 8n }, waiting(60)])])
  expect(finding?.id).toBe(`${ID}/7`)
})

test('what is told first is told of those that wait, and the call that hangs can be seen', () => {
  const [finding] = diagnosed([look([{ ...queue(6, 5), memory: drops(500) }, ...times(6, () => waiting(30))])])
  const names = finding?.evidence.map(({ name }) => name) ?? []
  expect(names.slice(0, 2)).toEqual(['waiting for accept()', 'of them closed by the client meanwhile'])
  expect(names.slice(-3, -1)).toEqual(['backlog', 'turned away'])
  expect(finding?.remedies[0]?.commands).toEqual(['strace -f -p 4242'])
})
