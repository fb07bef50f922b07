import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, heldBy, ids, listener, look, looks, opened, row, served } from '../looks.testing.ts'

const waiting = (more: Partial<SocketRow> = {}): SocketRow =>
  row('TIME-WAIT', { timer: { kind: 'timewait', expiresMs: 31_000, retransmits: 0 }, ...more })
const orphan = (more: Partial<SocketRow> = {}): SocketRow => row('FIN-WAIT-2', { inode: 0, ...more })

test.each([
  ['TIME-WAIT on a port that nobody listens on', [waiting()], ['bind-leftovers/8080']],
  ['orphans too', [orphan()], ['bind-leftovers/8080']],
  ['the server has started again', [waiting(), orphan(), listener(8080)], []],
  [
    'a listener on another address shares the port',
    [waiting(), listener(8080, { local: { address: '10.0.0.2', port: 8080 } })],
    [],
  ],
  [
    "a client's",
    [waiting({ local: { address: '10.0.0.1', port: 40_000 }, peer: { address: '10.0.0.5', port: 443 } })],
    [],
  ],
  [
    'a client from a privileged port',
    [waiting({ local: { address: '10.0.0.1', port: 700 }, peer: { address: '10.0.0.5', port: 2049 } })],
    [],
  ],
  ['one that is still served', [served('ESTABLISHED')], []],
])('%s', (_what, rows, expected) => {
  expect(ids(rows)).toEqual(expected)
})

test('when the port frees itself', () => {
  const [finding] = diagnosed([
    look([waiting(), waiting({ timer: { kind: 'timewait', expiresMs: 58_001, retransmits: 0 } })]),
  ])
  expect(finding?.explanation[2]).toBe('The port frees itself in 59 s, when the last TIME-WAIT ends.')
  expect(finding?.severity).toBe('info')
})

test('a client that was given the port of a server that has gone', () => {
  const port = { local: { address: '10.0.0.1', port: 50_051 } }
  const before = listener(50_051)
  const client = opened('ESTABLISHED', port)
  const seen = looks(2, 10, (i) => (i === 0 ? [before] : [client]))
  expect(diagnosed(seen)[0]).toMatchObject({
    id: 'bind-leftovers/50051',
    owner: { kind: 'processes', processes: [{ pid: 77, command: 'java' }] },
    since: { at: seen[0]?.at, precision: 'exact' },
  })
})

test('a program that stops listening and serves on, as nc does', () => {
  const before = listener(9000, { owners: heldBy(5, 'nc') })
  const rows = [served('ESTABLISHED', { local: { address: '10.0.0.1', port: 9000 }, owners: heldBy(5, 'nc') })]
  expect(diagnosed(looks(2, 10, (i) => (i === 0 ? [before] : rows)))).toEqual([])
})
