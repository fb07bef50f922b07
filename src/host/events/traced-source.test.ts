import { describe, expect, test } from 'vitest'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import type { EndTrace, SegmentTrace, StateTrace, TcpTraceEvent } from '../tracefs/tcp-events.ts'
import type { LiveEvent } from './live-event.ts'
import { TracedSource } from './traced-source.ts'

const LOCAL = { address: '127.0.0.1', port: 80 }
const PEER = { address: '127.0.0.1', port: 40_000 }
const ENDS = { family: 4, local: LOCAL, peer: PEER } as const

function state(time: number, socket: bigint, from: RowState, to: RowState): StateTrace {
  return { kind: 'state', time, socket, from, to, pid: 1, ...ENDS }
}

function end(time: number, socket: bigint, cookie: bigint): EndTrace {
  return { kind: 'end', time, socket, cookie, ...ENDS }
}

function small(rowState: RowState, cookie: bigint, inode: number = 0): SocketRow {
  return { source: 'netlink', netid: 'tcp', state: rowState, recvQueue: 0, sendQueue: 0, cookie, inode, ...ENDS }
}

/** A source whose kernel tells what is put in `events`, and has the rows in `rows`. */
function machine() {
  const kernel = {
    events: [] as TcpTraceEvent[],
    lost: false,
    leftOut: 0,
    rows: [] as SocketRow[],
    now: 0,
    closed: false,
  }
  const tracer = {
    missing: [],
    take: () => ({ events: kernel.events.splice(0), lost: kernel.lost, leftOut: kernel.leftOut }),
    close: () => {
      kernel.closed = true
    },
  }
  return {
    kernel,
    source: new TracedSource(
      tracer,
      async () => kernel.rows,
      () => kernel.now,
    ),
  }
}

function moves(events: readonly LiveEvent[]): string[] {
  return events.map((event) => (event.kind === 'move' ? `${event.socket} ${event.from} ${event.to}` : event.kind))
}

describe('sockets followed by tracefs', () => {
  test('keep their number from event to event, and an address given again is another socket', async () => {
    const { kernel, source } = machine()
    kernel.events.push(state(1, 0xan, 'CLOSED', 'SYN-SENT'), state(2, 0xbn, 'LISTEN', 'SYN-RECEIVED'))
    expect(moves(await source.take())).toEqual(['1 CLOSED SYN-SENT', '2 LISTEN SYN-RECEIVED'])
    kernel.events.push(
      state(3, 0xan, 'SYN-SENT', 'ESTABLISHED'),
      state(4, 0xan, 'ESTABLISHED', 'CLOSED'),
      end(5, 0xan, 77n),
    )
    kernel.events.push(state(6, 0xan, 'CLOSED', 'SYN-SENT'))
    const events = await source.take()
    expect(moves(events)).toEqual(['1 SYN-SENT ESTABLISHED', '1 ESTABLISHED CLOSED', '3 CLOSED SYN-SENT'])
    expect(events.map((event) => (event.kind === 'move' ? event.cookie : 0n))).toEqual([77n, 77n, undefined])
  })

  test('a connection that a listener makes is a new socket even when the end of the old was not heard of', async () => {
    const { kernel, source } = machine()
    kernel.events.push(state(1, 0xan, 'LISTEN', 'SYN-RECEIVED'), state(2, 0xan, 'LISTEN', 'SYN-RECEIVED'))
    expect(moves(await source.take())).toEqual(['1 LISTEN SYN-RECEIVED', '2 LISTEN SYN-RECEIVED'])
    kernel.events.push(state(3, 0xbn, 'CLOSED', 'SYN-SENT'), state(4, 0xbn, 'CLOSED', 'SYN-SENT'))
    expect(moves(await source.take())).toEqual(['3 CLOSED SYN-SENT', '4 CLOSED SYN-SENT'])
  })

  test('enter TIME-WAIT where the table has them there, and leave it when they are missed', async () => {
    const { kernel, source } = machine()
    kernel.events.push(state(1, 0xan, 'FIN-WAIT-2', 'CLOSED'), end(2, 0xan, 5n))
    kernel.rows = [small('TIME-WAIT', 6n)]
    expect(moves(await source.take())).toEqual(['1 FIN-WAIT-2 TIME-WAIT'])
    kernel.rows = []
    kernel.now = 500_000
    expect(await source.take()).toEqual([])
    kernel.now = 61_000_000
    expect(await source.take()).toEqual([
      expect.objectContaining({
        kind: 'move',
        socket: 1,
        from: 'TIME-WAIT',
        to: 'CLOSED',
        exact: false,
        time: 61_000_000,
      }),
    ])
    kernel.now = 99_000_000
    expect(await source.take()).toEqual([])
  })

  test('become orphans in FIN-WAIT-2 without a move, and go on to TIME-WAIT or their end', async () => {
    const { kernel, source } = machine()
    kernel.events.push(state(1, 0xan, 'FIN-WAIT-2', 'CLOSED'))
    kernel.rows = [small('FIN-WAIT-2', 5n), small('FIN-WAIT-2', 9n, 1234)]
    expect(await source.take()).toEqual([])
    kernel.rows = [small('TIME-WAIT', 5n)]
    kernel.now = 2_000_000
    expect(moves(await source.take())).toEqual(['1 FIN-WAIT-2 TIME-WAIT'])
    kernel.rows = []
    kernel.now = 4_000_000
    expect(moves(await source.take())).toEqual(['1 TIME-WAIT CLOSED'])
  })

  test('entered TIME-WAIT when the other end sent its FIN, where that end is on this machine too', async () => {
    const { kernel, source } = machine()
    const other = { local: PEER, peer: { ...LOCAL, address: '::ffff:127.0.0.1' } }
    kernel.events.push(state(1, 0xan, 'FIN-WAIT-1', 'FIN-WAIT-2'), state(2, 0xan, 'FIN-WAIT-2', 'CLOSED'))
    kernel.events.push({ ...state(900, 0xbn, 'CLOSE-WAIT', 'LAST-ACK'), ...other })
    kernel.rows = [small('TIME-WAIT', 5n)]
    const events = await source.take()
    expect(moves(events)).toEqual(['1 FIN-WAIT-1 FIN-WAIT-2', '2 CLOSE-WAIT LAST-ACK', '1 FIN-WAIT-2 TIME-WAIT'])
    expect(events[2]).toMatchObject({ time: 901, exact: false })
  })

  test('that end from other states never look like TIME-WAIT', async () => {
    const { kernel, source } = machine()
    kernel.rows = [small('TIME-WAIT', 5n)]
    kernel.events.push(state(1, 0xan, 'LAST-ACK', 'CLOSED'))
    expect(moves(await source.take())).toEqual(['1 LAST-ACK CLOSED'])
  })

  test('are told of retransmissions and resets by number, and 0 of none', async () => {
    const { kernel, source } = machine()
    const segment = (kind: SegmentTrace['kind'], socket: bigint): SegmentTrace => ({
      kind,
      time: 2,
      socket,
      reason: 'NO_SOCKET',
      ...ENDS,
    })
    kernel.events.push(state(1, 0xan, 'CLOSED', 'SYN-SENT'), segment('retransmission', 0xan), segment('reset-sent', 0n))
    const [, first, second] = await source.take()
    expect(first).toMatchObject({ kind: 'retransmission', socket: 1 })
    expect(second).toMatchObject({ kind: 'reset-sent', socket: 0, reason: 'NO_SOCKET' })
  })

  test('say when events were lost, and end with the source', async () => {
    const { kernel, source } = machine()
    kernel.lost = true
    expect(moves(await source.take())).toEqual(['gap'])
    kernel.lost = false
    kernel.leftOut = 1200
    kernel.events.push(state(1, 0xan, 'LISTEN', 'SYN-RECEIVED'))
    expect(await source.take()).toMatchObject([
      { kind: 'move', to: 'SYN-RECEIVED' },
      { kind: 'gap', time: 1, text: '1200 events are left out: more came at once than are taken.' },
    ])
    source.close()
    expect(kernel.closed).toBe(true)
  })
})
