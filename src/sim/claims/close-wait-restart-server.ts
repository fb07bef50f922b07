import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { briefClient, leakyServer } from '../lab/programs.ts'

const CLIENTS = 3

/** True. */
export const closeWaitRestartServer: Claim = {
  id: 'close-wait-restart-server',
  claim: 'restarting the leaking server clears CLOSE-WAIT, and it comes back',
  personality: 'linux',
  expected: 'true',
  explanation:
    'When a process ends, its kernel closes what it held: every CLOSE-WAIT goes on to LAST-ACK and is gone a round trip later. The mistake in the program is still there, so the rows come back one by one.',
  mutation: 'exit-keeps-sockets',
  cases: [
    {
      id: 'run',
      title: 'three clients leave, the server is restarted, one more client leaves',
      *story(lab) {
        const { client, server } = lab.pair()
        const leaky = server.run('leaky', leakyServer(80))
        for (let i = 0; i < CLIENTS; i++) client.run('client', briefClient('server', 80))
        yield* lab.sleep(10 * SECOND)
        lab.table('before the restart', server)
        server.restart(leaky)
        yield* lab.sleep(SECOND)
        lab.table('a second after the restart', server)
        client.run('client', briefClient('server', 80))
        yield* lab.sleep(10 * SECOND)
        lab.table('after one more client', server)
      },
      judge(evidence) {
        const server = evidence.at('server')
        const restart = evidence.faults.find((fault) => fault.verdict === 'restart')?.time ?? 0
        const before = server.countAt('CLOSE-WAIT', restart - 1)
        const after = server.countAt('CLOSE-WAIT', restart + SECOND / 2)
        const again = server.in('CLOSE-WAIT').filter((stay) => stay.since > restart).length
        return {
          holds: before > 0 && after === 0 && again > 0,
          because: `${before} in CLOSE-WAIT before the restart, ${after} half a second after it, ${again} new one${again === 1 ? '' : 's'} later`,
        }
      },
    },
  ],
}
