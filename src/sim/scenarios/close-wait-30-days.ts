import { formatDuration, SECOND } from '../../base/index.ts'
import { briefClient, leakyServer } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

const DAY = 86_400 * SECOND

/** Keep-alive for sockets that did not ask for it: after two hours it would notice that nobody is there. */
const UNASKED = 'net.inet.tcp.always_keepalive'

/** CLOSE-WAIT, left alone for 30 days. */
export const closeWait30Days: Scenario = {
  id: 'close-wait-30-days',
  title: 'CLOSE-WAIT, left alone for 30 days',
  summary:
    'The client has closed and its machine is switched off; the server has forgotten the connection without closing it. Nothing is owed and nothing expected, so nothing is sent: after thirty days the row is there as on the first.',
  cases: [
    {
      id: 'run',
      title: 'nobody does anything',
      *story(lab) {
        const { client, server } = lab.pair()
        if (server.sysctl(UNASKED) === '1') {
          lab.say(`This system probes every connection, asked or not (${UNASKED}): that is switched off here.`)
          server.setSysctl(UNASKED, '0')
        }
        server.run('leaky', leakyServer(80))
        client.run('client', briefClient('server', 80))
        yield* lab.reaches(server, 'CLOSE-WAIT', 'the client has left: the server is in CLOSE-WAIT')
        const since = lab.now
        yield* lab.sleep(SECOND)
        const sent = server.stack.counters.OutSegs
        lab.say('The client machine is switched off: nothing will ever come from there.')
        client.crash()
        for (const days of [1, 7, 30]) {
          yield* lab.sleep(days * DAY - (lab.now - since))
          lab.checkEqual(`after ${days} day${days === 1 ? '' : 's'} it is there still`, lab.state(server), 'CLOSE-WAIT')
        }
        lab.table(`after ${formatDuration(lab.now - since)}`, server)
        // FreeBSD's keep-alive timer runs in every connection, and where nobody has asked for probes it sends none.
        lab.checkEqual('in all that time the server has sent nothing', server.stack.counters.OutSegs, sent)
      },
    },
  ],
}
