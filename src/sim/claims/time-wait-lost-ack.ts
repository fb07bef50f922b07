import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { Flag, has } from '../lab/evidence.ts'
import { briefClient, politeServer } from '../lab/programs.ts'

/** True: somebody must be there to acknowledge the FIN again. */
export const timeWaitLostAck: Claim = {
  id: 'time-wait-lost-ack',
  claim: 'TIME-WAIT lets a lost final ACK be repaired',
  personality: 'linux',
  expected: 'true',
  explanation:
    'The side in LAST-ACK does not know whether its FIN or the ACK of it was lost; it sends the FIN again. Somebody must be there to acknowledge it again, and that is what TIME-WAIT is: it answers, and starts its 2·MSL anew in case this ACK is lost too.',
  mutation: 'time-wait-deaf',
  cases: [
    {
      id: 'run',
      title: 'the final ACK is lost',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', politeServer(80))
        client.run('client', briefClient('server', 80, { staysUs: SECOND }))
        lab.world.drop('the final ACK')
        yield* lab.sleep(200 * SECOND)
      },
      judge(evidence) {
        const server = evidence.at('server')
        const client = evidence.at('client')
        const lost = evidence.faults.some((fault) => fault.verdict === 'drop')
        const lastAck = server.in('LAST-ACK')[0]
        const repeated = server.sent.filter((segment) => has(segment, Flag.FIN) && segment.retransmission).length
        const restarted = client.notes.some((note) => note.note === 'time-wait-restarted')
        const acked = server.received.some((segment) => segment.time === lastAck?.until && !has(segment, Flag.RST))
        return {
          holds: lost && lastAck?.next === 'CLOSED' && repeated > 0 && acked,
          because: `LAST-ACK sent its FIN ${repeated} more time${repeated === 1 ? '' : 's'} and ended after ${formatDuration((lastAck?.until ?? Number.POSITIVE_INFINITY) - (lastAck?.since ?? 0))}, ${acked ? 'by an ACK' : 'without an ACK'}; 2·MSL was ${restarted ? '' : 'not '}started anew`,
        }
      },
    },
  ],
}
