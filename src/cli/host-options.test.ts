import { describe, expect, test } from 'vitest'
import { CliError } from './exit.ts'
import { sourceLine, takeHostOptions } from './host-options.ts'

describe("our own options are taken out of the real command's", () => {
  test.each([
    [['-tan'], { source: 'auto', quiet: false, rest: ['-tan'], positions: [1] }],
    [['--source', 'proc', '-tan'], { source: 'proc', quiet: false, rest: ['-tan'], positions: [3] }],
    [['-tan', '--source=ss', 'x'], { source: 'ss', quiet: false, rest: ['-tan', 'x'], positions: [1, 3] }],
    [['-q'], { source: 'auto', quiet: true, rest: [], positions: [] }],
    [['--quiet', '-l'], { source: 'auto', quiet: true, rest: ['-l'], positions: [2] }],
    [['-tanq'], { source: 'auto', quiet: false, rest: ['-tanq'], positions: [1] }],
  ])('%j', (args, expected) => {
    expect(takeHostOptions('ss', args)).toEqual(expected)
  })

  test.each([
    [['--source'], 'ss: --source needs one of netlink, ss, proc'],
    [['--source', 'prog'], 'ss: unknown source "prog": did you mean proc?'],
    [['--source=lsof'], 'ss: unknown source "lsof": expected one of netlink, ss, proc'],
  ])('%j is refused', (args, message) => {
    expect(() => takeHostOptions('ss', args)).toThrow(new CliError(message))
  })
})

test('the source and what it lacks are one line, whatever there is to say', () => {
  expect(sourceLine('netlink', [])).toBe('lastack: source netlink')
  expect(
    sourceLine('proc', ['netlink does not serve: EPERM.', 'The owners\nof 3 sockets are unknown.', 'UDP is old.']),
  ).toBe('lastack: source proc; netlink does not serve: EPERM; the owners of 3 sockets are unknown; UDP is old')
})
