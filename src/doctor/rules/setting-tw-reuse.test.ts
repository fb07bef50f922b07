import { expect, test } from 'vitest'
import { ids, row, times } from '../looks.testing.ts'

const sysctls = (reuse: string, timestamps: string = '1'): Record<string, string> => ({
  'net.ipv4.ip_local_port_range': '40000\t40099',
  'net.ipv4.tcp_tw_reuse': reuse,
  'net.ipv4.tcp_timestamps': timestamps,
})
const to = (address: string, count: number): ReturnType<typeof times> =>
  times(count, (i) =>
    row('TIME-WAIT', { local: { address: '10.0.0.1', port: 40_000 + i }, peer: { address, port: 443 } }),
  )

test.each([
  ['1 without timestamps', '1', '0', [], ['setting-tw-reuse/timestamps']],
  ['1 with them', '1', '1', to('10.0.0.5', 60), []],
  [
    '2 and two fifths of the ports in TIME-WAIT',
    '2',
    '1',
    to('10.0.0.5', 40),
    ['setting-tw-reuse/10.0.0.1/10.0.0.5:443'],
  ],
  ['2 and less', '2', '1', to('10.0.0.5', 39), []],
  ['2 on loopback', '2', '1', to('127.0.0.1', 60), []],
  ['2 on loopback of IPv6', '2', '1', to('::1', 60), []],
  [
    'where the ports run out, that is the finding',
    '2',
    '1',
    to('10.0.0.5', 80),
    ['ports-used-up/10.0.0.1/10.0.0.5:443'],
  ],
  ['0 is meant', '0', '0', to('10.0.0.5', 60), []],
])('tcp_tw_reuse = %s', (_what, reuse, timestamps, rows, expected) => {
  expect(ids(rows, { sysctls: sysctls(reuse, timestamps) })).toEqual(expected)
})
