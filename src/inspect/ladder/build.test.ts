import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { State } from '../../tcp/index.ts'
import type { TraceEvent } from '../../trace/index.ts'
import { buildLadder } from './build.ts'
import { layoutRows } from './rows.ts'
import { TraceScript } from './trace.testing.ts'
import { segmentTexts } from './words.ts'

const HOSTS = { hosts: ['client', 'server'] } as const
const texts = (events: readonly TraceEvent[], options = {}): string[] =>
  buildLadder(events, { ...HOSTS, ...options }).flights.map((flight) => segmentTexts(flight)[1] as string)

describe('sequence numbers', () => {
  test('count from the SYN of each side', () => {
    expect(texts(new TraceScript().handshake(0).events)).toEqual([
      'SYN seq 0',
      'SYN,ACK seq 0 ack 1',
      'ACK seq 1 ack 1',
    ])
  })

  test('count from the first octet seen when the SYN was not', () => {
    const trace = new TraceScript()
      .send(0, 0, 'ACK', { seq: 500, ack: 900, length: 10 })
      .send(20, 1, 'ACK', { seq: 900, ack: 510 })
    expect(texts(trace.events)).toEqual(['ACK seq 1 ack 1 len 10', 'ACK seq 1 ack 11'])
  })

  test('wrap with the sequence space', () => {
    const trace = new TraceScript()
      .send(0, 0, 'SYN', { seq: 0xffffffff - 1000 })
      .send(20, 0, 'ACK', { seq: 0xffffffff - 1000 + 5, ack: 0, length: 10 })
    expect(texts(trace.events)).toEqual(['SYN seq 0', 'ACK seq 5 ack 1 len 10'])
  })

  test('begin anew with a new incarnation', () => {
    const trace = new TraceScript()
      .handshake(0)
      .send(100, 0, 'SYN', { seq: 70_000 })
      .send(120, 1, 'SYN,ACK', { seq: 90_000, ack: 70_001 })
    expect(texts(trace.events).slice(3)).toEqual(['SYN seq 0', 'SYN,ACK seq 0 ack 1'])
  })

  test('a RST without a number is not taken for a beginning', () => {
    const trace = new TraceScript().send(0, 0, 'SYN', { seq: 0 })
    trace.events.push({
      ...(trace.events[0] as Extract<TraceEvent, { kind: 'segment' }>),
      ...{ time: 20_000, host: 1, conn: 0, packet: 9, localPort: 80, remotePort: 40_001, seq: 0, ack: 1001, flags: 20 },
    })
    expect(texts(trace.events)).toEqual(['SYN seq 0', 'RST,ACK seq 0 ack 1'])
  })

  test('the SYN,ACK of a simultaneous open repeats nothing', () => {
    const trace = new TraceScript().send(0, 0, 'SYN', { seq: 0 }).send(0, 1, 'SYN', { seq: 0 })
    trace
      .send(10, 0, 'SYN,ACK', { seq: 0, ack: 1, again: true })
      .send(500, 0, 'SYN,ACK', { seq: 0, ack: 1, again: true })
    const { flights } = buildLadder(trace.events, HOSTS)
    expect(flights.map((flight) => flight.segment.transmission)).toEqual([1, 1, 1, 2])
  })

  test('repeats are counted', () => {
    const trace = new TraceScript()
      .send(0, 0, 'SYN', { seq: 0 })
      .send(1000, 0, 'SYN', { seq: 0, again: true })
      .send(3000, 0, 'SYN', { seq: 0, again: true })
      .send(4000, 0, 'ACK', { seq: 1, ack: 1, length: 5, again: true })
      .send(5000, 0, 'ACK', { seq: 6, ack: 1 })
      .send(6000, 0, 'ACK', { seq: 6, ack: 1 })
    const { flights } = buildLadder(trace.events, HOSTS)
    expect(flights.map((flight) => flight.segment.transmission)).toEqual([1, 2, 3, 2, 1, 1])
  })

  test('an octet that asks whether the other end lives is no repeat', () => {
    const probe = { seq: 5, ack: 1, length: 1 }
    const trace = new TraceScript().send(0, 0, 'ACK', probe).send(9000, 0, 'ACK', probe)
    const { flights } = buildLadder(trace.events, HOSTS)
    expect(flights.map((flight) => flight.segment.transmission)).toEqual([1, 1])
  })
})

describe('conversations', () => {
  const two = (): TraceScript =>
    new TraceScript()
      .state(0, 1, 'CLOSED', 'LISTEN')
      .connection([1, 20], [40_001, 80])
      .handshake(0)
      .connection([2, 21], [40_002, 80])
      .handshake(50)
      .connection([1, 20], [40_001, 80])
      .send(100, 0, 'ACK', { seq: 1, ack: 1, length: 7 })

  test('are told apart, whichever number each host has for them', () => {
    const ladder = buildLadder(two().events, HOSTS)
    expect(ladder.conversations.map(({ ports, clientPort }) => [...ports, clientPort])).toEqual([
      [40_001, 80, 40_001],
      [40_002, 80, 40_002],
    ])
    expect(ladder.flights.map((flight) => flight.conversation)).toEqual([0, 0, 0, 1, 1, 1, 0])
  })

  test('one can be chosen from either end; listeners and what has no connection stay', () => {
    const { events } = two()
    for (const connection of [
      { host: 0, conn: 2 },
      { host: 1, conn: 21 },
    ]) {
      const ladder = buildLadder(events, { ...HOSTS, connection })
      expect(ladder.conversations).toHaveLength(1)
      expect(ladder.flights).toHaveLength(3)
      expect(ladder.marks.filter((mark) => mark.kind === 'state')).toHaveLength(1 + 4)
    }
    expect(buildLadder(events, { ...HOSTS, connection: { host: 0, conn: 99 } }).flights).toEqual([])
  })

  test('a listener that sees every SYN does not join them', () => {
    const trace = new TraceScript().connection([1, 7], [40_001, 80]).state(0, 1, 'CLOSED', 'LISTEN').handshake(0)
    trace.connection([2, 7], [40_002, 80]).send(50, 0, 'SYN', { seq: 0 })
    expect(buildLadder(trace.events, HOSTS).conversations).toHaveLength(2)
  })
})

describe('what the source saw', () => {
  test('a capture at one host: arrivals elsewhere are unseen, not lost', () => {
    const { events } = new TraceScript().handshake(0)
    const atClient = events.filter((event) => event.host === 0)
    const { flights } = buildLadder(atClient, HOSTS)
    expect(flights.map((flight) => [flight.from, flight.fate])).toEqual([
      [0, 'unseen'],
      [1, 'arrived'],
      [0, 'unseen'],
    ])
  })

  test('packets without numbers are recognised by their contents', () => {
    const { events } = new TraceScript().handshake(0)
    const anonymous = events.map((event) => (event.kind === 'segment' ? { ...event, packet: 0 } : event))
    const { flights } = buildLadder(anonymous, HOSTS)
    expect(flights.map((flight) => flight.fate)).toEqual(['arrived', 'arrived', 'arrived'])
  })

  test('other hosts and their packets are left out; any two can be drawn', () => {
    const { events } = new TraceScript().handshake(0)
    const shifted = events.map((event) => ({ ...event, host: event.host + 1 }))
    const options = { hosts: ['box', 'a', 'b'] }
    expect(buildLadder(shifted, options).flights).toEqual([])
    const ladder = buildLadder(shifted, { ...options, lanes: [2, 1] })
    expect(ladder.hosts).toEqual(['b', 'a'])
    expect(ladder.flights.map((flight) => flight.from)).toEqual([1, 0, 1])
  })

  test('of a connection with a third host nothing is drawn, not even what was lost on the way there', () => {
    const trace = new TraceScript().handshake(0).connection([2, 9], [40_002, 80])
    const elsewhere = new TraceScript().connection([2, 9], [40_002, 80]).handshake(0).events
    const shifted = elsewhere.map((event) => ({
      ...event,
      host: event.host * 2,
      ...('packet' in event ? { packet: event.packet + 100 } : {}),
    }))
    const lost = trace.out(50, 0, 'ACK', { seq: 1, ack: 1, length: 5 })
    trace.fault(50, 3, lost, 'drop', 'loss')
    const ladder = buildLadder([...trace.events, ...shifted], { hosts: ['client', 'server', 'another'] })
    expect(ladder.conversations).toHaveLength(1)
    expect(ladder.flights).toHaveLength(3)
  })

  test('what no connection sends belongs to the last conversation between its ports', () => {
    const trace = new TraceScript().handshake(0).connection([0, 0], [40_001, 80]).send(50, 1, 'RST', { seq: 1 })
    const ladder = buildLadder(trace.events, HOSTS)
    expect(ladder.conversations).toHaveLength(1)
    expect(ladder.flights.map((flight) => segmentTexts(flight)[1])).toContain('RST seq 1')
  })

  test('a remark comes before the event it belongs to', () => {
    const { events } = new TraceScript().handshake(0)
    const ladder = buildLadder(events, { ...HOSTS, remarks: [{ eventIndex: 3, text: 'half way' }] })
    const rows = layoutRows(ladder, () => true)
    expect(rows.findIndex((row) => row.kind === 'mark' && row.mark.kind === 'remark')).toBe(1)
  })
})

test('every end of every segment is drawn once, and each lane reads in the order of its clock', () => {
  const packet = fc.record({
    host: fc.constantFrom(0 as const, 1 as const),
    at: fc.nat(500),
    delay: fc.nat(200),
    isLost: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 40 }), (packets) => {
      const trace = new TraceScript()
      const agenda = packets.flatMap((each, i) => [
        { ms: each.at, i, isArrival: false },
        ...(each.isLost ? [] : [{ ms: each.at + each.delay, i, isArrival: true }]),
      ])
      agenda.sort((a, b) => a.ms - b.ms || a.i - b.i || Number(a.isArrival) - Number(b.isArrival))
      const numbers = new Map<number, number>()
      for (const { ms, i, isArrival } of agenda) {
        if (isArrival) trace.in(ms, numbers.get(i) as number)
        else numbers.set(i, trace.out(ms, (packets[i] as { host: 0 | 1 }).host, 'ACK', { seq: i, ack: 1, length: 1 }))
      }
      const rows = layoutRows(buildLadder(trace.events, HOSTS), () => true)
      const clocks: [number[], number[]] = [[], []]
      for (const row of rows) {
        if (row.kind !== 'flight') continue
        const { departure, arrival, from } = row.flight
        const to = from === 0 ? 1 : 0
        if (row.part !== 'arrival' && departure !== undefined) clocks[from].push(departure.order)
        if (row.part !== 'departure' && arrival !== undefined) clocks[to].push(arrival.order)
      }
      for (const clock of clocks) expect(clock).toEqual([...clock].sort((a, b) => a - b))
      expect(clocks.flat()).toHaveLength(agenda.length)
    }),
    { numRuns: 300 },
  )
})

describe('a part of a trace', () => {
  const whole = new TraceScript()
    .state(0, 1, 'CLOSED', 'LISTEN')
    .state(0, 0, 'CLOSED', 'SYN_SENT')
    .handshake(0)
    .state(30, 0, 'SYN_SENT', 'ESTABLISHED')
    .send(100, 0, 'ACK', { seq: 1, ack: 1, length: 10 })
    .send(200, 0, 'ACK', { seq: 11, ack: 1, length: 10 })
    .state(300, 0, 'ESTABLISHED', 'FIN_WAIT_1')
  const start = whole.events.findIndex((event) => event.time >= 100_000)
  const tells = (event: TraceEvent): boolean =>
    event.kind === 'state' || (event.kind === 'segment' && (event.flags & 2) !== 0)

  test('is drawn as in the whole, from what its SYNs and states before it tell', () => {
    const learnt = whole.events.slice(0, start).filter(tells)
    const events = [...learnt, ...whole.events.slice(start)]
    const remarks = [
      { eventIndex: 1, text: 'before it' },
      { eventIndex: start, text: 'in it' },
    ]
    const part = buildLadder(events, { ...HOSTS, remarks, part: { learnt: learnt.length, start } })
    const all = buildLadder(whole.events, { ...HOSTS, remarks })
    expect(part.flights).toEqual(all.flights.filter(({ departure }) => (departure?.order ?? 0) >= start))
    expect(part.marks).toEqual(all.marks.filter(({ order }) => order >= start - 0.5))
    expect(part.flights).toHaveLength(2)
    expect(part.conversations).toEqual(all.conversations)
    expect(part.before).toEqual([State.ESTABLISHED, undefined])
    expect(all.before).toEqual([undefined, undefined])
  })
})

test('a closed window is told, but not of a SYN or a RST', () => {
  const trace = new TraceScript()
    .handshake(0)
    .send(100, 0, 'ACK', { seq: 1, ack: 1, length: 10 })
    .send(110, 1, 'ACK', { seq: 1, ack: 11, window: 0 })
    .send(200, 0, 'RST,ACK', { seq: 11, ack: 1, window: 0 })
  const texts = buildLadder(trace.events, HOSTS)
    .flights.slice(3)
    .map((flight) => segmentTexts(flight).slice(0, 3))
  expect(texts[1]).toEqual(['ACK seq 1 ack 11 win 0', 'ACK seq 1 ack 11 win 0', 'ACK 1 ack 11 win 0'])
  expect(texts[2]?.[0]).toBe('RST,ACK seq 11 ack 1')
})
