import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { dial, idleClient, leakyServer, listen } from '../lab/programs.ts'
import type { Judge } from '../lab/run.ts'
import type { ProgramBody } from '../program.ts'

/** Whether a CLOSE-WAIT that was there when the client was restarted ended with it. */
const judge: Judge = (evidence) => {
  const server = evidence.at('server')
  const restart = evidence.faults.findLast((fault) => fault.verdict === 'restart')?.time ?? 0
  const crash = evidence.faults.findLast((fault) => fault.verdict === 'crash')?.time ?? restart
  const stays = server.in('CLOSE-WAIT').filter((stay) => stay.since < crash + SECOND)
  const ended = stays.filter((stay) => stay.until >= crash && stay.until < restart + SECOND)
  const first = ended[0]
  return {
    holds: stays.length > 0 && ended.length === stays.length,
    because:
      first === undefined
        ? 'CLOSE-WAIT outlived the restart'
        : `CLOSE-WAIT ended ${formatDuration(first.until - crash)} after the client was killed: its unread data made a RST`,
  }
}

/** Half-closes, and never reads the answer. */
const halfClosingDeafClient: ProgramBody = function* (p) {
  const fd = yield* dial(p, 'server', 80)
  if (fd < 0) return
  p.shutdown(fd, 'write')
  yield* p.forever()
}

/** Answers a client that has finished asking, and forgets to close. */
const leakyAnswerer: ProgramBody = function* (p) {
  const fd = listen(p, 80)
  for (;;) {
    const conn = yield* p.accept(fd)
    if (conn < 0) return
    p.start(function* () {
      yield* p.readAll(conn)
      yield* p.send(conn, 'answer\n')
    })
  }
}

/** Depends: idle no; the RST of a half-closed client with unread data does. */
export const closeWaitRestartClient: Claim = {
  id: 'close-wait-restart-client',
  claim: "restarting the client clears the server's CLOSE-WAIT",
  personality: 'linux',
  expected: 'depends',
  explanation:
    'A client that has closed has nothing more to say: restarting it sends nothing about the old connection. There is one exception. A client that has closed only its own direction and still holds the socket with data unread sends a RST when it is killed, and a RST ends CLOSE-WAIT.',
  mutation: 'unread-data-fin',
  cases: [
    {
      id: 'idle',
      title: 'the client had left; it is started again',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', leakyServer(80))
        const program = client.run('client', idleClient('server', 80))
        yield* lab.sleep(5 * SECOND)
        client.kill(program)
        yield* lab.sleep(5 * SECOND)
        lab.table('the client is gone', server)
        client.returns('client')
        client.run('client', idleClient('server', 80))
        yield* lab.sleep(60 * SECOND)
        lab.table('the client is back', server)
      },
      judge,
    },
    {
      id: 'half-closed-unread',
      title: 'the client had closed its direction only, and has not read the answer',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', leakyAnswerer)
        const program = client.run('client', halfClosingDeafClient)
        yield* lab.sleep(5 * SECOND)
        lab.table('half closed', server)
        client.kill(program)
        yield* lab.sleep(100_000)
        client.returns('client')
        client.run('client', idleClient('server', 80))
        yield* lab.sleep(60 * SECOND)
        lab.table('the client is back', server)
      },
      judge,
    },
  ],
}
