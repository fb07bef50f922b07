import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnCount, paint, type SocketRow, stateBit } from '../inspect/index.ts'
import { diagnose, unjudged } from './diagnose.ts'
import { NO_HISTORY } from './history.ts'
import { diagnosed, heldBy, ids, info, listener, look, served, silentFor, times } from './looks.testing.ts'
import { observe, observeOnce } from './observe.ts'
import { printFindings } from './print.ts'
import { reportOf } from './report.ts'
import { RULES } from './rules/index.ts'
import { schemaFaults } from './schema.testing.ts'
import { keyOf } from './socket-table.ts'
import { DEFAULT_THRESHOLDS } from './thresholds.ts'
import type { Observation } from './types.ts'

const COUNT = fc.oneof(fc.nat(4), fc.nat(0xffffffff))
const address = fc.constantFrom(
  '0.0.0.0',
  '10.0.0.1',
  '10.0.0.9',
  '127.0.0.1',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  'fe80::1',
  '2001:db8:1111:2222:3333:4444:5555:6666',
)
const endpoint = fc.record({ address, port: fc.constantFrom(0, 22, 80, 8080, 40_000, 40_001, 65_535) })
const owners = fc.array(
  fc.record({
    pid: fc.integer({ min: 1, max: 5 }),
    command: fc.constantFrom('nginx', 'python3', 'a b/c', ''),
    fd: fc.nat(9),
  }),
  { maxLength: 3 },
)
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined })

const row: fc.Arbitrary<SocketRow> = fc.record({
  source: fc.constantFrom('netlink', 'stack', 'ss', 'proc'),
  netid: fc.constantFrom('tcp', 'tcp', 'tcp', 'udp'),
  family: fc.constantFrom(4, 6),
  state: fc.constantFrom(
    'ESTABLISHED',
    'SYN-SENT',
    'SYN-RECEIVED',
    'FIN-WAIT-1',
    'FIN-WAIT-2',
    'TIME-WAIT',
    'CLOSED',
    'CLOSE-WAIT',
    'LAST-ACK',
    'LISTEN',
    'CLOSING',
    'BOUND-INACTIVE',
    'UNCONN',
  ),
  local: endpoint,
  peer: endpoint,
  recvQueue: COUNT,
  sendQueue: COUNT,
  timer: maybe(
    fc.record({
      kind: fc.constantFrom('on', 'keepalive', 'timewait', 'persist', 'unknown'),
      expiresMs: COUNT,
      retransmits: fc.nat(255),
      probes: maybe(fc.nat(255)),
    }),
  ),
  inode: maybe(fc.constantFrom(0, 1, 2, 77)),
  cookie: maybe(fc.bigInt({ min: 0n, max: 40n })),
  netns: maybe(fc.constantFrom('web', 'net:[4026532008]')),
  owners: maybe(owners),
  tcpInfo: maybe(
    fc
      .record({ ms: COUNT, rto: COUNT, backoff: fc.nat(255), retransmits: fc.nat(255) })
      .map(({ ms, ...rest }) => info({ ...rest, last_ack_recv: ms, last_data_sent: ms, last_data_recv: ms })),
  ),
  memory: maybe(
    fc.record({
      rmemAlloc: COUNT,
      rcvbuf: COUNT,
      wmemAlloc: COUNT,
      sndbuf: COUNT,
      fwdAlloc: COUNT,
      wmemQueued: COUNT,
      optmem: COUNT,
      backlog: COUNT,
      drops: COUNT,
    }),
  ),
})

const word = fc.oneof(
  fc.constantFrom('0', '1', '2', '60', '75', '128', '40000\t40010', '1 2 3', '60999 32768'),
  fc.string({ maxLength: 9 }),
)
const NAMES = [
  'net.core.somaxconn',
  ...[
    'abort_on_overflow',
    'fin_timeout',
    'max_orphans',
    'max_tw_buckets',
    'mem',
    'orphan_retries',
    'syncookies',
    'timestamps',
    'tw_reuse',
  ].map((name) => `net.ipv4.tcp_${name}`),
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
]

const observation: fc.Arbitrary<Observation> = fc.record({
  at: fc.nat(1e9),
  rows: fc.array(row, { maxLength: 40 }),
  states: fc.oneof(fc.constant((1 << 14) - 1), fc.nat((1 << 14) - 1)),
  counters: fc.record({
    TCP: fc.record({ orphan: COUNT, mem: COUNT, tw: COUNT }),
    TcpExt: fc.record({ TCPTimeWaitOverflow: COUNT, SyncookiesSent: COUNT }),
  }),
  sysctls: fc.dictionary(fc.constantFrom(...NAMES), word),
  processes: fc.array(
    fc.record({
      pid: fc.integer({ min: 1, max: 5 }),
      command: fc.constantFrom('nginx', 'python3'),
      unit: maybe(fc.constant('app.service')),
      container: maybe(fc.constant('web 1')),
      fdCount: maybe(COUNT),
      fdLimit: maybe(COUNT),
    }),
    { maxLength: 4 },
  ),
  deadDescriptors: fc.array(fc.record({ pid: fc.integer({ min: 1, max: 5 }), fd: fc.nat(40) }), { maxLength: 20 }),
  lacks: fc.constant([]),
})

/** A history holds one of two sockets that cannot be told apart; a look that has none holds both. */
function withoutTwins(look: Observation): Observation {
  const known = new Set<string | number>()
  const rows = look.rows.filter((row) => {
    const key = keyOf(row)
    if (known.has(key)) return false
    known.add(key)
    return true
  })
  return { ...look, rows }
}

/** Every threshold at its least: what can be found is found. */
const TOUCHY = {
  closeWaitCount: 1,
  closeWaitAge: 0,
  unacceptedAge: 0,
  deadDescriptorCount: 1,
  fdShare: 0,
  finWait2Count: 1,
  finWait2Age: 0,
  stuckRetransmits: 1,
  idleAge: 0,
  idleCount: 1,
  portShare: 0,
  synRecvCount: 1,
  synRecvShare: 0,
  listenerDrops: 1,
  boundAge: 0,
}

describe('whatever a source tells', () => {
  const looks = fc.array(observation, { minLength: 1, maxLength: 4 }).map((all) => all.sort((a, b) => a.at - b.at))

  test('a look that is the only one finds the same as the first of many', () => {
    fc.assert(
      fc.property(observation.map(withoutTwins), (only) => {
        const thresholds = { ...DEFAULT_THRESHOLDS, ...TOUCHY }
        const first = diagnose(only, observe(NO_HISTORY, only), thresholds)
        expect(diagnose(only, observeOnce(only), thresholds)).toEqual(first)
      }),
    )
  })

  test('no rule throws, ids are each one finding, everything fits 80 columns, and the report keeps its schema', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const findings = diagnosed(all, TOUCHY)
        const last = all.at(-1) as Observation
        expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length)
        for (const { id, title, explanation } of findings) {
          expect(id).toMatch(/^[\w.:@[\]/-]+$/)
          expect(title).not.toBe('')
          for (const sentence of explanation) expect(sentence).toMatch(/[^.]\.$/)
        }
        const text = printFindings(findings, { now: last.at })
        // A word of a command is never cut.
        const tooWide = text.split('\n').filter((line) => columnCount(line) > 80 && !/^ {9}\S+( \\)?$/.test(line))
        expect(tooWide).toEqual([])
        expect(reportOf(findings, last).findings.length).toBe(findings.length)
        expect(schemaFaults(reportOf(findings, last))).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('the same looks give the same findings', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const copy = all.map((one) => ({ ...one }))
        expect(diagnosed(copy, TOUCHY)).toEqual(diagnosed(all, TOUCHY))
      }),
      { numRuns: 50 },
    )
  })
})

test('every rule has its own id, and says what it finds in a line', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length)
  for (const { id, about } of RULES) {
    expect(id).toMatch(/^[a-z0-9-]+$/)
    expect(about).toMatch(/^[^\n]{20,120}$/)
  }
})

test('the gravest first, then by id; colour adds nothing but colour', () => {
  const rows = [listener(8080), ...times(1000, () => served('CLOSE-WAIT', { tcpInfo: silentFor(60) }))]
  const findings = diagnosed([
    look(rows, { sysctls: { 'net.ipv4.tcp_fin_timeout': '70', 'net.ipv4.tcp_abort_on_overflow': '1' } }),
  ])
  expect(findings.map(({ severity, rule }) => [severity, rule])).toEqual([
    ['critical', 'close-wait-server'],
    ['info', 'setting-abort-on-overflow'],
    ['info', 'setting-fin-timeout'],
  ])
  const plain = printFindings(findings, { now: 0 })
  const coloured = printFindings(findings, { now: 0, colour: true })
  expect(coloured).toContain(paint(true).colour('CRITICAL', 160))
  expect(coloured.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g'), '')).toBe(plain)
})

test('a rule that the look has not the states for does not judge, and is named', () => {
  const closed = { ...look([listener(8080), ...times(20, () => served('CLOSE-WAIT', { tcpInfo: silentFor(90) }))]) }
  const partial = { ...closed, states: stateBit('CLOSE-WAIT') }
  expect(diagnose(partial, observe(NO_HISTORY, partial))).toEqual([])
  expect(unjudged(partial)).toContain('close-wait-server')
  expect(unjudged(closed)).toEqual([])
})

test('two services and two namespaces are told apart', () => {
  const leaking = (port: number, netns?: string): SocketRow[] => [
    listener(port, { netns }),
    ...times(10, () =>
      served('CLOSE-WAIT', {
        netns,
        local: { address: '10.0.0.1', port },
        owners: heldBy(4242, 'python3'),
        tcpInfo: silentFor(90),
      }),
    ),
  ]
  expect(ids([...leaking(8080), ...leaking(8081), ...leaking(8080, 'web')])).toEqual([
    'close-wait-server/python3/8080',
    'close-wait-server/python3/8081',
    'close-wait-server/web/python3/8080',
  ])
})
