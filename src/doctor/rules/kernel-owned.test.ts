import { expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, ids, listener, look, row, silentFor, times } from '../looks.testing.ts'

const nfs = (seconds: number, more: Partial<SocketRow> = {}): SocketRow =>
  row('CLOSE-WAIT', {
    local: { address: '10.0.0.1', port: 850 },
    peer: { address: '10.0.0.5', port: 2049 },
    tcpInfo: silentFor(seconds),
    ...more,
  })
const ID = 'kernel-owned/10.0.0.5:2049'

test.each([
  ['for a minute', [nfs(60)], [ID]],
  ['for less', [nfs(59)], []],
  ['an owner that is merely not visible', [nfs(60, { owners: undefined })], []],
  ['a mount that works', [nfs(9000, { state: 'ESTABLISHED' })], []],
  ['both half-closed states are one finding', [nfs(60), nfs(90, { state: 'FIN-WAIT-2' })], [ID]],
])('%s', (_what, rows, expected) => {
  expect(ids([listener(8080), ...rows])).toEqual(expected)
})

test('a leak of a process is no part of it, however many', () => {
  const [finding] = diagnosed([look([listener(8080), ...times(50, () => nfs(70))])])
  expect(finding).toMatchObject({ id: ID, severity: 'info', owner: { kind: 'nobody', reason: 'kernel' } })
})
