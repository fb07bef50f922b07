import { expect, test } from 'vitest'
import { diagnosed, ids, look } from '../looks.testing.ts'

test.each([
  ['5', []],
  ['60', []],
  ['61', ['setting-fin-timeout']],
  ['89', ['setting-fin-timeout']],
  ['90', []],
  ['-1', []],
  ['', []],
])('tcp_fin_timeout = %s', (value, expected) => {
  expect(ids([], { sysctls: { 'net.ipv4.tcp_fin_timeout': value } })).toEqual(expected)
})

test('it says what it really is', () => {
  const [finding] = diagnosed([look([], { sysctls: { 'net.ipv4.tcp_fin_timeout': '70' } })])
  expect(finding?.title).toBe('tcp_fin_timeout = 70 keeps orphans in FIN-WAIT-2 for about 20 s, not 70')
})
