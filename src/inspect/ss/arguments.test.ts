import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../usage-error.ts'
import { parseSs } from './arguments.ts'
import { formatFilter } from './filter.ts'
import { ALL, CONNECTED_BY_DEFAULT, stateBit } from './states.ts'

const parse = (line: string): ReturnType<typeof parseSs> => parseSs(line.split(' ').filter((word) => word !== ''))

// Every line was run with iproute2 6.1's ss beside sockets of every kind, and what it showed noted here.
describe('kinds and families', () => {
  const everything = ['u_str', 'u_dgr', 'u_seq', 'udp', 'tcp', 'mptcp']
  test.each([
    ['', everything, [4, 6, 0], true],
    ['-t', ['tcp'], [4, 6], false],
    ['-tu', ['udp', 'tcp'], [4, 6], true],
    ['-x', ['u_str', 'u_dgr', 'u_seq'], [0], true],
    ['-4', ['udp', 'tcp', 'mptcp'], [4], true],
    ['-t -6', ['tcp'], [6], false],
    ['-46 -t', ['tcp'], [6], false],
    ['-64 -t', ['tcp'], [4], false],
    ['-x -t', ['u_str', 'u_dgr', 'u_seq', 'tcp'], [4, 6, 0], true],
    ['-f inet6', ['udp', 'tcp', 'mptcp'], [6], true],
    ['-A tcp,udp', ['udp', 'tcp'], [4, 6], true],
    ['-t -A udp', ['udp'], [4, 6], false],
    ['-A u_dgr', ['u_dgr'], [0], false],
    ['-A all,!tcp', ['u_str', 'u_dgr', 'u_seq', 'udp', 'mptcp'], [4, 6, 0], true],
    ['-M', ['mptcp'], [4, 6], false],
    ['-tM -6', ['tcp', 'mptcp'], [6], true],
    ['-t dst inet6:[::1]', ['tcp'], [6], false],
    ['-x -4 src any', ['udp', 'tcp', 'mptcp'], [4], true],
  ])('ss %s', (line, netids, families, hasNetid) => {
    const query = parse(line)
    expect([query.netids, query.families, query.print.netid]).toEqual([netids, families, hasNetid])
    expect(query.needs.netids).toEqual(netids)
    expect(query.needs.families).toEqual(families.filter((family) => family !== 0))
  })
})

describe('states', () => {
  test.each([
    ['-t', CONNECTED_BY_DEFAULT],
    ['-u', stateBit('ESTABLISHED')],
    ['-ta', ALL],
    ['-l', stateBit('LISTEN') | stateBit('UNCONN')],
    ['-la', ALL],
    ['-al', stateBit('LISTEN') | stateBit('UNCONN')],
    ['-ta state time-wait', stateBit('TIME-WAIT')],
    ['-t state TIME-WAIT state close-wait', stateBit('TIME-WAIT') | stateBit('CLOSE-WAIT')],
    ['-t exclude listening', ALL & ~stateBit('LISTEN')],
    ['-t state connected exclude time-wait', ALL & ~(stateBit('LISTEN') | stateBit('CLOSED') | stateBit('TIME-WAIT'))],
    ['-t exclude all', CONNECTED_BY_DEFAULT],
    ['-t state bucket', stateBit('SYN-RECEIVED') | stateBit('TIME-WAIT')],
    ['-B', stateBit('BOUND-INACTIVE')],
  ])('ss %s', (line, states) => {
    expect(parse(line).states).toBe(states)
    expect(parse(line).needs.states).toBe(states)
  })

  test('one state alone takes its column away', () => {
    expect(parse('-o state time-wait').print.state).toBe(false)
    expect(parse('-o state bucket').print.state).toBe(true)
  })
})

test('what must be read follows from what is printed', () => {
  expect(parse('-tan').needs).toMatchObject({ owners: false, tcpInfo: false, memory: false, cgroup: false })
  expect(parse('-tanpime').needs).toMatchObject({ owners: true, tcpInfo: true, memory: true, cgroup: true })
})

test('-s stands alone unless rows are asked for', () => {
  expect(parse('-s')).toMatchObject({ summary: true, list: false })
  expect(parse('-st')).toMatchObject({ summary: true, list: true })
  expect(parse('-s state time-wait')).toMatchObject({ summary: true, list: true })
})

test('-h and -V ask for nothing else', () => {
  expect(parse('-tan -h').action).toBe('help')
  expect(parse('--version').action).toBe('version')
})

test('tables that are not read are named', () => {
  expect(parse('-t').notices).toEqual([])
  expect(parse('-a').notices).toEqual([
    'only tcp, mptcp, udp and unix sockets are read: netlink, packet, raw and other sockets are left out',
  ])
  expect(parse('-4').notices).toEqual(['only tcp, mptcp, udp and unix sockets are read: dccp, sctp, raw are left out'])
})

describe('one line names what is wrong, where, and what was expected', () => {
  test.each([
    ['-tq', 'ss: unknown option "-q" (argument 1): expected one of -nal'],
    ['-t --kill', 'ss: not offered: "--kill" (argument 2): expected no -K: this command only looks'],
    ['-r', 'ss: not offered: "-r" (argument 1): expected no -r: addresses are printed as numbers'],
    ['-f ipx', 'ss: not a family "ipx" (argument 1): expected inet, inet6 or unix'],
    ['-A tpc', 'ss: not a socket table "tpc" (argument 1): expected all, inet, udp, tcp'],
    ['-A raw', 'ss: not offered: socket table "raw" (argument 1): expected all, inet, udp, tcp'],
    ['-A tcp,!tcp', 'ss: no socket tables to show with such options (argument 3): expected -t, -M, -u or -x'],
    ['-t state', 'ss: state needs a name (argument 3): expected a state: all, connected'],
    ['-t state listen', 'ss: wrong state name "listen" (argument 3): expected a state: all, connected'],
    ['-t sport 80 foo', 'ss: cannot understand "foo" (filter word 3): expected src, dst, sport'],
    ['-t sport=:80', 'ss: cannot understand "sport=:80" (filter word 1): expected src, dst, sport'],
    ['-t sport = :htpt', 'ss: cannot understand ":htpt" (filter word 3): expected a port such as :80, :http or :*'],
    ['-t sport = :70000', 'ss: cannot understand ":70000" (filter word 3): expected a port from 0 to 65535'],
    ['-t sport >= :*', 'ss: cannot understand ":*" (filter word 3): expected a port number'],
    [
      '-t dst example.org',
      'ss: cannot understand "example.org" (filter word 2): expected an address such as 10.0.0.0/8',
    ],
    ['-t dst 10.0.0.0/33', 'ss: cannot understand "10.0.0.0/33" (filter word 2): expected an address'],
    ['-t ( sport = :80', 'ss: the filter ends too early (filter word 5): expected ) or another condition'],
    ['-t sport = :80 and', 'ss: the filter ends too early (filter word 5): expected src, dst, sport'],
    ['-t dst', 'ss: the filter ends too early (filter word 2): expected an address'],
    ['-t sport = :80 )', 'ss: cannot understand ")" (filter word 4): expected and, or, or src'],
    ['-t fwmark = x', 'ss: cannot understand "x" (filter word 3): expected a mark such as 0x1'],
  ])('ss %s', (line, message) => {
    expect(() => parse(line)).toThrow(UsageError)
    expect(() => parse(line)).toThrow(message)
    expect(() => parse(line)).toThrow(expect.objectContaining({ exitCode: 2 }))
  })
})

test('nothing but UsageError is ever thrown', () => {
  const words = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom(
      '-t',
      '-a',
      '-A',
      '-f',
      '--',
      'state',
      'exclude',
      'all',
      'tcp',
      'src',
      'dst',
      'sport',
      'dport',
      '=',
      '!=',
      '<',
    ),
    fc.constantFrom(
      '(',
      ')',
      'and',
      'or',
      'not',
      ':80',
      '10.0.0.1',
      '[::1]:80',
      'unix:*',
      'dev',
      'fwmark',
      '0x1/2',
      '__proto__',
    ),
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (argv) => {
      try {
        const { filter } = parseSs(argv)
        return filter === undefined || formatFilter(filter).length > 0
      } catch (error) {
        return error instanceof UsageError && !error.message.includes('\n')
      }
    }),
    { numRuns: 3000 },
  )
})

test('deep nesting is refused, not left to overflow', () => {
  expect(() => parse(`-t ${'( '.repeat(5000)}`)).toThrow('at most 100 levels of parentheses and not')
})
