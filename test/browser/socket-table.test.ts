/** The table behind the host view, as its worker has it: no browser needed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { MYTHS } from '../../apps/console/src/host/myths.ts'
import { bendNear, missingOf } from '../../apps/console/src/host/nearness.ts'
import { paramsOf, paramsProblem, queryOf } from '../../apps/console/src/host/query.ts'
import { SocketTable } from '../../apps/console/src/host/socket-table.ts'
import type { RowItem, ViewItem } from '../../apps/console/src/host/view.ts'
import type { FindingMessage, TableFacts } from '../../src/host/index.ts'
import { type RowState, RowStreamWriter, type SocketRow } from '../../src/inspect/index.ts'
import { listScenarios } from '../../src/sim/index.ts'

const END = 1_000

function socket(cookie: number, state: RowState, extra: Partial<SocketRow> = {}): SocketRow {
  return {
    source: 'netlink',
    netid: 'tcp',
    family: 4,
    state,
    local: { address: '10.0.0.1', port: 80 },
    peer: { address: '10.0.0.2', port: 40_000 + cookie },
    recvQueue: 0,
    sendQueue: 0,
    cookie: BigInt(cookie),
    ...extra,
  }
}

function factsOf(takenAt: number, findings: readonly FindingMessage[] = []): TableFacts {
  const facts = { takenAt, tookMs: 1, hostname: 'here', source: 'netlink', lacks: [], states: {} } as const
  return { ...facts, total: 0, received: 0, diagnosis: { findings, sysctls: {} } }
}

/** A table that is told one reading a second. */
class ToldTable extends SocketTable {
  private readonly writer = new RowStreamWriter()
  private second = 0

  tell(rows: readonly SocketRow[], findings?: readonly FindingMessage[]): void {
    const facts = factsOf(1_000 * this.second++, findings)
    this.take(
      facts,
      this.writer.write(rows, facts.takenAt, ({ tcpInfo }) => tcpInfo?.last_ack_recv),
    )
  }

  /** The server's connection was lost and found: the same table is told anew. */
  tellAnew(): void {
    this.take(factsOf(1_000 * this.second++), this.writer.whole())
  }
}

function tableOf(query: string, ...readings: readonly (readonly SocketRow[])[]): ToldTable {
  const table = new ToldTable()
  table.ask(queryOf(new Map(new URLSearchParams(query))))
  for (const rows of readings) table.tell(rows)
  return table
}

const rowsOf = (items: readonly ViewItem[]): RowItem[] => items.filter((item) => item.kind === 'row')
const ports = (table: SocketTable): number[] => rowsOf(table.window(0, END).items).map(({ row }) => row.peer.port)

test('a table that is held still goes on with what it had, for whatever is asked of it', () => {
  const table = tableOf('', [socket(1, 'ESTABLISHED'), socket(2, 'ESTABLISHED')])
  const still = table.still()
  table.tell([socket(1, 'CLOSE-WAIT', { recvQueue: 7 }), socket(3, 'ESTABLISHED')])
  expect(ports(still)).toEqual([40_001, 40_002])
  expect(rowsOf(still.window(0, END).items)[0]?.row).toMatchObject({ state: 'ESTABLISHED', recvQueue: 0 })
  still.ask(queryOf(new Map([['sort', '-peer']])))
  expect(ports(still)).toEqual([40_002, 40_001])
  expect([still.latest()?.takenAt, still.find('1')?.row.state, still.find('3')]).toEqual([0, 'ESTABLISHED', null])
  table.ask(queryOf(new Map([['sort', 'peer']])))
  expect(ports(table)).toEqual([40_001, 40_003])
})

describe('what changed since the reading before', () => {
  test('nothing is new at the first reading, and every age is a lower bound', () => {
    const [item] = rowsOf(tableOf('', [socket(1, 'ESTABLISHED')]).window(0, END).items)
    expect(item).toMatchObject({ sinceExact: false, since: 0 })
    expect(item).not.toHaveProperty('change')
  })

  test('what the server knows of an age counts from the first reading on', () => {
    const known = socket(1, 'CLOSE-WAIT', { tcpInfo: { last_ack_recv: 90_000 } as SocketRow['tcpInfo'] })
    const table = tableOf('', [known], [known])
    expect(rowsOf(table.window(0, END).items)).toMatchObject([{ since: -90_000, sinceExact: false }])
  })

  test('a socket that was not there before is new, and its age is exact', () => {
    const table = tableOf('', [], [socket(1, 'SYN-SENT')])
    expect(table.window(0, END).items).toMatchObject([{ change: 'new', since: 1_000, sinceExact: true }])
  })

  test('a change of state names the state before, and starts the age again', () => {
    const table = tableOf('', [socket(1, 'ESTABLISHED')], [socket(1, 'CLOSE-WAIT')])
    expect(table.window(0, END).items).toMatchObject([
      { change: 'state', was: 'ESTABLISHED', since: 1_000, sinceExact: true, row: { state: 'CLOSE-WAIT' } },
    ])
  })

  test('the chosen one tells the states before, by its key or its cookie', () => {
    const table = tableOf(
      '',
      ...(['SYN-SENT', 'ESTABLISHED', 'FIN-WAIT-1'] as const).map((state) => [socket(1, state)]),
    )
    const past = [
      { state: 'SYN-SENT', since: 0, sinceExact: false },
      { state: 'ESTABLISHED', since: 1_000, sinceExact: true },
    ]
    expect(table.find('1')).toMatchObject({ key: 'tcp 1', since: 2_000, past })
    expect(table.find('tcp 1')).toEqual(table.find('1'))
    expect(table.find('2')).toBeNull()
  })

  test('a queue that moved is marked, but not over a state that is still fresh', () => {
    const moved = tableOf('', [socket(1, 'ESTABLISHED')], [socket(1, 'ESTABLISHED', { recvQueue: 9 })])
    expect(moved.window(0, END).items).toMatchObject([{ change: 'queue' }])
    const both = tableOf(
      '',
      [socket(1, 'ESTABLISHED')],
      [socket(1, 'CLOSE-WAIT')],
      [socket(1, 'CLOSE-WAIT', { recvQueue: 1 })],
    )
    expect(both.window(0, END).items).toMatchObject([{ change: 'state', was: 'ESTABLISHED' }])
  })

  test('what went from state to state is counted', () => {
    const [open, closing] = [socket(1, 'ESTABLISHED'), socket(1, 'CLOSE-WAIT')]
    const table = tableOf('', [open, socket(2, 'TIME-WAIT')], [closing])
    expect(table.moves()).toEqual([
      { from: 'TIME-WAIT', to: 'CLOSED', count: 1 },
      { from: 'ESTABLISHED', to: 'CLOSE-WAIT', count: 1 },
    ])
    table.tell([closing])
    expect(table.moves()).toEqual([])
  })

  test('a mark fades after some readings', () => {
    const closed = [socket(1, 'CLOSE-WAIT')]
    const table = tableOf('', [socket(1, 'ESTABLISHED')], closed, closed, closed, closed)
    expect(table.window(0, END).items[0]).not.toHaveProperty('change')
  })

  test('a socket that is gone is forgotten', () => {
    const table = tableOf('', [socket(1, 'TIME-WAIT'), socket(2, 'LISTEN')], [socket(2, 'LISTEN')])
    expect(table.window(0, END).length).toBe(1)
    expect(table.summary().shown).toBe(1)
    expect(table.find('tcp 1')).toBeNull()
  })

  test('a table told anew brings nothing new, and every age goes on', () => {
    const table = tableOf('', [], [socket(1, 'ESTABLISHED')], [socket(1, 'CLOSE-WAIT')])
    for (let n = 0; n < 4; n++) table.tellAnew()
    const [item] = rowsOf(table.window(0, END).items)
    expect(item).toMatchObject({ since: 2_000, sinceExact: true })
    expect(item).not.toHaveProperty('change')
  })

  test('a timer has so long left as the reading is old', () => {
    const timer = { kind: 'timewait', expiresMs: 60_000, retransmits: 0 } as const
    const counting = [60_000, 59_000, 58_000].map((expiresMs) => [
      socket(1, 'TIME-WAIT', { timer: { ...timer, expiresMs } }),
    ])
    expect(tableOf('', ...counting).window(0, END).items).toMatchObject([{ row: { timer: { expiresMs: 58_000 } } }])
  })

  test('listeners that share a port are kept apart where the source has no cookies', () => {
    const twin = socket(1, 'LISTEN', { cookie: 0n })
    const table = tableOf('', [twin, twin], [twin, twin])
    const keys = rowsOf(table.window(0, END).items).map(({ key }) => key)
    expect(new Set(keys).size).toBe(2)
    expect(rowsOf(table.window(0, END).items).some(({ change }) => change !== undefined)).toBe(false)
  })
})

describe('filters', () => {
  const rows = [
    socket(1, 'ESTABLISHED', { owners: [{ pid: 7, command: 'nginx', fd: 3 }] }),
    socket(2, 'CLOSE-WAIT', { owners: [] }),
    socket(3, 'CLOSE-WAIT', { netid: 'udp' }),
    socket(4, 'LISTEN', { peer: { address: '0.0.0.0', port: 0 } }),
  ]

  test('by state, while the counts go on telling what the other states hold', () => {
    const table = tableOf('state=CLOSE-WAIT', rows)
    expect(rowsOf(table.window(0, END).items).map(({ key }) => key)).toEqual(['tcp 2'])
    expect(table.summary().states).toEqual([
      { state: 'LISTEN', count: 1 },
      { state: 'ESTABLISHED', count: 1 },
      { state: 'CLOSE-WAIT', count: 1 },
    ])
  })

  test.each([
    ['q=nginx', [40_001]],
    ['q=NGINX%207', [40_001]],
    ['q=:40002', [40_002]],
    ['q=none', [40_002]],
    ['q=!nginx&state=ESTABLISHED', []],
    ['q=%22not%20visible%22', [0]],
    ['q=10.0.0.2%20!40001', [40_002]],
    ['q=dport%20=%20:40002', [40_002]],
    ['q=nginx%20or%20state%20listening', [0, 40_001]],
    // What is not finished yet, or cannot be understood, changes nothing.
    ['q=!', [0, 40_001, 40_002]],
    ['q=dport%20=%20:99999', [0, 40_001, 40_002]],
  ])('by text: %s', (query, expected) => {
    expect(ports(tableOf(query, rows))).toEqual(expected)
  })

  test('by protocol; TCP alone unless something else is asked for', () => {
    expect(tableOf('', rows).summary()).toMatchObject({ shown: 3, protocols: { tcp: 3, udp: 1, unix: 0 } })
    expect(tableOf('proto=udp', rows).summary().shown).toBe(1)
  })
})

describe('what may be typed next', () => {
  const nginx = { owners: [{ pid: 7, command: 'nginx', fd: 3 }] }
  const rows = [socket(1, 'ESTABLISHED', nginx), socket(2, 'CLOSE-WAIT', nginx), socket(3, 'CLOSE-WAIT')]
  const offered = (text: string): string[] | undefined => {
    const table = tableOf('', rows)
    table.window(0, END)
    return table.complete(text, text.length)?.items.map((item) => `${item.text}: ${item.meaning}`)
  }

  test.each<[string, readonly string[]]>([
    ['ng', ['nginx: 2 sockets']],
    ['state cl', ['close-wait: 2 sockets', 'closed: no socket', 'close: no socket', 'closing: no socket']],
    ['clo', ['state close-wait: 2 sockets']],
    ['dst ', ['10.0.0.2: 3 sockets']],
    ['nginx and sport = ', [':80: 3 sockets']],
    ['dport = :40002', []],
    [
      'nginx a',
      ['and: both; nothing between two conditions means the same', 'autobound: the kernel chose the local port'],
    ],
  ])('%s', (text, expected) => {
    expect(offered(text)).toEqual(expected)
  })

  test('nothing where what stands before is not understood', () => {
    expect(offered('dport = :99999 and ')).toBeUndefined()
  })
})

test('of a filter half typed the conditions before hold', () => {
  const table = tableOf('q=:40001', [socket(1, 'ESTABLISHED'), socket(2, 'ESTABLISHED')])
  table.ask(queryOf(new Map([['q', ':40001 and dport =']])))
  expect(ports(table)).toEqual([40_001])
  expect(table.summary().problem).toEqual({
    span: { start: 18, length: 0 },
    expected: 'a port such as :80, :http or :*',
  })
  table.ask(queryOf(new Map([['q', '']])))
  expect(ports(table)).toEqual([40_001, 40_002])
})

test('by finding: its own sockets, and none once it has ended', () => {
  const leak: FindingMessage = {
    id: 'close-wait-server/python3/80',
    rule: 'close-wait-server',
    title: 'python3 leaks',
    severity: 'warning',
    evidence: [],
    owner: { kind: 'unknown' },
    since: null,
    growthPerMinute: null,
    explanation: ['', '', ''],
    remedies: [],
    myth: null,
    cookies: ['2'],
    counts: [],
  }
  const rows = [socket(1, 'CLOSE-WAIT'), socket(2, 'CLOSE-WAIT'), socket(3, 'LISTEN')]
  const table = tableOf('finding=close-wait-server/python3/80')
  table.tell(rows, [leak])
  expect(ports(table)).toEqual([40_002])
  expect(table.summary().states).toEqual([{ state: 'CLOSE-WAIT', count: 1 }])
  table.tell(rows)
  expect(ports(table)).toEqual([])
})

describe('order and groups', () => {
  const rows = [
    socket(3, 'TIME-WAIT', { owners: [] }),
    socket(1, 'ESTABLISHED', { recvQueue: 5 }),
    socket(2, 'CLOSE-WAIT', { recvQueue: 50, owners: [{ pid: 7, command: 'nginx', fd: 3 }] }),
    socket(4, 'CLOSE-WAIT', { owners: [{ pid: 7, command: 'nginx', fd: 4 }] }),
  ]

  test.each([
    ['', [40_001, 40_002, 40_004, 40_003]],
    ['sort=-recvq', [40_002, 40_001, 40_003, 40_004]],
    ['sort=peer', [40_001, 40_002, 40_003, 40_004]],
    ['sort=-peer', [40_004, 40_003, 40_002, 40_001]],
    ['sort=owner', [40_002, 40_004, 40_003, 40_001]],
    ['sort=nonsense', [40_001, 40_002, 40_004, 40_003]],
  ])('sorted: %s', (query, expected) => {
    expect(ports(tableOf(query, rows))).toEqual(expected)
  })

  test('groups come largest first, closed, and tell their states', () => {
    const table = tableOf('group=owner', rows)
    const shown = table.window(0, END)
    expect(shown.length).toBe(3)
    expect(table.summary()).toMatchObject({ shown: 4, groups: 3 })
    expect(shown.items[0]).toEqual({
      kind: 'group',
      key: 'nginx 7',
      label: 'nginx 7',
      count: 2,
      states: [{ state: 'CLOSE-WAIT', count: 2 }],
      recvQueue: 50,
      sendQueue: 0,
      since: 0,
      sinceExact: false,
      open: false,
    })
    expect(shown.items.map((item) => item.kind === 'group' && item.label)).toEqual(['nginx 7', 'none', 'not visible'])
  })

  test.each([
    ['sort=size', ['none', 'not visible', 'nginx 7']],
    ['sort=-recvq', ['nginx 7', 'not visible', 'none']],
    ['sort=owner', ['nginx 7', 'none', 'not visible']],
    ['sort=state', ['not visible', 'nginx 7', 'none']],
    ['sort=peer', ['not visible', 'nginx 7', 'none']],
    ['sort=-peer', ['none', 'nginx 7', 'not visible']],
  ])('groups are sorted as rows are, by what their headings show: %s', (query, expected) => {
    const shown = tableOf(`group=owner&${query}`, rows).window(0, END)
    expect(shown.items.map((item) => item.kind === 'group' && item.label)).toEqual(expected)
  })

  test('groups by their oldest row, and a listener adds no octets', () => {
    const young = socket(5, 'LISTEN', { recvQueue: 7, owners: [{ pid: 8, command: 'sshd', fd: 3 }] })
    const table = tableOf('group=owner&sort=-since', rows, [...rows, young])
    const shown = table.window(0, END).items.map((item) => item.kind === 'group' && [item.label, item.recvQueue])
    expect(shown.at(-1)).toEqual(['sshd 8', 0])
  })

  test('an open group shows its rows under its heading', () => {
    const shown = tableOf('group=owner&open=nginx%207', rows).window(0, END)
    expect(shown.items.map(({ kind }) => kind)).toEqual(['group', 'row', 'row', 'group', 'group'])
    expect(tableOf('group=owner&open=*', rows).window(0, END).length).toBe(7)
  })

  test('listeners gather what came through them, destinations what went there', () => {
    const http = { local: { address: '0.0.0.0', port: 80 }, peer: { address: '0.0.0.0', port: 0 } }
    const out = { local: { address: '10.0.0.1', port: 50_000 }, peer: { address: '10.0.0.9', port: 443 } }
    const all = [
      ...[socket(1, 'ESTABLISHED'), socket(2, 'CLOSE-WAIT')],
      socket(3, 'LISTEN', { ...http, owners: [{ pid: 7, command: 'nginx', fd: 3 }] }),
      socket(4, 'ESTABLISHED', out),
    ]
    const labels = (query: string): unknown[] =>
      tableOf(query, all)
        .window(0, END)
        .items.map((item) => item.kind === 'group' && [item.label, item.count])
    expect(labels('group=listener')).toEqual([
      ['0.0.0.0:80 nginx', 3],
      ['opened from here', 1],
    ])
    // A listener that the filter leaves out tells what was accepted all the same.
    expect(labels('group=destination&state=ESTABLISHED')).toEqual([
      ['10.0.0.9:443', 1],
      ['accepted here', 1],
    ])
  })

  test('a window is a stretch of the table, bent into what there is', () => {
    const table = tableOf('sort=peer', rows)
    expect(table.window(1, 3)).toMatchObject({ from: 1, length: 4 })
    expect(table.window(1, 3).items).toHaveLength(2)
    expect(table.window(90, 99)).toMatchObject({ from: 4, items: [] })
  })
})

describe('what the page has near what is in sight', () => {
  test('one message brings a few rows on either side, until there is a stock of them', () => {
    const sight = { from: 100, to: 130 }
    expect(missingOf(sight, bendNear(sight))).toEqual({
      missing: [
        { from: 52, to: 76 },
        { from: 154, to: 178 },
      ],
      near: { from: 52, to: 178 },
    })
    expect(missingOf(sight, { from: 4, to: 226 })).toEqual({ missing: [], near: { from: 4, to: 226 } })
  })

  test('all that is in sight comes at once, and what is far is let go', () => {
    expect(missingOf({ from: 300, to: 400 }, { from: 0, to: 301 })).toMatchObject({
      missing: [{ from: 301, to: 400 }],
      near: { from: 108, to: 400 },
    })
  })

  test('where nothing of it is there, a step does not do', () => {
    expect(missingOf({ from: 300, to: 340 }, { from: 0, to: 299 })).toBeNull()
    expect(missingOf({ from: 10, to: 40 }, { from: 20, to: 90 })).toBeNull()
  })
})

test.each([
  ['state=CLOSE-WAIT,LISTEN&q=nginx&sort=-size&group=owner', null],
  ['state=FOO', /^state “FOO” means nothing here: expected LISTEN, /],
  ['sort=-nonsense', /^sort “-nonsense” .* expected size, state, netid/],
  ['colour=red', /^“colour” means nothing here: expected state, proto, group, sort, q, open, finding$/],
])('what of an address means nothing is said: %s', (address, expected) => {
  const problem = paramsProblem(new Map(new URLSearchParams(address)))
  if (expected === null) expect(problem).toBeNull()
  else expect(problem).toMatch(expected)
})

test('what is commonly said of a finding is said in the words of the claim', () => {
  const rules = fileURLToPath(new URL('../../src/doctor/rules', import.meta.url))
  const code = readdirSync(rules)
    .map((name) => readFileSync(join(rules, name), 'utf8'))
    .join('')
  const said = listScenarios().filter(({ kind, id }) => kind === 'claim' && code.includes(`'${id}'`))
  expect(MYTHS).toEqual(Object.fromEntries(said.map(({ id, title }) => [id, title])))
})

test('a query survives the address', () => {
  const address = 'state=LISTEN,CLOSE-WAIT&proto=tcp,udp&q=:80&group=destination&sort=-recvq&open=10.0.0.2&finding=a/b'
  const query = queryOf(new Map(new URLSearchParams(address)))
  expect(query).toEqual({
    states: ['LISTEN', 'CLOSE-WAIT'],
    protocols: ['tcp', 'udp'],
    text: ':80',
    grouping: 'destination',
    sort: 'recvq',
    descending: true,
    open: ['10.0.0.2'],
    finding: 'a/b',
  })
  expect(queryOf(new Map(Object.entries(paramsOf(query))))).toEqual(query)
})
