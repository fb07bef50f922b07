import { MS, SECOND } from '../../base/index.ts'
import type { Program, Running } from '../program.ts'
import { dial, listen } from './programs.ts'
import type { Story } from './story.ts'

/** The states of a closing sequence in which a RST can arrive. */
export const CLOSING_STATES = ['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const
export type ClosingState = (typeof CLOSING_STATES)[number]

/** When the two sides act, in the middle of the connection. */
const START: number = SECOND

/** close() that resets. */
function abort(p: Program, fd: number): void {
  p.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 0 })
  p.close(fd)
}

/** What either side does with the connection, so that the client gets into a state and a RST then meets it there. */
interface Moves {
  readonly client: (p: Program, fd: number) => Running<void>
  readonly server: (p: Program, fd: number) => Running<void>
}

const MOVES: Readonly<Record<ClosingState, Moves>> = {
  'FIN-WAIT-1': {
    *client(p, fd) {
      yield* p.sleepUntil(START)
      p.close(fd)
    },
    *server(p, fd) {
      // The client's FIN is on its way, 10 ms long.
      yield* p.sleepUntil(START + 5 * MS)
      abort(p, fd)
    },
  },
  'FIN-WAIT-2': {
    *client(p, fd) {
      yield* p.sleepUntil(START)
      p.shutdown(fd, 'write')
      yield* p.forever()
    },
    *server(p, fd) {
      yield* p.sleepUntil(START + SECOND)
      abort(p, fd)
    },
  },
  'CLOSE-WAIT': {
    *client(p) {
      yield* p.forever()
    },
    *server(p, fd) {
      yield* p.sleepUntil(START)
      p.shutdown(fd, 'write')
      yield* p.sleep(SECOND)
      abort(p, fd)
    },
  },
  CLOSING: {
    *client(p, fd) {
      yield* p.sleepUntil(START)
      p.shutdown(fd, 'write')
      yield* p.forever()
    },
    *server(p, fd) {
      yield* p.sleepUntil(START)
      p.shutdown(fd, 'write')
      // Both FINs have crossed, both ACKs are on their way.
      yield* p.sleepUntil(START + 5 * MS)
      abort(p, fd)
    },
  },
  'LAST-ACK': {
    *client(p, fd) {
      yield* p.readAll(fd)
      yield* p.sleepUntil(START + SECOND)
      p.close(fd)
    },
    *server(p, fd) {
      yield* p.sleepUntil(START)
      p.shutdown(fd, 'write')
      // The client's FIN is on its way.
      yield* p.sleepUntil(START + SECOND + 5 * MS)
      abort(p, fd)
    },
  },
}

/** Leads the client's connection into a closing state, where a RST of the server then meets it. */
export function resetIn(state: ClosingState): Story {
  return function* (lab) {
    const hosts = lab.pair()
    const { client, server } = MOVES[state]
    hosts.server.run('server', function* (p) {
      const fd = listen(p, 80)
      const conn = yield* p.accept(fd)
      yield* server(p, conn)
    })
    hosts.client.run('client', function* (p) {
      const fd = yield* dial(p, 'server', 80)
      yield* client(p, fd)
    })
    yield* lab.reaches(hosts.client, state, `the client is in ${state}`)
    yield* lab.until(() => lab.state(hosts.client) !== state, 10 * SECOND)
    lab.table(`after the RST in ${state}`, hosts.client)
    lab.checkEqual('a RST takes it to CLOSED at once, with no 2·MSL', lab.state(hosts.client), 'CLOSED')
    yield* lab.sleep(SECOND)
  }
}
