import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim, ClaimCase } from '../lab/claim.ts'
import { briefClient, politeServer } from '../lab/programs.ts'

const MINUTE = 60 * SECOND

/** Measures TIME-WAIT on one system and compares it with what is said of that system. */
function measure(
  id: string,
  title: string,
  personality: string,
  saidUs: number,
  sysctl?: readonly [string, string],
): ClaimCase {
  return {
    id,
    title,
    personality,
    *story(lab) {
      const { client, server } = lab.pair()
      if (sysctl !== undefined) client.setSysctl(...sysctl)
      server.run('server', politeServer(8080))
      client.run('client', briefClient('server', 8080))
      yield* lab.sleep(SECOND)
      lab.table('a second after the close', client)
      yield* lab.sleep(600 * SECOND)
    },
    judge(evidence) {
      const stay = evidence.at('client').in('TIME-WAIT')[0]
      const lasted = stay === undefined ? 0 : stay.until - stay.since
      return {
        holds: Math.abs(lasted - saidUs) < SECOND,
        because: `TIME-WAIT lasted ${formatDuration(lasted)}; ${formatDuration(saidUs)} is said`,
      }
    },
  }
}

/** Depends on the release. */
export const mslFourMinutes: Claim = {
  id: 'msl-four-minutes',
  claim: '2·MSL is 4 minutes on Solaris and Windows and 1 minute on Linux',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'On Linux it is a minute. The four minutes of Solaris and Windows are those of old releases, after the two-minute MSL of the RFC; Solaris has had one minute for long, and Windows lets TcpTimedWaitDelay be anything from 30 s to 300 s.',
  mutation: 'no-time-wait',
  cases: [
    measure('linux', 'Linux', 'linux', MINUTE),
    measure('solaris-old', 'Solaris, an old release', 'solaris', 4 * MINUTE, ['tcp_time_wait_interval', '240000']),
    measure('solaris', 'Solaris, since', 'solaris', 4 * MINUTE),
    measure('windows-old', 'Windows, an old release', 'windows', 4 * MINUTE),
    measure('windows', 'Windows, TcpTimedWaitDelay at 120 as in newer releases', 'windows', 4 * MINUTE, [
      'TcpTimedWaitDelay',
      '120',
    ]),
  ],
}
