import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { closingServer, idleClient } from '../lab/programs.ts'

/** False: the client is in CLOSE-WAIT. */
export const closeWaitClientStuck: Claim = {
  id: 'close-wait-client-stuck',
  claim: 'a client application that cannot close puts the server in CLOSE-WAIT',
  personality: 'linux',
  expected: 'false',
  explanation:
    'The one whose program does not close is the one in CLOSE-WAIT. Here that is the client: it has the FIN of the server and sits on it. The server, which has closed, is in FIN-WAIT-2, and as an orphan leaves it after tcp_fin_timeout.',
  mutation: 'closer-in-close-wait',
  cases: [
    {
      id: 'run',
      title: 'the server closes; the client program hangs',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', closingServer(80))
        client.run('client', idleClient('server', 80))
        yield* lab.sleep(30 * SECOND)
        lab.table('the client hangs: the server', server)
        lab.table('the client hangs: the client', client)
        yield* lab.sleep(3600 * SECOND)
      },
      judge(evidence) {
        const server = evidence.at('server')
        const client = evidence.at('client')
        const conn = server.callsTo('close(')[0]?.conn ?? 0
        const stuck = client.in('CLOSE-WAIT').length > 0 ? 'the client is in CLOSE-WAIT' : 'the client is not'
        return {
          holds: server.path(conn).includes('CLOSE-WAIT'),
          because: `the server's connection went to ${server.path(conn).slice(1).join(', ')}; ${stuck}`,
        }
      },
    },
  ],
}
