import { describe, expect, test } from 'vitest'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import type { LiveEvent } from './live-event.ts'
import { PolledSource } from './polled-source.ts'

function row(cookie: bigint, state: RowState, peerPort: number = 40_000): SocketRow {
  const ends = { local: { address: '127.0.0.1', port: 80 }, peer: { address: '127.0.0.1', port: peerPort } }
  return { source: 'netlink', netid: 'tcp', family: 4, state, recvQueue: 0, sendQueue: 0, cookie, ...ends }
}

function machine() {
  const kernel = { rows: [] as SocketRow[], ended: [] as SocketRow[], overrun: false }
  const ends = { take: () => ({ ended: kernel.ended.splice(0), overrun: kernel.overrun }), close: () => undefined }
  const source = new PolledSource({ look: async () => kernel.rows, now: () => 7, ends, lacks: ['one'] })
  return { kernel, source }
}

function moves(events: readonly LiveEvent[]): string[] {
  return events.map((event) => (event.kind === 'move' ? `${event.socket} ${event.from} ${event.to}` : event.kind))
}

describe('sockets followed by looks', () => {
  test('tell nothing at the first look, and then what has changed', async () => {
    const { kernel, source } = machine()
    kernel.rows = [row(1n, 'LISTEN'), row(2n, 'ESTABLISHED')]
    expect(await source.take()).toEqual([])
    kernel.rows = [row(1n, 'LISTEN'), row(2n, 'CLOSE-WAIT'), row(3n, 'ESTABLISHED')]
    const events = await source.take()
    expect(moves(events)).toEqual(['2 ESTABLISHED CLOSE-WAIT', '3 undefined ESTABLISHED'])
    expect(events[0]).toMatchObject({ time: 7, exact: false, cookie: 2n })
    kernel.rows = [row(1n, 'LISTEN'), row(3n, 'ESTABLISHED')]
    expect(moves(await source.take())).toEqual(['2 CLOSE-WAIT CLOSED'])
    expect(source.lacks).toEqual(['one'])
  })

  test('follow a socket into TIME-WAIT by its cookie, whose end notice is no end', async () => {
    const { kernel, source } = machine()
    kernel.rows = [row(2n, 'FIN-WAIT-2')]
    await source.take()
    kernel.rows = [row(2n, 'TIME-WAIT')]
    kernel.ended = [row(2n, 'CLOSED')]
    expect(moves(await source.take())).toEqual(['1 FIN-WAIT-2 TIME-WAIT'])
  })

  test('that begin and end between two looks are told by the notice, but for those never connected', async () => {
    const { kernel, source } = machine()
    await source.take()
    kernel.ended = [row(8n, 'CLOSED'), row(9n, 'CLOSED', 0)]
    expect(moves(await source.take())).toEqual(['1 undefined CLOSED'])
  })

  test('say when notices were lost', async () => {
    const { kernel, source } = machine()
    await source.take()
    kernel.overrun = true
    expect(moves(await source.take())).toEqual(['gap'])
  })
})
