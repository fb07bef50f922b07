import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { briefClient, dial, leakyServer, listen } from '../lab/programs.ts'
import type { Judge } from '../lab/run.ts'
import type { Story } from '../lab/story.ts'
import type { ProgramBody } from '../program.ts'

const DAY = 86_400 * SECOND

/** Whether CLOSE-WAIT ended though nobody closed and nobody reset. */
const judge: Judge = (evidence) => {
  const server = evidence.at('server')
  const stay = server.in('CLOSE-WAIT')[0]
  if (stay === undefined) return { holds: false, because: 'the server never was in CLOSE-WAIT' }
  const closed = server.callsTo('close(').some((call) => call.conn === stay.conn && call.time <= stay.until)
  const ended = stay.next !== null && !closed
  const gaveUp = server.notes.find((note) => note.note === 'gave-up' && note.conn === stay.conn)
  const why = gaveUp === undefined ? '' : ', when retransmission gave up'
  return {
    holds: ended,
    because: ended
      ? `CLOSE-WAIT ended by itself after ${formatDuration(stay.until - stay.since)}${why}`
      : 'CLOSE-WAIT did not end by itself',
  }
}

const idle: Story = function* (lab) {
  const { client, server } = lab.pair()
  server.run('server', leakyServer(80))
  client.run('client', briefClient('server', 80))
  yield* lab.sleep(30 * DAY)
  lab.table('30 days later', server)
}

/** Answers a client that has closed its direction, when nobody is there any more. */
function answersLate(userTimeoutMs: number): ProgramBody {
  return function* (p) {
    const fd = listen(p, 80)
    const conn = yield* p.accept(fd)
    if (userTimeoutMs > 0) p.setsockopt(conn, 'TCP_USER_TIMEOUT', userTimeoutMs)
    yield* p.readAll(conn)
    yield* p.sleep(10 * SECOND)
    yield* p.send(conn, 'an answer that nobody gets\n')
    yield* p.forever()
  }
}

function unacknowledged(userTimeoutMs: number): Story {
  return function* (lab) {
    const { client, server } = lab.pair()
    server.run('server', answersLate(userTimeoutMs))
    client.run('client', function* (p) {
      const fd = yield* dial(p, 'server', 80)
      p.shutdown(fd, 'write')
      yield* p.forever()
    })
    yield* lab.sleep(5 * SECOND)
    client.crash()
    yield* lab.sleep(3600 * SECOND)
  }
}

/** Depends: idle never, with unacknowledged data yes. */
export const closeWaitTimesOut: Claim = {
  id: 'close-wait-times-out',
  claim: 'the system times CLOSE-WAIT out',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'An idle CLOSE-WAIT has no timer: nothing is owed to the peer and nothing expected from it, so it lasts until the program closes. With unacknowledged data in its send queue it has one, the retransmission timer, and ends when that gives up (tcp_retries2) or when TCP_USER_TIMEOUT is over. The descriptor stays open in either case.',
  mutation: 'close-wait-timer',
  cases: [
    { id: 'idle', title: 'nothing to send', story: idle, judge },
    { id: 'unacknowledged-data', title: 'data for a client that is gone', story: unacknowledged(0), judge },
    { id: 'user-timeout', title: 'the same with TCP_USER_TIMEOUT of 2 s', story: unacknowledged(2000), judge },
  ],
}
