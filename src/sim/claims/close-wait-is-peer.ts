import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { stayedFor } from '../lab/evidence.ts'
import { closingServer, readingClient } from '../lab/programs.ts'

/** False: who closes first waits in FIN-WAIT-1 and FIN-WAIT-2. */
export const closeWaitIsPeer: Claim = {
  id: 'close-wait-is-peer',
  claim: 'CLOSE-WAIT means this server closed first and waits for the client',
  personality: 'linux',
  expected: 'false',
  explanation:
    'The side that closes first waits in FIN-WAIT-1 and FIN-WAIT-2. CLOSE-WAIT is the state of the other side: the FIN of its peer has arrived, and what is waited for is a close() by the program on this very machine.',
  mutation: 'closer-in-close-wait',
  cases: [
    {
      id: 'run',
      title: 'the server closes first; its client takes 30 s to follow',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', closingServer(80))
        client.run('client', readingClient('server', 80, { lingersUs: 30 * SECOND }))
        yield* lab.sleep(10 * SECOND)
        lab.table('the server closed, the client has not yet', server)
        yield* lab.sleep(30 * SECOND)
      },
      judge(evidence) {
        const server = evidence.at('server')
        const conn = server.callsTo('close(')[0]?.conn ?? 0
        const closed = server.callsTo('close(')[0]?.time ?? 0
        const after = server.stays.filter(
          (stay) => stay.conn === conn && stay.until > closed && stay.state !== 'ESTABLISHED',
        )
        const waits = after.map((stay) => `${stay.state} (${stayedFor(stay)})`)
        return {
          holds: after.some((stay) => stay.state === 'CLOSE-WAIT'),
          because: `having closed first, the server's connection went through ${waits.join(', ')}`,
        }
      },
    },
  ],
}
