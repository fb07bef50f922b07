import { expect, test } from 'vitest'
import { type LiveEvent, Lives, type SocketMove, type SocketRemark } from '../host/index.ts'
import type { RowState } from '../inspect/index.ts'
import { ladders } from './trace-ladders.ts'

const CLIENT = { address: '127.0.0.1', port: 40_000 }
const SERVER = { address: '::ffff:127.0.0.1', port: 80 }
const S = 1_000_000
const NO_PAIR = 'No connection was seen with both of its ends on this machine.\n'

/** The ends of socket 1, the client, or of socket 2, the server: an IPv6 socket, as many servers have. */
function endsOf(socket: number): Pick<SocketMove, 'socket' | 'family' | 'local' | 'peer'> {
  const [local, peer] =
    socket === 1 ? [CLIENT, { ...SERVER, address: '127.0.0.1' }] : [SERVER, { ...CLIENT, address: '::ffff:127.0.0.1' }]
  return { socket, family: 4, local, peer }
}

const move = (socket: number, time: number, from: RowState | undefined, to: RowState): SocketMove => ({
  ...endsOf(socket),
  ...{ kind: 'move', time, from, to, exact: true },
})

const remark = (socket: number, time: number, kind: SocketRemark['kind']): SocketRemark => ({
  ...endsOf(socket),
  ...{ kind, time, reason: undefined },
})

const HANDSHAKE = [
  move(2, 5, 'LISTEN', 'SYN-RECEIVED'),
  move(1, 0, 'CLOSED', 'SYN-SENT'),
  move(1, 4, 'SYN-SENT', 'ESTABLISHED'),
  move(2, 6, 'SYN-RECEIVED', 'ESTABLISHED'),
]

function drawn(...events: readonly LiveEvent[]): string {
  const lives = new Lives()
  for (const event of events) lives.add(event)
  return ladders(lives, 4 * S, 80, false)
}

test('both ends are one ladder, the client on the left, though one calls the addresses IPv6', () => {
  const text = drawn(
    ...HANDSHAKE,
    move(1, 2 * S, 'ESTABLISHED', 'FIN-WAIT-1'),
    move(2, 2 * S + 3, 'ESTABLISHED', 'CLOSE-WAIT'),
    move(1, 2 * S + 9, 'FIN-WAIT-1', 'FIN-WAIT-2'),
    move(2, 3 * S, 'CLOSE-WAIT', 'LAST-ACK'),
    move(1, 3 * S + 2, 'FIN-WAIT-2', 'TIME-WAIT'),
    move(2, 3 * S + 9, 'LAST-ACK', 'CLOSED'),
  )
  expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
    '      127.0.0.1:40000 │                                  │ [::ffff:127.0.0.1]:80',
    '0.000000     SYN-SENT ├╌╌ SYN ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│',
    '0.000004  ESTABLISHED │◄╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ SYN,ACK ╌╌┤',
    '                      ├╌╌ ACK ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│ SYN-RECEIVED 0.000005',
    '                      │                                  │ ESTABLISHED  0.000006',
    '                      ┊               2 s                ┊',
    '2.000000   FIN-WAIT-1 ├╌╌ FIN,ACK ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│ CLOSE-WAIT   2.000003',
    '2.000009   FIN-WAIT-2 │◄╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ ACK ╌╌┤',
    '3.000002    TIME-WAIT │◄╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ FIN,ACK ╌╌┤ LAST-ACK     3.000000',
    '                      ├╌╌ ACK ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│ CLOSED       3.000009',
    '  ╌: not seen, but the states of both ends prove it; data is not shown',
    '',
    '  127.0.0.1:40000 closed first, so TIME-WAIT is on its side;',
    '  [::ffff:127.0.0.1]:80 was in CLOSE-WAIT until it closed too.',
    '',
    '  time in       127.0.0.1:40000    [::ffff:127.0.0.1]:80',
    '  SYN-SENT      0.000004 s',
    '  SYN-RECEIVED                     0.000001 s',
    '  ESTABLISHED   1.999996 s         1.999997 s',
    '  FIN-WAIT-1    0.000009 s',
    '  FIN-WAIT-2    0.999993 s',
    '  CLOSE-WAIT                       0.999997 s',
    '  LAST-ACK                         0.000009 s',
    '  TIME-WAIT     0.999998 s so far',
    '',
  ])
})

test.each<[string, LiveEvent[], string]>([
  ['nobody', [], 'Neither has closed.'],
  [
    'the server, and the client has not followed',
    [move(2, S, 'ESTABLISHED', 'FIN-WAIT-1'), move(1, S + 1, 'ESTABLISHED', 'CLOSE-WAIT')],
    '[::ffff:127.0.0.1]:80 closed first; 127.0.0.1:40000 has not closed yet: CLOSE-WAIT until its program does.',
  ],
  [
    'both at the same time',
    [1, 2].flatMap((end) => [
      move(end, S + end, 'ESTABLISHED', 'FIN-WAIT-1'),
      move(end, S + 8 + end, 'FIN-WAIT-1', 'CLOSING'),
    ]),
    'Both closed at the same time, so both wait in TIME-WAIT.',
  ],
  [
    'the client by a reset, after it had to repeat something',
    [remark(1, 9, 'retransmission'), remark(1, S, 'reset-sent'), move(1, S, 'ESTABLISHED', 'CLOSED')],
    '127.0.0.1:40000 reset the connection: no TIME-WAIT. 127.0.0.1:40000 sent a segment again.',
  ],
])('it says who closed: %s', (_who, events, verdict) => {
  expect(drawn(...HANDSHAKE, ...events).replaceAll(/\s+/g, ' ')).toContain(` ${verdict} `)
})

test('it says that there is no ladder where the other end is elsewhere', () => {
  expect(drawn(move(1, 0, 'CLOSED', 'SYN-SENT'))).toBe(NO_PAIR)
})
