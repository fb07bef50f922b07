import { describe, expect, test } from 'vitest'
import { clip, columns, hanging, json, quoted, wrap } from './text.ts'

describe('a paragraph', () => {
  test('is broken where the next word would not fit', () => {
    expect(wrap('one two three', 7)).toBe('one two\nthree')
  })
  test('counts its indent', () => {
    expect(wrap('one two three', 9, '  ')).toBe('  one two\n  three')
  })
  test('keeps a word that is wider than everything', () => {
    expect(wrap('a net.ipv4.tcp_fin_timeout b', 10)).toBe('a\nnet.ipv4.tcp_fin_timeout\nb')
  })
  test('of nothing is nothing', () => {
    expect(wrap('', 10)).toBe('')
  })
})

describe('a word with a paragraph beside it', () => {
  test('has further lines under the paragraph', () => {
    expect(hanging('ok', 'one two three', 12, 4)).toBe('ok  one two\n    three')
  })
  test('stands above when it is too long', () => {
    expect(hanging('failed', 'one', 12, 4)).toBe('failed\n    one')
  })
})

test('columns are as wide as their widest cell, and lines end without blanks', () => {
  expect(
    columns(
      [
        ['a', 'bb', ''],
        ['ccc', 'd', 'e'],
      ],
      ' ',
    ),
  ).toBe(' a    bb\n ccc  d   e')
})

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abc def', 6, 'abc…'],
  ['abc def', 5, 'abc…'],
  ['abc def', 4, 'abc…'],
  ['abc, def', 6, 'abc…'],
])('of %j in %i characters stays %j', (text, width, expected) => {
  expect(clip(text, width)).toBe(expected)
})

test('what a user typed is shown on one line', () => {
  expect(quoted('a\nb\u001b[31m')).toBe('"a\\x0ab\\x1b[31m"')
  expect(quoted('x'.repeat(100))).toHaveLength(62)
})

test('numbers beyond 2^53 are decimal text in JSON', () => {
  expect(JSON.parse(json({ cookie: 2n ** 60n }))).toEqual({ cookie: '1152921504606846976' })
})
