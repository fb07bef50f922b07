import { expect, test } from 'vitest'
import { diagnosed, ids, looks } from '../looks.testing.ts'

const counters = (
  tw: number,
  overflow: number,
): { counters: { TCP: { tw: number }; TcpExt: { TCPTimeWaitOverflow: number } } } => ({
  counters: { TCP: { tw }, TcpExt: { TCPTimeWaitOverflow: overflow } },
})
const sysctls = { 'net.ipv4.tcp_max_tw_buckets': '10000' }

test.each([
  [9500, 0, ['setting-max-tw-buckets']],
  [9499, 0, []],
  [10, 5000, []],
])('%d in TIME-WAIT, %d lost since boot, 10000 allowed', (tw, overflow, expected) => {
  expect(ids([], { ...counters(tw, overflow), sysctls })).toEqual(expected)
})

test('what is lost between two looks counts, however few there are now', () => {
  const [finding] = diagnosed(
    looks(
      2,
      10,
      () => [],
      (i) => ({ ...counters(10, 5000 + 20 * i), sysctls }),
    ),
  )
  expect(finding?.evidence).toContainEqual({
    name: 'closed without TIME-WAIT in this time',
    value: 20,
    unit: 'connections',
  })
})
