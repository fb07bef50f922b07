import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnCount } from '../format/text.ts'
import { buildLadder } from './build.ts'
import { printLadder } from './print.ts'
import { TraceScript } from './trace.testing.ts'

/** The plain close of a client, its final ACK lost. */
function lostFinalAck(): TraceScript {
  const trace = new TraceScript()
    .call(0, 1, 'server', 'listen(3, 128)')
    .state(0, 1, 'CLOSED', 'LISTEN')
    .call(0, 0, 'client', 'connect(3, 10.0.0.2:80)', -115, 'EINPROGRESS')
    .handshake(0)
    .call(30, 1, 'nginx', 'accept(3)', 4)
    .send(40, 0, 'PSH,ACK', { seq: 1, ack: 1, length: 100 })
    .send(50, 1, 'ACK', { seq: 1, ack: 101 })
    .call(1000, 0, 'client', 'close(3)')
    .state(1000, 0, 'ESTABLISHED', 'FIN_WAIT_1')
    .send(1000, 0, 'FIN,ACK', { seq: 101, ack: 1 })
    .state(1010, 1, 'ESTABLISHED', 'CLOSE_WAIT')
    .send(1010, 1, 'ACK', { seq: 1, ack: 102 })
    .state(1020, 0, 'FIN_WAIT_1', 'FIN_WAIT_2')
    .call(5000, 1, 'nginx', 'close(4)')
    .state(5000, 1, 'CLOSE_WAIT', 'LAST_ACK')
    .send(5000, 1, 'FIN,ACK', { seq: 1, ack: 102 })
    .state(5010, 0, 'FIN_WAIT_2', 'TIME_WAIT')
    .timer(5010, 0, 'time-wait', 'armed', 60_000)
  const final = trace.out(5010, 0, 'ACK', { seq: 102, ack: 2 })
  return trace
    .fault(5010, 2, final, 'drop', 'rule "the final ACK"')
    .timer(5300, 1, 'retransmit', 'fired')
    .send(5300, 1, 'FIN,ACK', { seq: 1, ack: 102, again: true })
    .note(5310, 0, 'time-wait-restarted')
    .send(5310, 0, 'ACK', { seq: 102, ack: 2 })
    .state(5320, 1, 'LAST_ACK', 'CLOSED')
    .timer(65_310, 0, 'time-wait', 'fired')
    .state(65_310, 0, 'TIME_WAIT', 'CLOSED')
}

const HOSTS = { hosts: ['client', 'server'] } as const

test('a close, with the final ACK lost, on 80 columns', () => {
  const text = printLadder(buildLadder(lostFinalAck().events, HOSTS))
  expect(text.split('\n')).toEqual([
    '             client │                                      │ server',
    '                    │                       listen(3, 128) ┤ LISTEN        0.000',
    ' 0.000              ├ connect(3, 10.0.0.2:80) = -1         │',
    '                    │ EINPROGRESS                          │',
    '           SYN-SENT ├── SYN seq 0 ────────────────────────►│ SYN-RECEIVED  0.010',
    ' 0.020  ESTABLISHED │◄────────────── SYN,ACK seq 0 ack 1 ──┤',
    '                    ├── ACK seq 1 ack 1 ──────────────────►│ ESTABLISHED   0.030',
    '                    │                 nginx: accept(3) = 4 ┤',
    ' 0.040              ├── ACK seq 1 ack 1 len 100 ──────────►│               0.050',
    ' 0.060              │◄──────────────── ACK seq 1 ack 101 ──┤',
    ' 1.000              ├ close(3)                             │',
    '         FIN-WAIT-1 ├── FIN,ACK seq 101 ack 1 ────────────►│ CLOSE-WAIT    1.010',
    ' 1.020   FIN-WAIT-2 │◄──────────────── ACK seq 1 ack 102 ──┤',
    '                    ┊                3.98 s                ┊',
    '                    │                      nginx: close(4) ┤               5.000',
    ' 5.010    TIME-WAIT │◄──────────── FIN,ACK seq 1 ack 102 ──┤ LAST-ACK',
    '                    ├ 2MSL timer: 60 s                     │',
    '                    ├── ACK 102 ──X rule "the final ACK"   │',
    '                    │         retransmission timer expires ┤               5.300',
    ' 5.310              │◄───────── FIN,ACK ×2 seq 1 ack 102 ──┤',
    '                    ├ 2MSL timer restarted                 │',
    '                    ├── ACK seq 102 ack 2 ────────────────►│ CLOSED        5.320',
    '                    ┊               59.99 s                ┊',
    '65.310       CLOSED ├ 2MSL timer expires                   │',
    '  ×2: sent for the second time · X: lost',
    '',
  ])
})

test('a simultaneous close looks as symmetrical as it is', () => {
  const trace = new TraceScript().state(100, 0, 'ESTABLISHED', 'FIN_WAIT_1')
  const a = trace.out(100, 0, 'FIN,ACK', { seq: 1, ack: 1 })
  const b = trace.state(100, 1, 'ESTABLISHED', 'FIN_WAIT_1').out(100, 1, 'FIN,ACK', { seq: 1, ack: 1 })
  const c = trace.in(110, b).state(110, 0, 'FIN_WAIT_1', 'CLOSING').out(110, 0, 'ACK', { seq: 2, ack: 2 })
  const d = trace.in(110, a).state(110, 1, 'FIN_WAIT_1', 'CLOSING').out(110, 1, 'ACK', { seq: 2, ack: 2 })
  trace.in(120, d).state(120, 0, 'CLOSING', 'TIME_WAIT').in(120, c).state(120, 1, 'CLOSING', 'TIME_WAIT')
  expect(printLadder(buildLadder(trace.events, { hosts: ['left', 'right'] })).split('\n')).toEqual([
    '            left │                                            │ right',
    '0.100 FIN-WAIT-1 ├── FIN,ACK seq 1 ack 1 ──► a                │',
    '                 │                b ◄── FIN,ACK seq 1 ack 1 ──┤ FIN-WAIT-1 0.100',
    '0.110    CLOSING │◄── FIN,ACK ── b                            │',
    '                 ├── ACK seq 2 ack 2 ──► c                    │',
    '                 │                            a ── FIN,ACK ──►│ CLOSING    0.110',
    '                 │                    d ◄── ACK seq 2 ack 2 ──┤',
    '0.120  TIME-WAIT │◄── ACK ── d                                │',
    '                 │                                c ── ACK ──►│ TIME-WAIT  0.120',
    '  a, b, …: both ends of a segment that crosses another',
    '',
  ])
})

test('delays, copies, corruption, losses and what is still under way, in ASCII', () => {
  const trace = new TraceScript()
  const late = trace.out(0, 0, 'ACK', { seq: 1, ack: 1, length: 10 })
  const next = trace.out(1, 0, 'ACK', { seq: 11, ack: 1, length: 10 })
  trace.fault(1, 2, late, 'delay', 'reorder').fault(1, 2, next, 'duplicate', 'rule')
  trace.in(11, next).in(12, next).in(20, late)
  const broken = trace.out(30, 1, 'ACK', { seq: 1, ack: 21 })
  trace.fault(30, 2, broken, 'corrupt', 'bit flip').in(40, broken).note(40, 0, 'bad-checksum')
  trace.fault(
    50,
    0,
    trace.out(50, 0, 'RST', { seq: 21 }),
    'reject',
    'a firewall with a very long explanation of itself',
  )
  trace.out(60, 1, 'ACK', { seq: 1, ack: 21 })
  trace.fault(70, 1, 0, 'crash', 'power cut').call(80, 0, 'client', 'read(3)', -1, 'ECONNRESET')
  expect(printLadder(buildLadder(trace.events, HOSTS), { ascii: true }).split('\n')).toEqual([
    '      client |                                                    | server',
    '0.000        +-- ACK seq 1 ack 1 len 10 --> a                     |',
    '0.001        +-- ACK seq 11 ack 1 len 10 ------------------------>|        0.011',
    '             |                 copy -- ACK seq 11 ack 1 len 10 -->|        0.012',
    '             |                              a -- ACK (delayed) -->|        0.020',
    '0.040        |<------------------- ACK seq 1 ack 21 (corrupted) --+        0.030',
    '             + discarded: bad checksum                            |',
    '0.050        +-- RST seq 21 --X                                   |',
    '             | a firewall with a very long explanation of itself  |',
    '             |                 not arrived <-- ACK seq 1 ack 21 --+        0.060',
    '             |                                   crash: power cut +        0.070',
    '0.080        + read(3) = -1 ECONNRESET                            |',
    '  X: lost · a: both ends of a segment that crosses another',
    '',
  ])
})

test('states stand where their cause is: at the arrival, at the departure after a call, at a timer', () => {
  const trace = new TraceScript()
    .call(0, 1, 'server', 'listen(3, 128)')
    .state(0, 1, 'CLOSED', 'LISTEN')
    .call(0, 1, 'server', 'accept(3) <unfinished ...>')
    .send(0, 0, 'ACK', { seq: 1, ack: 1, length: 9 })
    .call(10, 1, 'server', 'accept(3)', 4)
    .call(10, 1, 'server', 'close(4)')
    .state(10, 1, 'ESTABLISHED', 'FIN_WAIT_1')
    .send(10, 1, 'FIN,ACK', { seq: 1, ack: 10 })
  // The answer leaves before the machine changes its state.
  trace
    .send(20, 0, 'ACK', { seq: 10, ack: 2 })
    .state(20, 0, 'ESTABLISHED', 'CLOSE_WAIT')
    .state(30, 1, 'LISTEN', 'CLOSED')
  const shown = (options: object): string[] =>
    printLadder(buildLadder(trace.events, HOSTS), options)
      .split('\n')
      .filter((line) => !line.includes('client │'))
  expect(shown({})).toEqual([
    '                 │                             listen(3, 128) ┤ LISTEN     0.000',
    '0.000            ├── ACK seq 1 ack 1 len 9 ──────────────────►│            0.010',
    '                 │                              accept(3) = 4 ┤',
    '                 │                                   close(4) ┤',
    '0.020 CLOSE-WAIT │◄─────────────────── FIN,ACK seq 1 ack 10 ──┤ FIN-WAIT-1',
    '                 ├── ACK seq 10 ack 2 ───────────────────────►│            0.030',
    '                 │                            listener closed ┤',
    '',
  ])
  expect(shown({ calls: 'all' })[1]).toContain('accept(3) …')
  expect(shown({ calls: 'none' })[2]).toContain('┤ FIN-WAIT-1')
})

describe('what is shown', () => {
  const ladder = buildLadder(lostFinalAck().events, HOSTS)
  test('calls, notes and timers can be left out, timers shown in full', () => {
    expect(printLadder(ladder, { calls: 'none' })).not.toContain('close(3)')
    expect(printLadder(ladder, { notes: false })).not.toContain('restarted')
    expect(printLadder(ladder, { timers: 'none' })).not.toContain('expires')
    expect(printLadder(ladder, { timers: 'none' })).toContain('65.310       CLOSED │')
  })

  test('numbers as on the wire, windows where there is room', () => {
    const text = printLadder(ladder, { raw: true, window: true, width: 100 })
    expect(text).toContain('SYN,ACK seq 5000000 ack 1001 win 64240')
  })

  test('a limit says what it leaves out', () => {
    const text = printLadder(ladder, { limit: 3 })
    expect(text.split('\n').slice(-3)).toEqual([expect.stringContaining('SYN seq 0'), '  … 19 more rows', ''])
  })

  test('colour adds nothing but colour', () => {
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
    const coloured = printLadder(ladder, { colour: true })
    expect(coloured).toMatch(escapes)
    const bare = coloured
      .replace(escapes, '')
      .split('\n')
      .map((line) => line.trimEnd())
    expect(bare.join('\n')).toBe(printLadder(ladder))
  })
})

test('no line is longer than the page, whatever happened', () => {
  const words = fc.string({ maxLength: 120, unit: fc.constantFrom('a', ' ', 'long-word-without-end', '1') })
  const happening = fc.record({
    kind: fc.nat(6),
    host: fc.constantFrom(0 as const, 1 as const),
    words,
    number: fc.nat(0xffffffff),
  })
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 40 }),
      fc.integer({ min: 72, max: 140 }),
      fc.nat(3),
      (happenings, width, scale) => {
        const trace = new TraceScript()
        let ms = 0
        for (const { kind, host, words: text, number } of happenings) {
          ms += (number % 7) * 10 ** (scale * 3)
          const sent = { seq: number, ack: number * 3, length: number % 1460 }
          if (kind === 0) trace.call(ms, host, text, text, number)
          else if (kind === 1) trace.fault(ms, host, trace.out(ms, host, 'FIN,ACK', sent), 'drop', text)
          else if (kind === 2) trace.fault(ms, host, 0, 'crash', text)
          else if (kind === 3) trace.out(ms, host, 'SYN,ACK,FIN,RST,URG', sent)
          else if (kind === 4)
            trace.state(ms, host, 'SYN_SENT', 'SYN_RECEIVED').timer(ms, host, 'time-wait', 'armed', number)
          else trace.send(ms, host, 'PSH,ACK', sent)
        }
        const lines = printLadder(buildLadder(trace.events, HOSTS), { width, timers: 'all' }).split('\n')
        expect(Math.max(...lines.map(columnCount))).toBeLessThanOrEqual(width)
      },
    ),
    { numRuns: 300 },
  )
})

test('where arrows are narrow, what 1+100 means is said', () => {
  const { events } = new TraceScript().handshake(0).send(40, 0, 'ACK', { seq: 123_456, ack: 1, length: 65_000 })
  const ladder = buildLadder(events, HOSTS)
  expect(printLadder(ladder, { width: 56 })).toMatch(
    /── ACK 123456\+65000 [\s\S]*\n {2}1\+100: 100 octets from seq 1 on\n/,
  )
  expect(printLadder(ladder)).not.toContain('1+100')
})
