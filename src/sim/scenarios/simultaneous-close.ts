import { SECOND } from '../../base/index.ts'
import { dial, listen } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

/** Both sides close at once. */
export const simultaneousClose: Scenario = {
  id: 'simultaneous-close',
  title: 'Both sides close at once',
  summary:
    'Client and server call close() at the same moment. The FINs cross on the wire; each finds the other side in FIN-WAIT-1, which goes to CLOSING, and both end in TIME-WAIT.',
  cases: [
    {
      id: 'run',
      title: 'the FINs cross',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', function* (p) {
          const conn = yield* p.accept(listen(p, 80))
          yield* p.sleepUntil(SECOND)
          p.close(conn)
        })
        client.run('client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          yield* p.sleepUntil(SECOND)
          p.close(fd)
        })
        yield* lab.both([client, 'ESTABLISHED'], [server, 'ESTABLISHED'], 'the connection is ESTABLISHED')
        yield* lab.both([client, 'FIN-WAIT-1'], [server, 'FIN-WAIT-1'], 'both have sent a FIN: FIN-WAIT-1 twice')
        yield* lab.both([client, 'CLOSING'], [server, 'CLOSING'], 'the FINs have crossed: CLOSING twice')
        yield* lab.both([client, 'TIME-WAIT'], [server, 'TIME-WAIT'], 'both FINs are acknowledged: TIME-WAIT twice')
        lab.table('the client', client)
        lab.table('the server', server)
        yield* lab.both([client, 'CLOSED'], [server, 'CLOSED'], 'after 2·MSL both are CLOSED')
      },
    },
  ],
}
