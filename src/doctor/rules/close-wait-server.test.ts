import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../../inspect/index.ts'
import {
  diagnosed,
  drops,
  heldBy,
  ids,
  listener,
  look,
  looks,
  row,
  served,
  silentFor,
  times,
} from '../looks.testing.ts'

const left = (seconds: number, more: Partial<SocketRow> = {}): SocketRow =>
  served('CLOSE-WAIT', { tcpInfo: silentFor(seconds), ...more })
const server = listener(8080)
const ID = 'close-wait-server/python3/8080'

describe('a leak on the server side:', () => {
  test.each([
    ['ten that have stood for a minute', times(10, () => left(60)), [ID]],
    ['nine are a few half-closes', times(9, () => left(60)), []],
    ['ten that have stood for 59 s may yet be closed', times(10, () => left(59)), []],
    ['old and young ones: the young do not count', [...times(9, () => left(600)), ...times(500, () => left(1))], []],
    [
      'a stream that goes on after the half-close',
      times(50, () => left(600, { tcpInfo: silentFor(600, { last_data_sent: 9_000 }) })),
      [],
    ],
    ['none read, all read, some unread', times(12, (i) => left(90, { recvQueue: i })), [ID]],
    ['not accepted, so no process has forgotten it', times(50, () => left(90, { inode: 0, owners: [] })), []],
    [
      'an owner that cannot be seen',
      times(10, () => left(60, { owners: undefined })),
      ['close-wait-server/unknown/8080'],
    ],
  ])('%s', (_what, rows, expected) => {
    expect(ids([server, ...rows])).toEqual(expected)
  })

  test('a relay that passes half-closes on holds as many in FIN-WAIT-2', () => {
    const upstream = times(30, () =>
      row('FIN-WAIT-2', {
        owners: heldBy(4242, 'python3'),
        local: { address: '10.0.0.1', port: 40_001 },
        peer: { address: '10.0.0.7', port: 25 },
        tcpInfo: silentFor(10),
      }),
    )
    expect(ids([server, ...upstream, ...times(39, () => left(600))])).toEqual([])
    expect(ids([server, ...upstream, ...times(40, () => left(600))])).toEqual([ID])
  })

  test('large numbers are grouped wherever they stand', () => {
    const [finding] = diagnosed([look([server, ...times(12_000, () => left(90, { recvQueue: 1 }))])])
    const said = finding?.evidence.map(({ value }) => value)
    expect(said).toContain('12,000 at 1')
    expect(said).toContain('10.0.0.9 (12,000)')
  })

  test('workers of one server are one server, and all are named', () => {
    const rows = times(12, (i) => left(60, { owners: heldBy(100 + (i % 4), 'gunicorn') }))
    const [finding] = diagnosed([look([listener(8080), ...rows])])
    expect(finding).toMatchObject({
      id: 'close-wait-server/gunicorn/8080',
      title: expect.stringContaining('4 processes'),
    })
  })
})

test('a multipath connection leaks like any other, and only its program ends it', () => {
  const rows = [listener(8080), ...times(12, () => served('CLOSE-WAIT', { netid: 'mptcp', tcpInfo: silentFor(90) }))]
  const [finding] = diagnosed([look(rows)])
  expect(finding?.id).toBe('close-wait-server/python3/8080')
  expect(finding?.evidence).toContainEqual({
    name: 'of them MPTCP, ESTABLISHED to ss -t (ss -M)',
    value: 12,
    unit: 'sockets',
  })
  expect(finding?.remedies.map(({ gentleness }) => gentleness)).toEqual(['code', 'kill'])
})

describe('connections in the hands of another program than the one that listens:', () => {
  const rows = times(12, () => left(60, { owners: heldBy(500, 'sleep') }))

  test('it has inherited them, and no line of its own leaks', () => {
    const [finding] = diagnosed([look([server, ...rows])])
    expect(finding?.id).toBe('close-wait-server/sleep/8080')
    expect(finding?.evidence).toContainEqual({
      name: 'the listener is held by',
      value: 'python3 (pid 4242)',
      unit: '',
    })
    expect(finding?.explanation[0]).toBe(
      'python3 (pid 4242) accepted these connections and has closed its own descriptors of them, and sleep (pid 500) holds them still.',
    )
    expect(finding?.remedies[0]).toMatchObject({ gentleness: 'code', commands: [] })
  })

  test.each([
    ['a worker of another name and the same executable', listener(8080), 'worker'],
    ['one for whom systemd listens', listener(8080, { owners: heldBy(1, 'systemd') }), 'sleep'],
    ['one whose server is not visible', listener(8080, { owners: undefined }), 'sleep'],
  ])('%s leaks by itself', (_what, listening, command) => {
    const processes = [
      { pid: 4242, command: 'python3', executable: '/usr/bin/python3' },
      { pid: 500, command, executable: command === 'worker' ? '/usr/bin/python3' : '/usr/bin/sleep' },
    ]
    const held = rows.map((one) => ({ ...one, owners: heldBy(500, command) }))
    const [finding] = diagnosed([look([listening, ...held], { processes })])
    expect(finding?.explanation[1]).toContain('forgot to close')
  })
})

test('the finding tells how many, since when, from whom, and which command ends them', () => {
  const rows = times(40, (i) => left(60 + i, { peer: { address: i < 30 ? '10.0.0.9' : '10.0.0.8', port: 50_000 + i } }))
  const facts = { pid: 4242, command: 'python3', user: 'www', unit: 'app.service', fdCount: 60, fdLimit: 1024 }
  const observation = look([server, ...rows], { processes: [facts] })
  const [finding] = diagnosed([observation])
  expect(finding).toMatchObject({
    title: 'python3 (pid 4242) leaks 40 connections in CLOSE-WAIT on port 8080',
    severity: 'warning',
    owner: { kind: 'processes', processes: [facts] },
    since: { at: observation.at - 99_000_000, precision: 'bound' },
    growthPerMinute: undefined,
    myth: 'close-wait-is-peer',
  })
  expect(finding?.evidence).toContainEqual({ name: 'top peers', value: '10.0.0.9 (30), 10.0.0.8 (10)', unit: '' })
  expect(finding?.evidence).toContainEqual({ name: 'Recv-Q', value: '40 at 0', unit: '' })
  expect(finding?.cookies.length).toBe(40)
  expect(finding?.remedies.map(({ gentleness, commands }) => [gentleness, ...commands])).toEqual([
    ['code', 'lastack code 4242'],
    ['shutdown', `lastack heal ${ID} --how shutdown`],
    ['destroy', `lastack heal ${ID} --how destroy`, 'ss -tK state close-wait sport = :8080'],
    ['restart', 'systemctl restart app.service'],
  ])
})

test.each([
  [0, 'forgot to close', false],
  [1, 'no longer looks', false],
  [5000, 'stopped reading', true],
])('Recv-Q %d: %s', (recvQueue, words, resets) => {
  const [finding] = diagnosed([look([server, ...times(10, () => left(60, { recvQueue }))])])
  expect(finding?.explanation[1]).toContain(words)
  const shutdown = finding?.remedies.find(({ gentleness }) => gentleness === 'shutdown')
  expect(shutdown?.cost.includes('resets the peer')).toBe(resets)
})

test.each([
  [0, 15, 25, 'no longer looks'],
  [5, 15, 20, 'no longer looks'],
  [5, 20, 15, 'stopped reading'],
  [15, 5, 15, 'forgot to close'],
])('of %d with nothing to read, %d with data and %d at their end most count: %s', (empty, data, atEnd, words) => {
  const rows = [
    ...times(empty, () => left(60)),
    ...times(data, () => left(60, { recvQueue: 5000 })),
    ...times(atEnd, () => left(60, { recvQueue: 1 })),
  ]
  const [finding] = diagnosed([look([server, ...rows])])
  expect(finding?.explanation[1]).toContain(words)
})

test('who has still something to send has not forgotten the connection', () => {
  expect(diagnosed([look([server, ...times(40, () => left(60, { sendQueue: 1 }))])]).map(({ id }) => id)).not.toContain(
    ID,
  )
})

describe('with a history', () => {
  test('descriptors that end within the hour are grave, those that last longer are not', () => {
    const severity = (fdLimit: number): string | undefined => {
      const all = times(200, () => left(300))
      const seen = looks(
        7,
        10,
        (i) => [server, ...all.slice(0, 20 + 10 * i)],
        () => ({ processes: [{ pid: 4242, command: 'python3', fdCount: 100, fdLimit }] }),
      )
      return diagnosed(seen)[0]?.severity
    }
    expect([severity(100 + 60 * 60), severity(100 + 61 * 60)]).toEqual(['critical', 'warning'])
  })

  test('what drains too slowly is a leak all the same', () => {
    const all = times(1000, () => left(300))
    const [finding] = diagnosed(looks(3, 10, (i) => [server, ...all.slice(i)]))
    expect(finding?.id).toBe(ID)
  })

  test('a leak grows, and its descriptors end within the hour', () => {
    const all = times(200, () => left(300))
    const seen = looks(
      7,
      10,
      (i) => [server, ...all.slice(0, 20 + 10 * i)],
      (i) => ({
        processes: [{ pid: 4242, command: 'python3', fdCount: 30 + 10 * i, fdLimit: 1024 }],
      }),
    )
    const [finding] = diagnosed(seen)
    expect(finding).toMatchObject({ id: ID, growthPerMinute: 60, severity: 'critical' })
    expect(finding?.evidence).toContainEqual({ name: 'limit reached in', value: 16, unit: 'min' })
  })

  test('a burst that drains is none', () => {
    const all = times(1000, () => left(300))
    expect(diagnosed(looks(6, 10, (i) => [server, ...all.slice(100 * i)]))).toEqual([])
  })

  test('a server that closes late, but closes, is none', () => {
    const all = times(400, () => left(0))
    const aged = (i: number): SocketRow[] =>
      all.slice(i, i + 120).map((one, k) => ({ ...one, tcpInfo: silentFor((120 - k) * 1) }))
    expect(diagnosed(looks(180, 1, (i) => [server, ...aged(i)]))).toEqual([])
  })

  test('since when is exact for what came between two looks, and Recv-Q without TCP_INFO is enough', () => {
    const rows = times(10, () => left(0, { tcpInfo: undefined }))
    const seen = looks(9, 10, (i) => [server, ...(i === 0 ? [] : rows)])
    expect(diagnosed(seen.slice(0, 7))).toEqual([])
    expect(diagnosed(seen)[0]).toMatchObject({ id: ID, since: { at: seen[1]?.at, precision: 'exact' } })
  })
})

test('a thousand are critical', () => {
  const [finding] = diagnosed([look([{ ...server, memory: drops(0) }, ...times(1000, () => left(61))])])
  expect(finding?.severity).toBe('critical')
})
