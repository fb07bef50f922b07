import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import { type TimeWaitFields, TimeWaitTable } from './table.ts'

/** An entry whose tuple is made of `n`, with something recognisable in every other field. */
function fields(n: number, over: Partial<TimeWaitFields> = {}): TimeWaitFields {
  return {
    remote: { w0: 0x20010db8, w1: n % 7, w2: -1 - n, w3: Math.imul(n, 0x9e3779b1) },
    remotePort: n & 0xffff,
    local: n % 5,
    localPort: 0xffff - (n & 0xfff),
    conn: n,
    sndNxt: -n | 0,
    rcvNxt: n + 7,
    windowField: n & 0xffff,
    windowScale: n % 15,
    timestamps: n % 2 === 0,
    tsRecent: n * 3,
    tsRecentAt: 0,
    reuseAddress: n % 3 === 0,
    reusePort: n % 4 === 0,
    v6only: n % 7 === 0,
    autobound: n % 5 === 0,
    ...over,
  }
}

function find(table: TimeWaitTable, f: TimeWaitFields): number {
  const { w0, w1, w2, w3 } = f.remote
  return table.find(w0 | 0, w1 | 0, w2 | 0, w3 | 0, (f.localPort << 16) | f.remotePort, f.local)
}

test('an entry gives back what it was made of', () => {
  const table = new TimeWaitTable(1)
  for (const n of [0, 1, 59, 60, 65_535, 2 ** 31 - 1]) {
    const f = fields(n, { tsRecentAt: 90 * SECOND })
    const record = table.add(100 * SECOND + 123_456, 60 * SECOND, f)
    expect(find(table, f)).toBe(record)
    expect({
      remotePort: table.remotePort(record),
      local: table.local(record),
      localPort: table.localPort(record),
      conn: table.conn(record),
      sndNxt: table.sndNxt(record),
      rcvNxt: table.rcvNxt(record),
      windowField: table.windowField(record),
      windowScale: table.windowScale(record),
      timestamps: table.timestamps(record),
      tsRecent: table.tsRecent(record),
      reuseAddress: table.reuseAddress(record),
      reusePort: table.reusePort(record),
      v6only: table.v6only(record),
      autobound: table.autobound(record),
    }).toEqual({
      remotePort: f.remotePort,
      local: f.local,
      localPort: f.localPort,
      conn: f.conn,
      sndNxt: f.sndNxt,
      rcvNxt: f.rcvNxt | 0,
      windowField: f.windowField,
      windowScale: f.windowScale,
      timestamps: f.timestamps,
      tsRecent: f.tsRecent | 0,
      reuseAddress: f.reuseAddress,
      reusePort: f.reusePort,
      v6only: f.v6only,
      autobound: f.autobound,
    })
    expect([0, 1, 2, 3].map((i) => table.remoteWord(record, i))).toEqual(
      [f.remote.w0, f.remote.w1, f.remote.w2, f.remote.w3].map((word) => word | 0),
    )
    expect(table.expiresAt(record)).toBe(160 * SECOND + 123_456)
    expect(table.startedAt(record)).toBe(100 * SECOND + 123_456)
    expect(table.tsRecentAt(record)).toBe(90 * SECOND + 123_456)
  }
})

test('a newer timestamp is remembered with its age, half a minute at most', () => {
  const table = new TimeWaitTable(1)
  const record = table.add(1000 * SECOND, 60 * SECOND, fields(1, { tsRecentAt: 1000 * SECOND }))
  table.setTsRecent(record, 77)
  table.setTsRecentAt(record, 970 * SECOND)
  expect([table.tsRecent(record), table.tsRecentAt(record)]).toEqual([77, 970 * SECOND])
  table.setTsRecentAt(record, 5 * SECOND)
  expect(table.tsRecentAt(record)).toBe(969 * SECOND)
  table.setTsRecentAt(record, 1010 * SECOND)
  expect(table.tsRecentAt(record)).toBe(1000 * SECOND)
})

test('restarting moves an entry behind those that came after it', () => {
  const table = new TimeWaitTable(1)
  const [a, b, c] = [0, 1, 2].map((n) => table.add(n * SECOND, 60 * SECOND, fields(n)))
  table.restart(a as number, 10 * SECOND)
  expect(table.nextDeadline()).toBe(61 * SECOND)
  expect(table.due(60 * SECOND)).toBe(-1)
  const order: number[] = []
  for (let record = table.due(80 * SECOND); record >= 0; record = table.due(80 * SECOND)) {
    order.push(record)
    table.remove(record)
  }
  expect(order).toEqual([b, c, a])
  expect(table.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
})

test('several durations at once expire in the order of their times', () => {
  const table = new TimeWaitTable(1)
  const slow = table.add(0, 240 * SECOND, fields(0))
  const quick = table.add(SECOND, 30 * SECOND, fields(1))
  expect(table.nextDeadline()).toBe(31 * SECOND)
  expect(table.due(31 * SECOND)).toBe(quick)
  table.remove(quick)
  expect(table.nextDeadline()).toBe(240 * SECOND)
  expect(table.due(240 * SECOND)).toBe(slow)
})

test('more durations than lanes: the nearest one serves', () => {
  const table = new TimeWaitTable(1)
  for (let n = 0; n < 16; n++) table.add(0, (n + 1) * SECOND, fields(n))
  const record = table.add(0, 99 * SECOND, fields(99))
  expect(table.expiresAt(record)).toBe(16 * SECOND)
})

test('times stay exact where milliseconds wrap 32 bits, and after years without a look', () => {
  const table = new TimeWaitTable(1)
  const wrap = 2 ** 32 * 1000
  const first = table.add(wrap - 61 * SECOND, 60 * SECOND, fields(1))
  const second = table.add(wrap - 59 * SECOND, 60 * SECOND, fields(2))
  expect([table.expiresAt(first), table.expiresAt(second)]).toEqual([wrap - SECOND, wrap + SECOND])
  expect(table.due(wrap * 100)).toBe(first)
  table.remove(first)
  expect(table.nextDeadline()).toBe(wrap + SECOND)
})

describe('against a Map', () => {
  const operation = fc.record({
    what: fc.constantFrom('add', 'add', 'add', 'remove', 'restart', 'pass'),
    key: fc.nat(60),
    step: fc.nat(20_000_000),
  })

  test('any sequence of insertions, removals, restarts and expiries', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400 }), fc.integer(), (operations, seed) => {
        const table = new TimeWaitTable(seed)
        const model = new Map<number, number>()
        let now = 0
        for (const { what, key, step } of operations) {
          const f = fields(key)
          const record = find(table, f)
          expect(record >= 0).toBe(model.has(key))
          if (what === 'pass') {
            now += step
            expire(table, model, now)
          } else if (what === 'add' && record < 0) {
            table.add(now, 60 * SECOND, f)
            model.set(key, now + 60 * SECOND)
          } else if (what === 'remove' && record >= 0) {
            table.remove(record)
            model.delete(key)
          } else if (what === 'restart' && record >= 0) {
            table.restart(record, now)
            model.set(key, now + 60 * SECOND)
          }
          expect(table.size).toBe(model.size)
        }
        for (const [key, expiry] of model) expect(table.expiresAt(find(table, fields(key)))).toBe(expiry)
        expect(table.nextDeadline()).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.values()))
      }),
      { numRuns: 200 },
    )
  })

  function expire(table: TimeWaitTable, model: Map<number, number>, now: number): void {
    let last = 0
    for (let record = table.due(now); record >= 0; record = table.due(now)) {
      const key = table.conn(record)
      expect(table.expiresAt(record)).toBe(model.get(key))
      expect(table.expiresAt(record)).toBeGreaterThanOrEqual(last)
      last = table.expiresAt(record)
      table.remove(record)
      model.delete(key)
    }
    for (const expiry of model.values()) expect(expiry).toBeGreaterThan(now)
  }
})

test('a million entries take at most 64 octets each, and give them back', () => {
  const COUNT = 1_000_000
  const table = new TimeWaitTable(42)
  for (let n = 0; n < COUNT; n++) table.add(n, 60 * SECOND, fields(n))
  expect(table.size).toBe(COUNT)
  expect(table.octets / COUNT).toBeLessThanOrEqual(64)
  for (const n of [0, 1, 511, 512, 999_999]) expect(table.conn(find(table, fields(n)))).toBe(n)
  expect(find(table, fields(COUNT))).toBe(-1)
  let left = COUNT
  for (let record = table.due(61 * SECOND); record >= 0; record = table.due(61 * SECOND)) {
    table.remove(record)
    left--
  }
  expect([left, table.size]).toEqual([0, 0])
  // What stays is the directory of pages, one page and the smallest hash.
  expect(table.octets).toBeLessThan(COUNT / 8)
})
