import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { closingServer, readingClient } from '../lab/programs.ts'
import type { Judge } from '../lab/run.ts'
import type { Story } from '../lab/story.ts'

/** The client vanishes once the server has closed behind the file, and is back after so long, or never. */
function download(backAfterUs: number): Story {
  return function* (lab) {
    const { client, server } = lab.pair()
    server.run('server', closingServer(80, { text: 'x'.repeat(10_000) }))
    client.run('client', readingClient('server', 80))
    yield* lab.until(
      () =>
        lab.state(server) !== 'ESTABLISHED' && lab.state(server) !== 'CLOSED' && lab.state(server) !== 'SYN-RECEIVED',
    )
    client.crash()
    yield* lab.sleep(SECOND)
    lab.table('a second after the crash', server)
    if (Number.isFinite(backAfterUs)) {
      yield* lab.sleep(backAfterUs)
      client.boot()
    }
    yield* lab.sleep(1800 * SECOND)
  }
}

const judge: Judge = (evidence) => {
  const server = evidence.at('server')
  const conn = server.in('ESTABLISHED')[0]?.conn ?? 0
  const reset = server.received.some((segment) => segment.conn === conn && (segment.flags & 4) !== 0)
  const left = server.in('FIN-WAIT-1').find((stay) => stay.conn === conn && stay.next === 'CLOSED')
  const end = left === undefined ? '' : reset ? ', and a RST ended it' : ', and gave up'
  return {
    holds: server.path(conn).includes('CLOSE-WAIT'),
    because: `after its close() the server's connection was in ${server.path(conn).slice(2).join(', ')}${end}`,
  }
}

/** False: it is in FIN-WAIT-1, until a RST comes or it gives up. */
export const closeWaitDownloadCrash: Claim = {
  id: 'close-wait-download-crash',
  claim: 'the server has sent a file and closed, the client crashes before acknowledging: the server is in CLOSE-WAIT',
  personality: 'linux',
  expected: 'false',
  explanation:
    'Having closed, the server has a FIN of its own to get through: it is in FIN-WAIT-1, retransmitting data and FIN as an orphan. If the client stays away it gives up; if the client machine comes back and knows nothing of the connection, its RST ends it.',
  mutation: 'closer-in-close-wait',
  cases: [
    { id: 'stays-away', title: 'the client never comes back', story: download(Number.POSITIVE_INFINITY), judge },
    { id: 'comes-back', title: 'the client machine is up again after 10 s', story: download(10 * SECOND), judge },
  ],
}
