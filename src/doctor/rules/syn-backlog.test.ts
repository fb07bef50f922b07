import { expect, test } from 'vitest'
import { diagnosed, ids, listener, look, looks, row, times } from '../looks.testing.ts'

const half = (count: number): ReturnType<typeof times> => times(count, () => row('SYN-RECEIVED', { inode: 0 }))
const ID = 'syn-backlog/0.0.0.0:8080'

test.each([
  ['four fifths of the backlog', 128, 103, [ID]],
  ['less', 128, 102, []],
  ['few, though the backlog is small', 5, 63, []],
  ['many over a small backlog', 5, 64, [ID]],
])('%s', (_what, backlog, count, expected) => {
  expect(ids([listener(8080, { sendQueue: backlog }), ...half(count)])).toEqual(expected)
})

test('without cookies it is critical, and the remedy turns them on', () => {
  const [finding] = diagnosed([look([listener(8080), ...half(128)], { sysctls: { 'net.ipv4.tcp_syncookies': '0' } })])
  expect(finding?.severity).toBe('critical')
  expect(finding?.remedies[1]?.commands).toEqual(['sysctl -w net.ipv4.tcp_syncookies=1'])
})

test('counters since boot with one look, their rise with two', () => {
  const rows = [listener(8080), ...half(128)]
  const more = (i: number): { counters: { TcpExt: Record<string, number> } } => ({
    counters: { TcpExt: { SyncookiesSent: 1000 + 30 * i, TCPReqQFullDrop: 7 } },
  })
  const seen = looks(2, 10, () => rows, more)
  expect(diagnosed(seen.slice(0, 1))[0]?.evidence).toContainEqual({
    name: 'SyncookiesSent since boot',
    value: 1000,
    unit: '',
  })
  const [finding] = diagnosed(seen)
  expect(finding?.evidence).toContainEqual({ name: 'SyncookiesSent in this time', value: 30, unit: '' })
  expect(finding?.severity).toBe('warning')
})
