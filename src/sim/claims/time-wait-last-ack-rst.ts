import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { Flag, has } from '../lab/evidence.ts'
import { briefClient, politeServer } from '../lab/programs.ts'

const PORT = 40_000

/** False: it sends an ACK, and the client resets. */
export const timeWaitLastAckRst: Claim = {
  id: 'time-wait-last-ack-rst',
  claim: 'a peer that is left in LAST-ACK answers the new SYN with RST',
  personality: 'linux',
  expected: 'false',
  explanation:
    'It answers with an ACK: of the old connection, as RFC 5961 wants for a SYN in a synchronised state. That ACK makes no sense to the new client, which resets it; with that the old connection is gone, and the SYN, sent again a second later, opens the new one.',
  mutation: 'last-ack-resets-syn',
  cases: [
    {
      id: 'run',
      title:
        'the final ACK is lost and the client machine restarts, without its TIME-WAIT; it connects again from the same port',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', politeServer(80))
        client.run('client', briefClient('server', 80, { staysUs: SECOND, localPort: PORT }))
        lab.world.drop('the final ACK')
        yield* lab.until(() => lab.state(client) === 'TIME-WAIT')
        client.crash()
        client.boot()
        client.run('client', briefClient('server', 80, { staysUs: SECOND, localPort: PORT }))
        yield* lab.until(() => lab.state(server) === 'ESTABLISHED', 30 * SECOND)
        lab.table('in the end', server)
        yield* lab.sleep(30 * SECOND)
      },
      judge(evidence) {
        const server = evidence.at('server')
        const lastAck = server.in('LAST-ACK')[0]
        const syn = server.received.find((segment) => has(segment, Flag.SYN) && segment.time > (lastAck?.since ?? 0))
        const answer = server.sent.find((segment) => segment.time >= (syn?.time ?? Number.POSITIVE_INFINITY))
        const reset = answer !== undefined && has(answer, Flag.RST)
        const established =
          server.in('ESTABLISHED').length > 1 ? 'it was established in the end' : 'it never was established'
        return {
          holds: reset,
          because: `the new SYN was answered with ${reset ? 'RST' : answer === undefined ? 'nothing' : 'ACK'}; ${established}`,
        }
      },
    },
  ],
}
