import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../usage-error.ts'
import { parseNetstat } from './arguments.ts'

const parse = (line: string): ReturnType<typeof parseNetstat> =>
  parseNetstat(line.split(' ').filter((word) => word !== ''))

const UNIX = ['u_str', 'u_dgr', 'u_seq']

// Each line was run with net-tools 2.10's netstat, and the tables that it printed noted here.
describe('which tables', () => {
  test.each([
    ['', true, true, ['tcp', 'udp', ...UNIX], [4, 6]],
    ['-t', true, false, ['tcp'], [4, 6]],
    ['-tu', true, false, ['tcp', 'udp'], [4, 6]],
    ['-x', false, true, UNIX, [4, 6]],
    ['-tx', true, true, ['tcp', ...UNIX], [4, 6]],
    ['-4', true, false, ['tcp', 'udp'], [4]],
    ['-6t', true, false, ['tcp'], [6]],
    ['-A inet', true, false, ['tcp', 'udp'], [4]],
    ['--inet6', true, false, ['tcp', 'udp'], [6]],
    ['-A inet,unix', true, true, ['tcp', 'udp', ...UNIX], [4]],
    ['--protocol=unix', false, true, UNIX, [4, 6]],
  ])('netstat %s', (line, internet, unix, netids, families) => {
    const query = parse(line)
    expect(query).toMatchObject({ internet, unix, netids, families })
    expect(query.needs).toMatchObject({ netids, families })
  })
})

test('-a wins over -l, wherever it stands', () => {
  expect(['-t', '-l', '-a', '-al', '-la'].map((line) => parse(line).which)).toEqual([
    'connected',
    'listening',
    'all',
    'all',
    'all',
  ])
})

test('-n is three options in one', () => {
  const numbers = (line: string): boolean[] => {
    const { numericHosts, numericPorts, numericUsers } = parse(line)
    return [numericHosts, numericPorts, numericUsers]
  }
  expect(numbers('-n')).toEqual([true, true, true])
  expect(numbers('--numeric-ports')).toEqual([false, true, false])
  expect(numbers('')).toEqual([false, false, false])
})

test('-s chooses counters', () => {
  expect(parse('-s')).toMatchObject({
    action: 'statistics',
    statistics: { family: 4, tcp: true, udp: true, raw: true },
  })
  expect(parse('-st')).toMatchObject({
    action: 'statistics',
    statistics: { family: 4, tcp: true, udp: false, raw: false },
  })
  expect(parse('-s6u')).toMatchObject({
    action: 'statistics',
    statistics: { family: 6, tcp: false, udp: true, raw: false },
  })
})

test('options that change nothing here are taken and ignored', () => {
  expect(parse('-tvNFC')).toEqual(parse('-t'))
})

describe('one line names what is wrong', () => {
  test.each([
    ['-tq', 'netstat: unknown option "-q" (argument 1): expected one of -alnepoWctuwx46AsvNFCdh?VrigMZSU2f'],
    [
      '-rn',
      'netstat: not offered: "-r" (argument 1): expected sockets or -s; the routing table is shown by `ip route`',
    ],
    ['-i', 'netstat: not offered: "-i" (argument 1): expected sockets or -s; interfaces are shown by `ip -s link`'],
    ['--masq', 'netstat: not offered: "--masq" (argument 1): expected sockets or -s; translated connections'],
    ['--num', 'netstat: ambiguous option "--num" (argument 1): expected --numeric, --numeric-hosts, --numeric-ports'],
    ['-A ipx', 'netstat: not a family "ipx" (argument 1): expected inet, inet6 or unix'],
    ['-tan grep', 'netstat: unexpected word "grep" (argument 2): expected options only'],
    ['-sx', 'netstat: no statistics of the family "unix" (argument 1): expected inet or inet6'],
  ])('netstat %s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError)
    expect(() => parse(line)).toThrow(message)
  })
})

test('nothing but UsageError is ever thrown', () => {
  const words = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('-t', '-a', '-A', 'inet,unix', '--inet', '-s', '-n', '--'),
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 6 }), (argv) => {
      try {
        return parseNetstat(argv).needs.netids.length > 0
      } catch (error) {
        return error instanceof UsageError && !error.message.includes('\n')
      }
    }),
    { numRuns: 1000 },
  )
})
