import { describe, expect, test } from 'vitest'
import { formatFixed, formatG } from './number.ts'

// Expected values: glibc 2.36's printf.
describe('formatG', () => {
  test.each([
    [0, '0'],
    [1, '1'],
    [0.007, '0.007'],
    [204, '204'],
    [123456, '123456'],
    [1234567, '1.23457e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [100000.5, '100000'],
    [100001.5, '100002'],
    [999999.5, '1e+06'],
    [0.1 + 0.2, '0.3'],
    [2.88671875, '2.88672'],
  ])('%d is %s', (value, text) => {
    expect(formatG(value)).toBe(text)
  })

  test('three digits, ties to even, as bit rates are printed', () => {
    expect([12.25, 12.35, 374.182857143, 1.5, 999.6].map((value) => formatG(value, 3))).toEqual([
      '12.2',
      '12.3',
      '374',
      '1.5',
      '1e+03',
    ])
  })
})

test('formatFixed prints every digit and rounds ties to even', () => {
  expect([0.5, 1.5, 374182857142.857, 2 ** 70].map((value) => formatFixed(value, 0))).toEqual([
    '0',
    '2',
    '374182857143',
    '1180591620717411303424',
  ])
  expect(formatFixed(711152138399314.25, 1)).toBe('711152138399314.2')
  expect([6.25, 6.35, 18.75, 0, 100].map((value) => formatFixed(value, 1))).toEqual([
    '6.2',
    '6.3',
    '18.8',
    '0.0',
    '100.0',
  ])
})
