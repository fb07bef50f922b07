import { expect, test } from 'vitest'
import { diagnosed, ids, listener, look } from '../looks.testing.ts'

const wide = { 'net.ipv4.ip_local_port_range': '1024\t65535' }

test.each([
  ['a service in a widened range', 3306, wide, ['port-range-conflict']],
  ['a service below the range', 443, wide, []],
  ["a service in Linux's own range, as bind(0) gives it", 50_051, {}, []],
  ['the same in a widened range: it was in the range before', 50_051, wide, []],
  ['a port that is reserved', 3306, { ...wide, 'net.ipv4.ip_local_reserved_ports': '3300-3310' }, []],
])('%s', (_what, port, sysctls, expected) => {
  expect(ids([listener(port)], { sysctls })).toEqual(expected)
})

test('the command keeps what is reserved already', () => {
  const sysctls = { ...wide, 'net.ipv4.ip_local_reserved_ports': '9000' }
  const [finding] = diagnosed([look([listener(8080), listener(3306), listener(3306)], { sysctls })])
  expect(finding?.remedies[0]?.commands).toEqual(['sysctl -w net.ipv4.ip_local_reserved_ports=9000,3306,8080'])
})
