import { expect, test } from 'vitest'
import { diagnosed, ids, listener, look } from '../looks.testing.ts'

const using = (mem: number): { counters: { TCP: { mem: number } } } => ({ counters: { TCP: { mem } } })

test.each([
  [149_999, []],
  [150_000, ['tcp-memory']],
])('%d pages, pressure at 150000', (pages, expected) => {
  expect(ids([], using(pages))).toEqual(expected)
})

test('near the limit it is critical', () => {
  const [finding] = diagnosed([look([listener(1)], using(190_000))])
  expect(finding).toMatchObject({ severity: 'critical', title: 'TCP uses 95 % of the memory that tcp_mem allows' })
  expect(diagnosed([look([], using(189_999))])[0]?.severity).toBe('warning')
})

test.each(['', 'many', '0 0 0', '1 2'])('tcp_mem = "%s" judges nothing', (value) => {
  expect(ids([], { ...using(9e9), sysctls: { 'net.ipv4.tcp_mem': value } })).toEqual([])
})
