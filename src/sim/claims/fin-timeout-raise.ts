import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim, ClaimCase } from '../lab/claim.ts'
import { briefClient, idleServer } from '../lab/programs.ts'

/** Makes an orphan in FIN-WAIT-2 with one value, then with another, and compares how long they stay. */
function raise(from: number, to: number): ClaimCase {
  return {
    id: `${from}-to-${to}`,
    title: `tcp_fin_timeout is raised from ${from} to ${to}`,
    *story(lab) {
      const { client, server } = lab.pair()
      server.run('server', idleServer(80))
      for (const seconds of [from, to]) {
        client.setSysctl('net.ipv4.tcp_fin_timeout', String(seconds))
        client.run('client', briefClient('server', 80))
        yield* lab.sleep(SECOND)
        lab.table(`an orphan with tcp_fin_timeout at ${seconds}`, client)
        yield* lab.sleep(1000 * SECOND)
      }
    },
    judge(evidence) {
      const [before, after] = evidence
        .at('client')
        .in('FIN-WAIT-2')
        .map((stay) => stay.until - stay.since)
      return {
        holds: before !== undefined && after !== undefined && after > before,
        because: `an orphan stayed ${formatDuration(before ?? 0)} in FIN-WAIT-2 at ${from} s, and ${formatDuration(after ?? 0)} at ${to} s`,
      }
    },
  }
}

/** Depends: 61 to 89 s shorten it. */
export const finTimeoutRaise: Claim = {
  id: 'fin-timeout-raise',
  claim: 'raising tcp_fin_timeout keeps orphaned FIN-WAIT-2 connections longer',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'Up to 60 s it does. Above, Linux first waits with a keep-alive timer for what exceeds 60 s and then, as a small record, for the same time once more: about twice the excess in all. So 65 makes 10 s out of 60, and only from 90 on is it as long again.',
  mutation: 'orphan-time-straight',
  cases: [raise(5, 30), raise(60, 65), raise(60, 89), raise(60, 120)],
}
