import { expect, test } from 'vitest'
import { formatDuration, MS, SECOND } from './time.ts'

test.each([
  [0, '0 µs'],
  [250, '250 µs'],
  [999, '999 µs'],
  [1.5 * MS, '1.5 ms'],
  [200 * MS, '200 ms'],
  [1 * SECOND, '1 s'],
  [1.5 * SECOND, '1.5 s'],
  [60 * SECOND, '60 s'],
  [60.4 * SECOND, '60.4 s'],
  [119 * SECOND, '119 s'],
  [120 * SECOND, '2 min'],
  [130 * SECOND, '2 min 10 s'],
  [240 * SECOND, '4 min'],
  [7200 * SECOND, '2 h'],
  [2 * 3600 * SECOND + 5 * 60 * SECOND, '2 h 5 min'],
  [30 * 86_400 * SECOND, '30 d'],
  [2.5 * 86_400 * SECOND, '2 d 12 h'],
  // What rounds up to the next unit is written in it.
  [999_999, '999.999 ms'],
  [119.9999 * SECOND, '2 min'],
  [7199.9999 * SECOND, '2 h'],
  [-200 * MS, '-200 ms'],
  [Number.POSITIVE_INFINITY, 'never'],
])('%d µs is %s', (us, text) => {
  expect(formatDuration(us)).toBe(text)
})
