import { describe, expect, test } from 'vitest'
import { bracketed, formatEndpoint } from './address.ts'
import { globMatches } from './glob.ts'
import { columnCount, formatTable, octetLength, padEnd, padStart, printable, wrap } from './text.ts'

test('fields are measured in octets, as C does', () => {
  expect(['abc', 'größe', '→', '𝄞'].map(octetLength)).toEqual([3, 7, 3, 4])
  expect(padEnd('ö', 4)).toBe('ö  ')
  expect(padStart('ö', 4)).toBe('  ö')
})

test('lines are measured in columns', () => {
  expect(['abc', 'größe', 'e\u0301', '─►'].map(columnCount)).toEqual([3, 5, 1, 2])
})

test('a table: titles, widths, alignment, no blanks at the ends', () => {
  const table = formatTable(
    [{ title: 'state' }, { title: 'count', align: 'right' }, { title: 'owner' }],
    [
      ['CLOSE-WAIT', '12', 'node'],
      ['LISTEN', '3', ''],
    ],
  )
  expect(table).toBe(['state       count  owner', 'CLOSE-WAIT     12  node', 'LISTEN          3', ''].join('\n'))
})

test('wrapping breaks between words, and within one only when it must', () => {
  expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
  expect(wrap('a incomprehensibilities b', 8)).toEqual(['a', 'incompre', 'hensibil', 'ities b'])
  expect(wrap('', 8)).toEqual([''])
})

test('a name that would steer the terminal is shown, not obeyed', () => {
  expect(wrap('\u001b[2J\u0007evil \u009b0m', 80)).toEqual(['\\x1b[2J\\x07evil \\x9b0m'])
  expect(printable('größe → ok')).toBe('größe → ok')
})

test('addresses as ss and as people write them', () => {
  expect(bracketed('fe80::1', 'eth0')).toBe('[fe80::1]%eth0')
  expect(bracketed('10.0.0.1')).toBe('10.0.0.1')
  expect(formatEndpoint('::1', 80)).toBe('[::1]:80')
})

describe('patterns of fnmatch', () => {
  test.each([
    ['*', '', true],
    ['/run/*', '/run/a/b.sock', true],
    ['*.SOCK', '/run/a.sock', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]x]', ']', true],
    ['[z-a]', 'm', false],
    ['[ab', '[ab', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'aXb', false],
    ['', '', true],
    ['', 'a', false],
    ['*a*b*c', 'xxaxxbxxc', true],
    ['*a*b*c', 'xxaxxbxx', false],
  ])('%s on %s', (pattern, text, matches) => {
    expect(globMatches(pattern, text)).toBe(matches)
  })

  test('a pattern made to be slow is not', () => {
    expect(globMatches(`${'*a'.repeat(50)}b`, 'a'.repeat(200))).toBe(false)
  })
})
