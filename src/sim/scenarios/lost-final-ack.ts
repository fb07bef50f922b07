import { formatDuration, SECOND } from '../../base/index.ts'
import { briefClient, politeServer } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

/** The final ACK is lost. */
export const lostFinalAck: Scenario = {
  id: 'lost-final-ack',
  title: 'The final ACK is lost',
  summary:
    'The server sits in LAST-ACK and cannot know whether its FIN or the ACK of it got lost. It sends the FIN again; the client, which is in TIME-WAIT for just this, acknowledges it again and starts its 2·MSL anew.',
  cases: [
    {
      id: 'run',
      title: 'the final ACK is lost once',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', politeServer(80))
        client.run('client', briefClient('server', 80, { staysUs: SECOND }))
        const rule = lab.world.drop('the final ACK')
        yield* lab.both(
          [client, 'TIME-WAIT'],
          [server, 'LAST-ACK'],
          'the client is in TIME-WAIT, the server in LAST-ACK',
        )
        const entered = lab.now
        yield* lab.expect('the final ACK is lost', () => rule.hits === 1)
        lab.say('The server hears nothing. After its retransmission timeout it sends the FIN again.')
        yield* lab.reaches(server, 'CLOSED', 'the repeated FIN is acknowledged: the server is CLOSED')
        const repaired = lab.now
        lab.say(`That took ${formatDuration(repaired - entered)}.`)
        lab.checkEqual('the client is in TIME-WAIT still', lab.state(client), 'TIME-WAIT')
        yield* lab.reaches(client, 'CLOSED', 'the client is CLOSED after 2·MSL')
        const twoMsl = client.stack.config.timeWaitUs
        lab.check(
          '2·MSL was counted from the repeated FIN',
          lab.now - repaired > twoMsl - SECOND && lab.now - entered > twoMsl,
          () => `it ended ${formatDuration(lab.now - entered)} after it began`,
        )
      },
    },
  ],
}
