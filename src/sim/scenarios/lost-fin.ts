import { MS, SECOND } from '../../base/index.ts'
import { dial, listen } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

/** Longer than the way takes, shorter than any system waits before it sends again. */
const JUST_ARRIVED = 12 * MS

/** A FIN is lost. */
export const lostFin: Scenario = {
  id: 'lost-fin',
  title: 'A FIN is lost',
  summary:
    'A FIN takes a sequence number, so it is retransmitted like data. Lost once in either direction it delays the close by a timeout and changes nothing else.',
  cases: [
    {
      id: 'run',
      title: 'the first FIN of either side is lost',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', function* (p) {
          const conn = yield* p.accept(listen(p, 80))
          yield* p.readAll(conn)
          yield* p.sleep(SECOND)
          p.close(conn)
        })
        client.run('client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          yield* p.sleep(SECOND)
          p.close(fd)
        })
        const rules = [lab.world.drop('the first FIN of client'), lab.world.drop('the first FIN of server')]
        yield* lab.reaches(client, 'FIN-WAIT-1', 'the client has closed: FIN-WAIT-1')
        yield* lab.sleep(JUST_ARRIVED)
        lab.check(
          'its FIN was lost: the server knows nothing of it',
          rules[0]?.hits === 1 && lab.state(server) === 'ESTABLISHED',
          () => `the server is in ${lab.state(server)}`,
        )
        yield* lab.both(
          [client, 'FIN-WAIT-2'],
          [server, 'CLOSE-WAIT'],
          'sent again, it arrives: FIN-WAIT-2 and CLOSE-WAIT',
        )
        yield* lab.reaches(server, 'LAST-ACK', 'the server closes: LAST-ACK')
        yield* lab.sleep(JUST_ARRIVED)
        lab.check(
          'its FIN was lost too: the client waits on',
          rules[1]?.hits === 1 && lab.state(client) === 'FIN-WAIT-2',
          () => `the client is in ${lab.state(client)}`,
        )
        yield* lab.both([client, 'TIME-WAIT'], [server, 'CLOSED'], 'sent again, it arrives: TIME-WAIT and CLOSED')
      },
    },
  ],
}
