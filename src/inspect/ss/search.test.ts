import { describe, expect, test } from 'vitest'
import { row } from '../rows.testing.ts'
import { formatFilter } from './filter.ts'
import { matches } from './filter-match.ts'
import { parseSearch, searchPlace } from './search.ts'

const ROWS = {
  nginx: row({ state: 'CLOSE-WAIT', localEnd: '10.0.0.1:443', peerEnd: '10.2.0.9:50000' }),
  curl: row({ localEnd: '10.0.0.1:40000', peerEnd: '10.2.0.9:443' }),
  sshd: row({ state: 'LISTEN', localEnd: '0.0.0.0:22' }),
}
type Name = keyof typeof ROWS

/** What a row shows beside its ends: here its name in the table above. */
function found(text: string): string[] {
  const { filter } = parseSearch(text)
  if (filter === undefined) return []
  return (Object.keys(ROWS) as Name[]).filter((name) =>
    matches(filter, ROWS[name], undefined, ({ local, peer, state }, word) =>
      `${state} ${local.address}:${local.port} ${peer.address}:${peer.port} ${name}`.toLowerCase().includes(word),
    ),
  )
}

describe('plain words and the language of ss are one', () => {
  test.each<[string, readonly Name[]]>([
    ['nginx', ['nginx']],
    ['NGINX 50000', ['nginx']],
    [':443', ['nginx', 'curl']],
    [':443 !nginx', ['curl']],
    ['dport = :443', ['curl']],
    ['dport=:443', ['curl']],
    ['dport!=:443 !sshd', ['nginx']],
    ['dport = :https and curl', ['curl']],
    ['state close-wait', ['nginx']],
    ['10.0.0.1 state close-wait state established', ['nginx', 'curl']],
    ['exclude listening !curl', ['nginx']],
    ['not state listening dst 10.2.0.0/16 src :443', ['nginx']],
    ['(sport = :22 or nginx)', ['nginx', 'sshd']],
    ['!(sport = :22 or nginx)', ['curl']],
    ['(sport=:22)', ['sshd']],
    ['"close-wait 10.0"', ['nginx']],
    ['!"src"', ['nginx', 'curl', 'sshd']],
    // Letters on the way to a word, or operators that nothing is compared by.
    ['ng', ['nginx']],
    ['ge', []],
    ['no', []],
  ])('%s', (text, names) => {
    expect(parseSearch(text).problem).toBeUndefined()
    expect(found(text)).toEqual(names)
  })

  test('nothing typed asks for nothing', () => {
    expect(parseSearch('  ')).toEqual({ filter: undefined, problem: undefined })
  })

  test('what it means can be said in words again', () => {
    const { filter } = parseSearch('nginx not state close-wait')
    expect(filter && formatFilter(filter)).toBe('"nginx" and not state close-wait')
  })
})

test.each([
  ['dport = :99999', '        ~~~~~~', 'a port from 0 to 65535'],
  ['nginx dst 10.0.0.0/8:x0', '                    ~~~', 'a port such as :80, :http or :*'],
  ['nginx dst 10.0.0.300 and', '          ~~~~~~~~~~', 'an address such as 10.0.0.0/8'],
  ['state closing-wait', '      ~~~~~~~~~~~~', 'a state such as close-wait'],
  ['nginx sport =', '             ~', 'a port such as :80'],
  ['nginx and', '         ~', 'src, dst, sport'],
  ['= :80', '~', 'src, dst, sport'],
  ['(sport = :80', '            ~', ') or another condition'],
  ['sport = :80 )', '            ~', 'and, or, or src, dst'],
  ['fwmark = 1', '~~~~~~', 'another condition: marks are not known here'],
])('a mistake is pointed at: %s', (text, marks, expected) => {
  const { problem } = parseSearch(text)
  const { start, length } = problem?.span ?? { start: -1, length: 0 }
  expect(`${' '.repeat(start)}${'~'.repeat(Math.max(1, length))}`).toBe(marks)
  expect(problem?.expected).toContain(expected)
})

test.each<[string, readonly Name[]]>([
  ['dport = :443 and sport = :99999 or sshd', ['curl']],
  ['nginx or ( sshd', ['nginx']],
  ['= nginx', []],
])('what stands before a mistake holds: %s', (text, names) => {
  expect(found(text)).toEqual(names)
})

test.each([
  ['', { begun: '', wanted: { kind: 'condition' } }],
  ['ng', { begun: 'ng', wanted: { kind: 'condition' } }],
  ['nginx ', { begun: '', wanted: { kind: 'continuation' } }],
  ['nginx and ', { begun: '', wanted: { kind: 'condition' } }],
  ['nginx (s', { begun: 's', wanted: { kind: 'condition' } }],
  ['!s', { begun: 's', wanted: { kind: 'condition' } }],
  ['state clo', { begun: 'clo', wanted: { kind: 'state' } }],
  ['state close-wait sp', { begun: 'sp', wanted: { kind: 'continuation' } }],
  ['dst ', { begun: '', wanted: { kind: 'address', side: 'dst' } }],
  ['sport ', { begun: '', wanted: { kind: 'comparison', side: 'src' } }],
  ['dport = :4', { begun: ':4', wanted: { kind: 'port', side: 'dst' } }],
  ['dport=:4', { begun: ':4', wanted: { kind: 'port', side: 'dst' } }],
  ['dev = e', { begun: 'e', wanted: { kind: 'device' } }],
])('what may come next: %j', (text, place) => {
  expect(searchPlace(text, text.length)).toEqual({
    ...place,
    span: { start: text.length - place.begun.length, length: place.begun.length },
  })
})

test('nothing is offered behind what cannot be understood, and within quotes', () => {
  expect(searchPlace('dport = :99999 and s', 20)).toBeUndefined()
  expect(searchPlace('"not vis', 8)).toBeUndefined()
  expect(searchPlace('dport = :4 nginx', 10)).toMatchObject({ begun: ':4' })
})
