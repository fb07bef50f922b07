import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { briefClient, dial, leakyServer, politeServer } from '../lab/programs.ts'

const SET_SECONDS = 10

/** False: it is the length of TIME-WAIT. */
export const closeWaitInterval: Claim = {
  id: 'close-wait-interval',
  claim: 'tcp_close_wait_interval tunes CLOSE-WAIT',
  personality: 'solaris',
  expected: 'false',
  explanation:
    'The name is a mistake of old Solaris, whose later releases call the same setting tcp_time_wait_interval: it is the length of TIME-WAIT, and never touched CLOSE-WAIT.',
  mutation: 'close-wait-timer',
  cases: [
    {
      id: 'run',
      title: 'tcp_close_wait_interval is set to 10 s; one server leaks, another does not',
      *story(lab) {
        const { client, server } = lab.pair()
        for (const host of [client, server]) host.setSysctl('tcp_close_wait_interval', String(SET_SECONDS * 1000))
        server.run('leaky', leakyServer(8080))
        server.run('polite', politeServer(8081))
        // The first client only half-closes: as an orphan it would end the wait of the server by a RST of its own.
        client.run('half-closer', function* (p) {
          p.shutdown(yield* dial(p, 'server', 8080), 'write')
          yield* p.forever()
        })
        client.run('closer', briefClient('server', 8081))
        yield* lab.sleep(3600 * SECOND)
        lab.table('an hour later', server)
      },
      judge(evidence) {
        const stays = [...evidence.at('server').in('CLOSE-WAIT')]
        const closeWait = stays.sort((a, b) => b.until - b.since - (a.until - a.since))[0]
        const timeWait = evidence.at('client').in('TIME-WAIT')[0]
        const lasted = closeWait === undefined ? 0 : closeWait.until - closeWait.since
        const timeWaited = timeWait === undefined ? 0 : timeWait.until - timeWait.since
        const said = Number.isFinite(lasted) ? `lasted ${formatDuration(lasted)}` : 'was there still an hour later'
        return {
          holds: Math.abs(lasted - SET_SECONDS * SECOND) < SECOND,
          because: `set to ${SET_SECONDS} s: CLOSE-WAIT ${said}, TIME-WAIT lasted ${formatDuration(timeWaited)}`,
        }
      },
    },
  ],
}
