import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { row } from '../rows.testing.ts'
import type { SocketRow } from '../socket-row.ts'
import { type StreamedRow, TIMER_SLACK_MS } from './model.ts'
import { OctetReader, OctetWriter } from './octets.ts'
import { RowStreamReader } from './read.ts'
import { RowStreamWriter } from './write.ts'

/** A reader's table, and what it was told last. */
class Table {
  readonly rows = new Map<number, StreamedRow>()
  readonly told: string[] = []
  private readonly reader = new RowStreamReader({
    begin: () => this.rows.clear(),
    put: (slot, one) => {
      this.rows.set(slot, one)
      this.told.push('put')
    },
    changed: (_slot, one, before) => {
      this.told.push(before.state === one.state ? 'changed' : `${before.state} to ${one.state}`)
    },
    removed: (slot) => {
      this.told.push(this.rows.delete(slot) ? 'removed' : 'removed twice')
    },
  })

  read(octets: Uint8Array, at: number): readonly string[] {
    this.told.length = 0
    this.reader.read(octets, at)
    return this.told
  }
}

/** A row as the reader should have it. */
function streamed(one: SocketRow, at: number): StreamedRow {
  const { source: _source, timer, tcpInfo: _info, ...rest } = one
  if (timer === undefined) return rest
  return { ...rest, timer: { kind: timer.kind, retransmits: timer.retransmits, expiresAt: at + timer.expiresMs } }
}

const node = { pid: 42, command: 'node', fd: 23 }

describe('a table from reading to reading', () => {
  test('is told once, and then by what changes', () => {
    const [writer, table] = [new RowStreamWriter(), new Table()]
    const listener = row({ state: 'LISTEN', localEnd: '0.0.0.0:80', cookie: 1n })
    const connection = row({ localEnd: '10.0.0.1:80', peerEnd: '10.0.0.2:9', cookie: 2n ** 40n, owners: [node] })
    expect(table.read(writer.write([listener, connection], 0), 0)).toEqual(['put', 'put'])
    const still = writer.write([connection, listener], 1000)
    expect(still.length).toBeLessThan(8)
    expect(table.read(still, 1000)).toEqual([])
    const closed: SocketRow = { ...connection, state: 'CLOSE-WAIT', recvQueue: 1 }
    expect(table.read(writer.write([listener, closed], 2000), 2000)).toEqual(['ESTABLISHED to CLOSE-WAIT'])
    expect([...table.rows.values()]).toEqual([streamed(listener, 0), streamed(closed, 0)])
    expect(table.read(writer.write([listener], 3000), 3000)).toEqual(['removed'])
  })

  test('a timer that counts down is not told again; one that is set anew is', () => {
    const [writer, table] = [new RowStreamWriter(), new Table()]
    const waiting = (expiresMs: number): SocketRow =>
      row({ state: 'TIME-WAIT', cookie: 7n, timer: { kind: 'timewait', expiresMs, retransmits: 0 } })
    table.read(writer.write([waiting(60_000)], 0), 0)
    expect(table.read(writer.write([waiting(59_000)], 1000), 1000)).toEqual([])
    expect(table.read(writer.write([waiting(58_000 + TIMER_SLACK_MS)], 2000), 2000)).toEqual([])
    expect(table.read(writer.write([waiting(60_000)], 3000), 3000)).toEqual(['changed'])
    expect([...table.rows.values()][0]?.timer?.expiresAt).toBe(63_000)
  })

  test('an age is told with the row, and to who comes later as it is then', () => {
    const [writer, table, late] = [new RowStreamWriter(), new Table(), new Table()]
    const rows = [row({ state: 'CLOSE-WAIT', cookie: 1n }), row({ state: 'LISTEN', cookie: 2n })]
    const ageOf =
      (ms: number) =>
      ({ state }: SocketRow): number | undefined =>
        state === 'LISTEN' ? undefined : ms
    const agesOf = ({ rows: known }: Table): unknown[] => [...known.values()].map(({ ageMs }) => ageMs)
    table.read(writer.write(rows, 0, ageOf(5000)), 0)
    expect(table.read(writer.write(rows, 1000, ageOf(6000.4)), 1000)).toEqual([])
    late.read(writer.whole(), 1000)
    expect([agesOf(table), agesOf(late)]).toEqual([
      [5000, undefined],
      [6000, undefined],
    ])
  })

  test('each field of its memory is told when it changes', () => {
    const none = { rmemAlloc: 0, rcvbuf: 0, wmemAlloc: 0, sndbuf: 0, fwdAlloc: 0, wmemQueued: 0, optmem: 0 }
    const memory = { ...none, backlog: 0, drops: 0 }
    const told = Object.keys(memory).filter((name) => {
      const [writer, table] = [new RowStreamWriter(), new Table()]
      table.read(writer.write([row({ cookie: 1n, memory })], 0), 0)
      table.read(writer.write([row({ cookie: 1n, memory: { ...memory, [name]: 1 } })], 1), 1)
      return table.told.length === 1
    })
    expect(told).toEqual(Object.keys(memory))
  })

  test('listeners that nothing tells apart are rows of their own', () => {
    const [writer, table] = [new RowStreamWriter(), new Table()]
    const twin = row({ state: 'LISTEN', localEnd: '0.0.0.0:80', cookie: undefined })
    table.read(writer.write([twin, twin], 0), 0)
    expect(table.rows.size).toBe(2)
    expect(table.read(writer.write([twin, twin], 1), 1)).toEqual([])
    expect(table.read(writer.write([twin], 2), 2)).toEqual(['removed'])
  })

  test('whatever happens to the rows, and whenever a second reader comes, both have the table', () => {
    const rows = fc.uniqueArray(anyRow(), { selector: ({ cookie }) => cookie, maxLength: 8 })
    const tables = fc.array(fc.tuple(rows, fc.boolean()), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(tables, (readings) => {
        const [writer, first] = [new RowStreamWriter(), new Table()]
        let late = new Table()
        for (const [second, [reading, joins]] of readings.entries()) {
          const at = second * 1000
          const message = writer.write(reading, at)
          first.read(message, at)
          if (joins || second === 0) {
            late = new Table()
            late.read(writer.whole(), at)
          } else late.read(message, at)
          const expected = reading.map((one) => streamed(one, at))
          expect(sorted(first)).toEqual(expected.sort(byCookie))
          expect(sorted(late)).toEqual(sorted(first))
        }
      }),
    )
  })

  test('a message that is not the next one is refused', () => {
    const writer = new RowStreamWriter()
    const one = row({ cookie: 1n })
    writer.write([one], 0)
    const change = writer.write([{ ...one, recvQueue: 5 }], 1)
    expect(() => new Table().read(change, 1)).toThrow(new RangeError('row 0 of a table was never told'))
    expect(() => new Table().read(change.subarray(0, 4), 1)).toThrow(RangeError)
  })
})

function byCookie(a: StreamedRow, b: StreamedRow): number {
  return Number((a.cookie ?? 0n) - (b.cookie ?? 0n))
}

function sorted(table: Table): StreamedRow[] {
  return [...table.rows.values()].sort(byCookie)
}

/** Rows of few identities, so that the same one comes again and again; timers are none, or set at every reading. */
function anyRow(): fc.Arbitrary<SocketRow> {
  const owner = fc.record({
    pid: fc.constantFrom(1, 42),
    command: fc.constantFrom('nginx', 'prüfer'),
    fd: fc.nat({ max: 5 }),
  })
  return fc
    .record({
      cookie: fc.bigInt({ min: 1n, max: 6n }),
      state: fc.constantFrom('ESTABLISHED' as const, 'CLOSE-WAIT' as const, 'TIME-WAIT' as const),
      recvQueue: fc.constantFrom(0, 1, 2 ** 33),
      inode: fc.constantFrom(0, 5),
      owners: fc.option(fc.array(owner, { maxLength: 2 }), { nil: undefined }),
      netns: fc.option(fc.constantFrom('blue'), { nil: undefined }),
      peerEnd: fc.constantFrom('10.0.0.2:9', '10.0.0.3:65535'),
    })
    .map((fields) => row({ localEnd: '10.0.0.1:80', ...fields }))
}

describe('octets', () => {
  test('numbers and texts come back as they went', () => {
    const numbers = fc.array(fc.nat({ max: Number.MAX_SAFE_INTEGER }))
    fc.assert(
      fc.property(numbers, fc.array(fc.string({ unit: 'grapheme' })), (values, texts) => {
        const out = new OctetWriter()
        for (const value of values) out.number(value)
        for (const text of texts) out.text(text)
        const input = new OctetReader(out.take())
        expect(values.map(() => input.number())).toEqual(values)
        expect(texts.map(() => input.text())).toEqual(texts)
        expect(() => input.number()).toThrow(RangeError)
      }),
    )
  })
})
