import { SECOND } from '../../base/index.ts'
import { dial, listen } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

const PARTS = 5

/** Half-close: one direction ends, the other goes on. */
export const halfClose: Scenario = {
  id: 'half-close',
  title: 'Half-close: one direction ends, the other goes on',
  summary:
    'The client shuts its direction down (shutdown(SHUT_WR)) and keeps reading. In CLOSE-WAIT the server may send for as long as it likes; it does so for five seconds, and then closes.',
  cases: [
    {
      id: 'run',
      title: 'the client has asked, the server goes on answering',
      *story(lab) {
        const { client, server } = lab.pair()
        let read = ''
        server.run('server', function* (p) {
          const conn = yield* p.accept(listen(p, 80))
          yield* p.readAll(conn)
          for (let i = 1; i <= PARTS; i++) {
            yield* p.sleep(SECOND)
            yield* p.send(conn, `part ${i}\n`)
          }
          p.close(conn)
        })
        client.run('client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          yield* p.send(fd, 'all of it, please\n')
          p.shutdown(fd, 'write')
          for (;;) {
            const { result, text } = yield* p.recv(fd, 100)
            if (result <= 0) break
            read += text
          }
          p.close(fd)
        })
        yield* lab.both(
          [client, 'FIN-WAIT-2'],
          [server, 'CLOSE-WAIT'],
          'one direction is closed: FIN-WAIT-2 and CLOSE-WAIT',
        )
        lab.table('half closed', server)
        yield* lab.sleep(3500_000)
        lab.check(
          'three seconds on, the states are the same',
          lab.state(client) === 'FIN-WAIT-2' && lab.state(server) === 'CLOSE-WAIT',
        )
        lab.checkEqual('data has gone on flowing to the side that had closed', read, 'part 1\npart 2\npart 3\n')
        yield* lab.reaches(server, 'LAST-ACK', 'the server has said everything and closes: LAST-ACK')
        yield* lab.both([client, 'TIME-WAIT'], [server, 'CLOSED'], 'the one who closed first waits: TIME-WAIT')
        lab.checkEqual('nothing was lost', read.split('\n').length - 1, PARTS)
      },
    },
  ],
}
