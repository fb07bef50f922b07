import { formatDuration, SECOND } from '../../base/index.ts'
import { dial, listen } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

/** The closing sequence, step by step. */
export const plainClose: Scenario = {
  id: 'plain-close',
  title: 'The closing sequence, step by step',
  summary:
    'A client asks, a server answers, the client closes first and the server a second later. Every state of both sides is asserted as it comes: FIN-WAIT-1, CLOSE-WAIT, FIN-WAIT-2, LAST-ACK, TIME-WAIT, CLOSED.',
  cases: [
    {
      id: 'run',
      title: 'the client closes first',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', function* (p) {
          const conn = yield* p.accept(listen(p, 80))
          yield* p.recv(conn, 100)
          yield* p.send(conn, 'answer\n')
          yield* p.readAll(conn)
          yield* p.sleep(SECOND)
          p.close(conn)
        })
        client.run('client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          yield* p.send(fd, 'request\n')
          yield* p.recv(fd, 100)
          yield* p.sleep(SECOND)
          p.close(fd)
        })
        lab.say('The handshake: SYN, SYN,ACK, ACK.')
        yield* lab.reaches(client, 'SYN-SENT', 'the client has sent its SYN: SYN-SENT')
        yield* lab.both([client, 'SYN-SENT'], [server, 'SYN-RECEIVED'], 'the server has answered it: SYN-RECEIVED')
        yield* lab.both([client, 'ESTABLISHED'], [server, 'SYN-RECEIVED'], 'the client has the answer: ESTABLISHED')
        yield* lab.both([client, 'ESTABLISHED'], [server, 'ESTABLISHED'], 'its ACK has come: both are ESTABLISHED')
        lab.say('A second later the client closes. It has nothing more to say; it may still listen.')
        yield* lab.both(
          [client, 'FIN-WAIT-1'],
          [server, 'ESTABLISHED'],
          'its FIN is on the way: the client is in FIN-WAIT-1',
        )
        yield* lab.both(
          [client, 'FIN-WAIT-1'],
          [server, 'CLOSE-WAIT'],
          'the FIN has arrived: the server is in CLOSE-WAIT',
        )
        yield* lab.both(
          [client, 'FIN-WAIT-2'],
          [server, 'CLOSE-WAIT'],
          'its ACK has come back: the client is in FIN-WAIT-2',
        )
        lab.table('the client waits for the server', client)
        lab.table('the server waits for its own program', server)
        lab.say('Now everything depends on the program of the server. After a second it closes.')
        yield* lab.both([client, 'FIN-WAIT-2'], [server, 'LAST-ACK'], 'the FIN of the server is on the way: LAST-ACK')
        yield* lab.both([client, 'TIME-WAIT'], [server, 'LAST-ACK'], 'it has arrived: the client is in TIME-WAIT')
        const since = lab.now
        yield* lab.both([client, 'TIME-WAIT'], [server, 'CLOSED'], 'the final ACK has come: the server is CLOSED')
        lab.table('2·MSL', client)
        yield* lab.both([client, 'CLOSED'], [server, 'CLOSED'], 'after 2·MSL the client is CLOSED too')
        lab.say(`TIME-WAIT lasted ${formatDuration(lab.now - since)}.`)
      },
    },
  ],
}
