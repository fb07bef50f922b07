import { expect, test } from 'vitest'
import { parseRange } from './http-files.ts'

test.each([
  ['bytes=0-0', 10, { first: 0, last: 0 }],
  ['bytes=2-4', 10, { first: 2, last: 4 }],
  ['bytes=7-', 10, { first: 7, last: 9 }],
  ['bytes=7-99', 10, { first: 7, last: 9 }],
  ['bytes=-3', 10, { first: 7, last: 9 }],
  ['bytes=-99', 10, { first: 0, last: 9 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=4-2', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['lines=0-1', 10, undefined],
] as const)('%s of %d octets', (text, size, expected) => {
  expect(parseRange(text, size)).toEqual(expected)
})
