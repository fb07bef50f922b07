import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { briefClient, politeServer } from '../lab/programs.ts'

/** False: the rows stay. */
export const timeWaitInitD: Claim = {
  id: 'time-wait-init-d',
  claim: 'restarting the network service (/etc/init.d/networking restart) clears TIME-WAIT',
  personality: 'linux',
  expected: 'false',
  explanation:
    'The script takes the interfaces down, flushes their addresses and brings them up again. The table of TIME-WAIT belongs to TCP, not to an interface: the rows stay until their minute is over.',
  mutation: 'network-restart-flushes',
  cases: [
    {
      id: 'run',
      title: 'three connections in TIME-WAIT, then the network is restarted',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', politeServer(80))
        for (let i = 0; i < 3; i++) client.run('client', briefClient('server', 80))
        yield* lab.sleep(5 * SECOND)
        lab.table('before the restart', client)
        client.restartNetwork()
        yield* lab.sleep(SECOND)
        lab.table('after the restart', client)
        yield* lab.sleep(100 * SECOND)
      },
      judge(evidence) {
        const client = evidence.at('client')
        const restart = evidence.faults.find((fault) => fault.verdict === 'restart')?.time ?? 0
        const before = client.countAt('TIME-WAIT', restart - 1)
        const after = client.countAt('TIME-WAIT', restart + SECOND)
        const stay = client.in('TIME-WAIT')[0]
        const lasted = formatDuration((stay?.until ?? 0) - (stay?.since ?? 0))
        return {
          holds: before > 0 && after === 0,
          because: `${before} in TIME-WAIT before the restart, ${after} after it; they lasted ${lasted}`,
        }
      },
    },
  ],
}
