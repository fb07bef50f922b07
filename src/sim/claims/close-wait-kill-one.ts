import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { briefClient, idleClient, leakyServer } from '../lab/programs.ts'

/** False: it ends the owner with all its sockets. */
export const closeWaitKillOne: Claim = {
  id: 'close-wait-kill-one',
  claim: 'kill or fuser -k force-closes the one connection that hangs',
  personality: 'linux',
  expected: 'false',
  explanation:
    'Signals go to processes. fuser -k finds every process that has the port open and kills it, and with it go the listener and all its other connections. taskkill does the same on Windows. One connection alone is ended by SOCK_DESTROY, or by shutdown() on a descriptor borrowed with pidfd_getfd.',
  mutation: 'kill-takes-one',
  cases: [
    {
      id: 'run',
      title: 'one connection in CLOSE-WAIT and two at work, then fuser -k 80/tcp',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', leakyServer(80))
        client.run('worker', idleClient('server', 80))
        client.run('worker', idleClient('server', 80))
        client.run('leaver', briefClient('server', 80))
        yield* lab.sleep(5 * SECOND)
        lab.table('before fuser -k 80/tcp', server)
        server.fuserKill(80)
        yield* lab.sleep(SECOND)
        lab.table('after fuser -k 80/tcp', server)
      },
      judge(evidence) {
        const server = evidence.at('server')
        const kill = evidence.faults.find((fault) => fault.reason.startsWith('fuser -k'))?.time ?? 0
        const states = ['LISTEN', 'ESTABLISHED', 'CLOSE-WAIT'] as const
        const before = states.map((state) => server.countAt(state, kill - 1))
        const after = states.map((state) => server.countAt(state, kill + SECOND / 2))
        const gone = states.map(
          (state, i) => `${(before[i] as number) - (after[i] as number)} of ${before[i]} in ${state}`,
        )
        return {
          holds: after[2] === 0 && before[2] === 1 && after[0] === before[0] && after[1] === before[1],
          because: `fuser -k took ${gone.join(', ')}`,
        }
      },
    },
  ],
}
