import { expect, test } from 'vitest'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import { State } from '../../tcp/index.ts'
import type { SocketMove } from '../events/live-event.ts'
import { Lives } from '../events/lives.ts'
import { connectionMessage } from './connection.ts'
import { emptyReading } from './frames.testing.ts'

const SERVER = { address: '127.0.0.1', port: 80 }
const CLIENT = { address: '127.0.0.1', port: 40_000 }

function move(socket: number, time: number, from: RowState, to: RowState, cookie?: bigint): SocketMove {
  const [local, peer] = socket === 1 ? [CLIENT, SERVER] : [SERVER, CLIENT]
  return { kind: 'move', time, socket, family: 4, local, peer, from, to, exact: true, cookie }
}

/** A client that has closed, and a server that has not. */
function lived(...ends: readonly (1 | 2)[]): Lives {
  const lives = new Lives()
  const all = [
    move(1, 1_000, 'CLOSED', 'SYN-SENT'),
    move(2, 1_040, 'LISTEN', 'SYN-RECEIVED'),
    move(1, 1_050, 'SYN-SENT', 'ESTABLISHED'),
    move(2, 1_060, 'SYN-RECEIVED', 'ESTABLISHED'),
    move(1, 5_000, 'ESTABLISHED', 'FIN-WAIT-1'),
    move(2, 5_020, 'ESTABLISHED', 'CLOSE-WAIT'),
    move(1, 5_030, 'FIN-WAIT-1', 'FIN-WAIT-2', 41n),
  ]
  for (const one of all) if (ends.includes(one.socket as 1 | 2)) lives.add(one)
  return lives
}

function readingOf(state: RowState) {
  const row: SocketRow = {
    ...{ source: 'netlink', netid: 'tcp', family: 4, recvQueue: 1, sendQueue: 0, owners: [] },
    ...{ state, local: SERVER, peer: CLIENT, cookie: 42n },
  }
  return { ...emptyReading(7), rows: [row] }
}

test('what was seen of it is found by its ends, with the other end beside it and who closed first', () => {
  const { seen } = connectionMessage(readingOf('CLOSE-WAIT'), 42n, lived(1, 2))
  expect(seen?.ends.map(({ name }) => name)).toEqual(['127.0.0.1:80', '127.0.0.1:40000'])
  expect(seen?.ends[0].moves.at(-1)).toEqual({ time: 4_020, from: State.ESTABLISHED, to: State.CLOSE_WAIT })
  expect(seen?.ends[1].moves[0]).toEqual({ time: 0, from: State.CLOSED, to: State.SYN_SENT })
  expect(seen?.ending).toContain('127.0.0.1:40000 closed first; 127.0.0.1:80 has not closed yet')
})

test('of a peer elsewhere there is its name, and no word on who closed first', () => {
  const { seen } = connectionMessage(readingOf('CLOSE-WAIT'), 42n, lived(2))
  expect(seen).toMatchObject({ ends: [{ name: '127.0.0.1:80' }, { name: '127.0.0.1:40000', moves: [] }], ending: '' })
})

test('one that has gone is known by the cookie that its end told', () => {
  const message = connectionMessage(emptyReading(7), 41n, lived(1, 2))
  expect(message).toMatchObject({ socket: null, prospect: null, seen: { ends: [{ name: '127.0.0.1:40000' }, {}] } })
  expect(connectionMessage(emptyReading(7), 43n, lived(1, 2)).seen).toBeNull()
})
