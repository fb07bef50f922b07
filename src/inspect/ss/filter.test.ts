import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { row } from '../rows.testing.ts'
import type { SocketRow } from '../socket-row.ts'
import { parseSs } from './arguments.ts'
import { formatFilter } from './filter.ts'
import { matches } from './filter-match.ts'
import { filters } from './generators.testing.ts'

const ROWS: Readonly<Record<string, SocketRow>> = {
  listen4: row({ state: 'LISTEN', localEnd: '127.0.0.1:4321' }),
  any4: row({ state: 'LISTEN', localEnd: '0.0.0.0:2024' }),
  client4: row({ localEnd: '127.0.0.1:40280', peerEnd: '127.0.0.1:4323', mark: 5 }),
  server4: row({ localEnd: '10.1.2.3:4321', peerEnd: '10.9.9.9:49900', cgroup: '/system.slice' }),
  listen6: row({ state: 'LISTEN', localEnd: '[::1]:4322' }),
  any6: row({ state: 'LISTEN', localEnd: '[::]:4323' }),
  mapped: row({ localEnd: '[::ffff:127.0.0.1]:4323', peerEnd: '[::ffff:127.0.0.1]:40280' }),
  link6: row({
    localEnd: '[fe80::1]:80',
    peerEnd: '[fe80::2]:50000',
    local: { address: 'fe80::1', port: 80, device: 'eth0' },
  }),
  path: row({ netid: 'u_str', family: 0, localEnd: ':0', peerEnd: ':0', inode: 80, path: '/run/App.sock' }),
  unnamed: row({ netid: 'u_str', family: 0, localEnd: ':0', peerEnd: ':0', inode: 81 }),
}

const kept = (line: string): string[] => {
  const { filter } = parseSs(['-a', ...line.split(' ')])
  return Object.keys(ROWS).filter((name) => filter !== undefined && matches(filter, ROWS[name] as SocketRow))
}

describe('conditions and how they combine', () => {
  test.each([
    ['sport = :4321', ['listen4', 'server4']],
    ['sport == 4321', ['listen4', 'server4']],
    ['sport eq 0x10e1', ['listen4', 'server4']],
    ['sport != :4321 and sport < :5000 and src 0.0.0.0/0', ['any4', 'mapped']],
    ['sport neq 4321 dport = :4323', ['client4']],
    ['sport > :4321 & sport <= 4323', ['listen6', 'any6', 'mapped']],
    ['sport gt 4321 && sport lt 4323', ['listen6']],
    ['dport ge 49900', ['server4', 'link6']],
    ['dport = :*', Object.keys(ROWS)],
    ['src 127.0.0.1', ['listen4', 'client4', 'mapped']],
    ['src 127/8', ['listen4', 'client4', 'mapped']],
    ['src 10.1.0.0/16', ['server4']],
    ['src 10.1.0.0/255.255.0.0', ['server4']],
    ['dst 10.9.9.9:49900', ['server4']],
    ['dst = 10.9.9.9', ['server4']],
    ['dst != 0.0.0.0/0 and src [::1]', ['listen6']],
    ['src [::1]:4322', ['listen6']],
    ['src ::1:4322', ['listen6']],
    ['src fe80::/10', ['link6']],
    ['src [::ffff:0:0/96]', ['mapped']],
    ['src [::]', ['any6']],
    ['src *:4323', ['any6', 'mapped']],
    ['src :4323', ['any6', 'mapped']],
    ['src any:4323', ['any6', 'mapped']],
    ['src unix:*app.SOCK', ['path']],
    ['src unix:/run/[!a-z]???sock', []],
    ['src unix:/run/[a-c]?p.sock', ['path']],
    ['dev = eth0', ['link6']],
    ['fwmark = 1/1', ['client4']],
    ['fwmark != 0', ['client4']],
    ['cgroup = /sys/fs/cgroup/system.slice', ['server4']],
    ['autobound', ['client4', 'unnamed']],
    ['not sport = :4321 and src 127.0.0.1', ['client4', 'mapped']],
    ['! ( sport = :4321 or sport = :4323 ) src 0.0.0.0/0', ['any4', 'client4']],
    // One precedence for both words, from the left: this is ( … or … ) and …
    ['sport = :4321 or sport = :4322 and dst [::]', ['listen6']],
    ['sport = :4321 or ( sport = :4322 and dst [::] )', ['listen4', 'server4', 'listen6']],
  ])('%s', (line, names) => {
    expect(kept(line)).toEqual(names)
  })

  test('the words may come as one argument', () => {
    const { filter } = parseSs(['-t', 'sport = :4321 or', '( sport = :4322 )'])
    expect(filter === undefined ? '' : formatFilter(filter)).toBe('sport = :4321 or sport = :4322')
  })

  test('services are looked up among the kinds that are shown', () => {
    const services = {
      name: () => undefined,
      port: (name: string, protocol: 'tcp' | 'udp') => (name === 'x' ? (protocol === 'tcp' ? 1 : 2) : undefined),
    }
    expect(parseSs(['-t', 'sport', ':x'], { services }).filter).toEqual({ kind: 'host', side: 'src', port: 1 })
    expect(parseSs(['-u', 'sport', ':x'], { services }).filter).toEqual({ kind: 'host', side: 'src', port: 2 })
  })
})

test.each([4, 6] as const)('parsing reads what formatting wrote (IPv%d)', (family) => {
  fc.assert(
    fc.property(filters(family), (filter) => {
      const text = formatFilter(filter)
      const again = parseSs(['-t', text]).filter
      expect(again).toEqual(filter)
      expect(formatFilter(again as typeof filter)).toBe(text)
    }),
  )
})

test.each([
  ['a path with blanks', { kind: 'path', side: 'src', pattern: '/a b\\*' }],
  ['an interface', { kind: 'device', name: 'eth 0' }],
  ['a control group', { kind: 'cgroup', path: '/user.slice/a b' }],
] as const)('and keeps %s', (_name, filter) => {
  expect(parseSs(['-a', formatFilter(filter)]).filter).toEqual(filter)
})
