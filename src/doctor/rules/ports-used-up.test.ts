import { describe, expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import { diagnosed, heldBy, ids, info, listener, look, looks, row, times } from '../looks.testing.ts'
import type { Observation } from '../types.ts'

const range = { 'net.ipv4.ip_local_port_range': '40000\t40099', 'net.ipv4.tcp_tw_reuse': '1' }
const peer = { address: '10.0.0.5', port: 443 }
const waiting = (i: number, more: Partial<SocketRow> = {}): SocketRow =>
  row('TIME-WAIT', {
    local: { address: '10.0.0.1', port: 40_000 + i },
    peer,
    timer: { kind: 'timewait', expiresMs: 30_000, retransmits: 0 },
    ...more,
  })
const ID = 'ports-used-up/10.0.0.1/10.0.0.5:443'

test.each([
  ['80 of 100 ports', times(80, (i) => waiting(i)), [ID]],
  ['79', times(79, (i) => waiting(i)), []],
  [
    'half to one service, half to another',
    times(100, (i) => waiting(i, { peer: { address: '10.0.0.5', port: 443 + (i % 2) } })),
    [],
  ],
  [
    'half from one address, half from another',
    times(100, (i) => waiting(i, { local: { address: `10.0.0.${1 + (i % 2)}`, port: 40_000 + i } })),
    [],
  ],
  [
    'open ones take ports too',
    times(90, (i) => waiting(i, { state: 'ESTABLISHED', inode: 5000 + i, owners: heldBy(77, 'java') })),
    [ID],
  ],
  [
    'ports below the range are not connect()’s',
    times(100, (i) => waiting(i, { local: { address: '10.0.0.1', port: 30_000 + i } })),
    [],
  ],
])('%s', (_what, rows, expected) => {
  expect(ids([listener(8080), ...rows], { sysctls: range })).toEqual(expected)
})

describe('ports that connect() may take over from TIME-WAIT are not taken', () => {
  const loopback = { local: { address: '127.0.0.1' }, peer: { address: '127.0.0.1', port: 8080 } }
  const local = (i: number, expiresMs: number): SocketRow =>
    waiting(i, {
      local: { address: '127.0.0.1', port: 40_000 + i },
      peer: loopback.peer,
      timer: { kind: 'timewait', expiresMs, retransmits: 0 },
    })
  const spent = times(100, (i) => local(i, 58_000))
  const open = (options: number): SocketRow[] => [
    ...times(95, (i) => waiting(i)),
    waiting(99, { state: 'ESTABLISHED', inode: 7, owners: heldBy(77, 'java'), tcpInfo: info({ options }) }),
  ]

  test.each([
    ['on loopback at 2, which is the default', spent, {}, 0],
    ['at 1', spent, { 'net.ipv4.tcp_tw_reuse': '1' }, 0],
    ['but not at 0', spent, { 'net.ipv4.tcp_tw_reuse': '0' }, 1],
    ['nor without timestamps', spent, { 'net.ipv4.tcp_timestamps': '0' }, 1],
    ['nor in their first second', times(100, (i) => local(i, 59_500)), {}, 1],
    ['of another host, at 1, if it has timestamps', open(7), { 'net.ipv4.tcp_tw_reuse': '1' }, 0],
    ['but not if it has none', open(6), { 'net.ipv4.tcp_tw_reuse': '1' }, 1],
    ['nor at 2', open(7), {}, 1],
  ])('%s', (_what, rows, sysctls, count) => {
    const settings = { ...range, 'net.ipv4.tcp_tw_reuse': '2', ...sysctls }
    expect(ids(rows, { sysctls: settings }).filter((id) => id.startsWith('ports-used-up/'))).toHaveLength(count)
  })
})

test('reserved ports are not there to be used', () => {
  const sysctls = { ...range, 'net.ipv4.ip_local_reserved_ports': '40050-40099' }
  expect(
    ids(
      times(40, (i) => waiting(i)),
      { sysctls },
    ),
  ).toEqual([ID])
  expect(
    ids(
      times(39, (i) => waiting(i)),
      { sysctls },
    ),
  ).toEqual([])
})

test('thousands in TIME-WAIT on a server take no port of it', () => {
  const rows = times(50_000, (i) => row('TIME-WAIT', { peer: { address: '10.0.0.9', port: 1024 + (i % 60_000) } }))
  expect(ids([listener(8080), ...rows])).toEqual([])
})

test('how soon, who closes first, and the setting that helps', () => {
  const sysctls = { ...range, 'net.ipv4.tcp_tw_reuse': '2' }
  const all = times(100, (i) => waiting(i))
  const [finding] = diagnosed(
    looks(
      2,
      60,
      (i) => [listener(8080), ...all.slice(0, 80 + 10 * i)],
      () => ({ sysctls }),
    ),
  )
  expect(finding).toMatchObject({
    severity: 'warning',
    growthPerMinute: 10,
    owner: { kind: 'nobody', reason: 'time-wait' },
  })
  expect(finding?.evidence).toContainEqual({ name: 'used up in', value: 1, unit: 'min' })
  expect(finding?.evidence).toContainEqual({
    name: 'closes first',
    value: 'this side: the TIME-WAIT is here',
    unit: '',
  })
  expect(finding?.remedies.flatMap(({ commands }) => commands)).toEqual([
    'sysctl -w net.ipv4.tcp_tw_reuse=1',
    'sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
  ])
  expect(diagnosed([look(all.slice(0, 95), { sysctls })])[0]?.severity).toBe('critical')
})

test('who has used them up is known to one who has looked before', () => {
  const spent = (count: number): SocketRow[] => times(count, (i) => waiting(i))
  const open = waiting(99, { state: 'ESTABLISHED', inode: 7, owners: heldBy(77, 'java') })
  const at = (seconds: number, rows: readonly SocketRow[]): Observation => ({
    ...look(rows, { sysctls: range }),
    at: (3600 + seconds) * SECOND,
  })
  const owner = (...all: readonly Observation[]): unknown => diagnosed(all)[0]?.owner
  const nobody = { kind: 'nobody', reason: 'time-wait' }
  const java = { kind: 'processes', processes: [{ pid: 77, command: 'java' }] }
  expect(owner(at(0, spent(99)))).toEqual(nobody)
  expect(owner(at(0, [...spent(50), open]), at(5, spent(99)))).toEqual(java)
  expect(owner(at(0, [...spent(50), open]), at(100, spent(99)))).toEqual(nobody)
})
