import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { briefClient, politeServer } from '../lab/programs.ts'

const SET_SECONDS = 10

/** False: TIME-WAIT is 60 s, compiled in. */
export const finTimeoutIs2msl: Claim = {
  id: 'fin-timeout-is-2msl',
  claim: 'tcp_fin_timeout is the length of TIME-WAIT, and writing it changes it',
  personality: 'linux',
  expected: 'false',
  explanation:
    'On Linux TIME-WAIT lasts 60 s, compiled in. tcp_fin_timeout bounds something else: how long an orphan waits in FIN-WAIT-2 for the FIN of a peer that does not close. That both are 60 s by default is where the mistake comes from.',
  mutation: 'fin-timeout-is-time-wait',
  cases: [
    {
      id: 'run',
      title: 'the same close before and after tcp_fin_timeout is set to 10',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', politeServer(80))
        client.run('before', briefClient('server', 80))
        yield* lab.sleep(400 * SECOND)
        client.setSysctl('net.ipv4.tcp_fin_timeout', String(SET_SECONDS))
        client.run('after', briefClient('server', 80))
        yield* lab.sleep(5 * SECOND)
        lab.table('5 s after the second close', client)
        yield* lab.sleep(400 * SECOND)
      },
      judge(evidence) {
        const [before, after] = evidence
          .at('client')
          .in('TIME-WAIT')
          .map((stay) => stay.until - stay.since)
        return {
          holds: after !== undefined && Math.abs(after - SET_SECONDS * SECOND) < SECOND,
          because: `TIME-WAIT lasted ${formatDuration(before ?? 0)} before, and ${formatDuration(after ?? 0)} with tcp_fin_timeout at ${SET_SECONDS} s`,
        }
      },
    },
  ],
}
