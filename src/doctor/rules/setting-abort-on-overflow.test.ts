import { expect, test } from 'vitest'
import { ids } from '../looks.testing.ts'

test.each([
  ['0', []],
  ['1', ['setting-abort-on-overflow']],
])('tcp_abort_on_overflow = %s', (value, expected) => {
  expect(ids([], { sysctls: { 'net.ipv4.tcp_abort_on_overflow': value } })).toEqual(expected)
})
