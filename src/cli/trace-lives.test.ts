import { describe, expect, test } from 'vitest'
import { Lives, type SocketMove, staysOf } from '../host/index.ts'
import type { RowState } from '../inspect/index.ts'
import { livesText } from './trace-lives.ts'

const CLIENT = { address: '127.0.0.1', port: 40_000 }
const SERVER = { address: '::ffff:127.0.0.1', port: 80 }
const S = 1_000_000

function move(
  socket: number,
  time: number,
  from: RowState | undefined,
  to: RowState,
  exact: boolean = true,
): SocketMove {
  const [local, peer] =
    socket === 1 ? [CLIENT, { ...SERVER, address: '127.0.0.1' }] : [SERVER, { ...CLIENT, address: '::ffff:127.0.0.1' }]
  return { kind: 'move', time, socket, family: 4, from, to, exact, local, peer }
}

/** A client that closes, and a server that closes a second later. */
function seen(...more: readonly SocketMove[]): Lives {
  const lives = new Lives()
  const moves = [
    move(2, 5, 'LISTEN', 'SYN-RECEIVED'),
    move(1, 0, 'CLOSED', 'SYN-SENT'),
    move(1, 4, 'SYN-SENT', 'ESTABLISHED'),
    move(2, 6, 'SYN-RECEIVED', 'ESTABLISHED'),
    move(1, 2 * S, 'ESTABLISHED', 'FIN-WAIT-1'),
    move(2, 2 * S + 3, 'ESTABLISHED', 'CLOSE-WAIT'),
    move(2, 3 * S, 'CLOSE-WAIT', 'LAST-ACK'),
    move(1, 3 * S + 2, 'FIN-WAIT-1', 'TIME-WAIT'),
    move(2, 3 * S + 9, 'LAST-ACK', 'CLOSED'),
  ]
  for (const one of [...moves, ...more]) lives.add(one)
  return lives
}

describe('what trace keeps of connections', () => {
  test('tells how long a connection was in the state that it leaves, when its beginning was seen', () => {
    const lives = new Lives()
    expect(lives.add(move(1, 5, 'SYN-SENT', 'ESTABLISHED'))).toBeUndefined()
    expect(lives.add(move(1, 12, 'ESTABLISHED', 'FIN-WAIT-1'))).toBe(7)
    expect(lives.add(move(1, 20, 'FIN-WAIT-2', 'TIME-WAIT'))).toBeUndefined()
    expect(lives.add({ kind: 'gap', time: 30, text: '' })).toBeUndefined()
  })

  test('adds up each state, and the last one until now', () => {
    expect(staysOf([move(1, 1, undefined, 'ESTABLISHED', false), move(1, 9, 'ESTABLISHED', 'CLOSE-WAIT')], 20)).toEqual(
      [
        { state: 'ESTABLISHED', duration: 8, exact: false, isOpen: false },
        { state: 'CLOSE-WAIT', duration: 11, exact: true, isOpen: true },
      ],
    )
    expect(livesText(seen(), 4 * S + 2)).toBe(`
time in each state
  #2  [::ffff:127.0.0.1]:80  [::ffff:127.0.0.1]:40000  SYN-RECEIVED 0.000001 s, ESTABLISHED 1.999997 s, CLOSE-WAIT 0.999997 s, LAST-ACK 0.000009 s
  #1  127.0.0.1:40000        127.0.0.1:80              SYN-SENT 0.000004 s, ESTABLISHED 1.999996 s, FIN-WAIT-1 1.000002 s, TIME-WAIT 1.000000 s so far
`)
  })

  test('goes on below where the terminal is narrow', () => {
    expect(livesText(seen(), 4 * S + 2, 70)).toBe(`
time in each state
  #2  [::ffff:127.0.0.1]:80  [::ffff:127.0.0.1]:40000
      SYN-RECEIVED 0.000001 s, ESTABLISHED 1.999997 s,
      CLOSE-WAIT 0.999997 s, LAST-ACK 0.000009 s
  #1  127.0.0.1:40000        127.0.0.1:80
      SYN-SENT 0.000004 s, ESTABLISHED 1.999996 s,
      FIN-WAIT-1 1.000002 s, TIME-WAIT 1.000000 s so far
`)
  })

  test('has nothing to say of listeners and of ends alone', () => {
    const lives = new Lives()
    lives.add(move(3, 1, 'CLOSED', 'LISTEN'))
    lives.add(move(4, 1, 'TIME-WAIT', 'CLOSED'))
    expect(livesText(lives, 9)).toBe('')
  })

  test('forgets the oldest of very many, and counts them', () => {
    const lives = new Lives()
    for (let socket = 1; socket <= 10_005; socket++) lives.add(move(socket, socket, 'CLOSED', 'SYN-SENT'))
    expect([lives.all.length, lives.all[0]?.socket, lives.forgotten]).toEqual([10_000, 6, 5])
    expect(livesText(lives, 20_000)).toContain('and 9,955 connections more')
  })
})
