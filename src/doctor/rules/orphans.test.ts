import { expect, test } from 'vitest'
import { diagnosed, ids, listener, look, row, served, silentFor, times } from '../looks.testing.ts'

const orphaned = (count: number): { counters: { TCP: { orphan: number } } } => ({
  counters: { TCP: { orphan: count } },
})

test.each([
  [32_768, ['orphans']],
  [32_767, []],
  [0, []],
])('%d orphans of 65536', (count, expected) => {
  expect(ids([], orphaned(count))).toEqual(expected)
})

test('thousands in FIN-WAIT-2 are told by themselves', () => {
  const waiting = times(5000, () => row('FIN-WAIT-2', { inode: 0 }))
  expect(ids([listener(8080), ...waiting.slice(1)], orphaned(0))).toEqual([])
  const [finding] = diagnosed([look([listener(8080), ...waiting])])
  expect(finding).toMatchObject({
    title: '5,000 orphaned connections wait in FIN-WAIT-2',
    owner: { kind: 'nobody', reason: 'orphan' },
  })
})

test('those whose other end leaks on this host are that finding', () => {
  const near = { address: '127.0.0.1', port: 8080 }
  const ends = times(5000, (i) =>
    row('FIN-WAIT-2', { inode: 0, local: { address: '127.0.0.1', port: 40_000 + i }, peer: near }),
  )
  const leaked = ends.map(({ local }) => served('CLOSE-WAIT', { local: near, peer: local, tcpInfo: silentFor(90) }))
  expect(ids([listener(8080), ...ends, ...leaked])).toEqual(['close-wait-server/python3/8080'])
})

test('three quarters are critical', () => {
  expect(diagnosed([look([], orphaned(49_152))])[0]?.severity).toBe('critical')
  expect(diagnosed([look([], orphaned(49_151))])[0]?.severity).toBe('warning')
})
