import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import type { Evidence } from '../lab/evidence.ts'
import { dial, idleClient, leakyServer, listen, politeServer } from '../lab/programs.ts'
import type { Judge } from '../lab/run.ts'
import type { Story } from '../lab/story.ts'
import type { ProgramBody } from '../program.ts'

const HOUR = 3600 * SECOND

/** A crash after a minute, the return an hour later, and a minute more. */
function crashAndReturn(server: ProgramBody, client: ProgramBody, how: 'program' | 'host'): Story {
  return function* (lab) {
    const hosts = lab.pair()
    hosts.server.run('server', server)
    const program = hosts.client.run('client', client)
    yield* lab.sleep(60 * SECOND)
    if (how === 'program') hosts.client.kill(program)
    else hosts.client.crash()
    yield* lab.sleep(HOUR)
    lab.table('an hour after the crash', hosts.server)
    if (how === 'host') hosts.client.boot()
    hosts.client.returns('client')
    hosts.client.run('client', client)
    yield* lab.sleep(60 * SECOND)
  }
}

/** Whether the server was in CLOSE-WAIT all the time until the client returned, and then no longer. */
const judge: Judge = (evidence: Evidence) => {
  const returned = evidence.faults.findLast((fault) => fault.verdict === 'restart')?.time ?? 0
  const stays = evidence.at('server').in('CLOSE-WAIT')
  const before = stays.filter((stay) => stay.since < returned)
  const until = before.filter((stay) => stay.until >= returned)
  const ended = until.filter((stay) => stay.until < returned + 30 * SECOND)
  const conn = evidence.at('server').in('ESTABLISHED')[0]?.conn ?? 0
  const state = evidence.at('server').stateAt(conn, returned - 1)
  return {
    holds: until.length > 0 && ended.length === until.length,
    because:
      until.length > ended.length
        ? 'the connection was still in CLOSE-WAIT after the client had come back: the server has not closed it'
        : `when the client came back the server's connection was in ${state}`,
  }
}

/** Sends a request and never looks at the answer. */
const deafClient: ProgramBody = function* (p) {
  const fd = yield* dial(p, 'server', 80)
  if (fd < 0) return
  yield* p.send(fd, 'request\n')
  yield* p.forever()
}

/** Answers, then waits for more. */
const answeringServer: ProgramBody = function* (p) {
  const fd = listen(p, 80)
  for (;;) {
    const conn = yield* p.accept(fd)
    if (conn < 0) return
    p.start(function* () {
      yield* p.recv(conn, 100)
      yield* p.send(conn, 'answer\n')
      yield* p.readAll(conn)
      p.close(conn)
    })
  }
}

/** False: it is entered by FIN, or not at all by RST; staying there is the fault of the server. */
export const closeWaitClientCrash: Claim = {
  id: 'close-wait-client-crash',
  claim: 'a client crash leaves the server in CLOSE-WAIT until the client returns',
  personality: 'linux',
  expected: 'false',
  explanation:
    'When a client program crashes, its kernel closes for it. With nothing unread that is a FIN: the server enters CLOSE-WAIT, and its own close() ends it, whether or not the client ever returns. With unread data it is a RST, and there is no CLOSE-WAIT. When the whole client vanishes nothing is sent, and the server stays ESTABLISHED. A server that stays in CLOSE-WAIT has itself to blame, and the return of the client does not help it.',
  mutation: 'returning-host-resets',
  cases: [
    {
      id: 'nothing-unread',
      title: 'the client program crashes; the server closes when it reads the end',
      story: crashAndReturn(politeServer(80), idleClient('server', 80, { text: 'request\n' }), 'program'),
      judge,
    },
    {
      id: 'unread-data',
      title: 'the client program crashes with an answer unread',
      story: crashAndReturn(answeringServer, deafClient, 'program'),
      judge,
    },
    {
      id: 'vanishes',
      title: 'the client loses power',
      story: crashAndReturn(politeServer(80), idleClient('server', 80, { text: 'request\n' }), 'host'),
      judge,
    },
    {
      id: 'leaky-server',
      title: 'the client program crashes; the server forgets to close',
      story: crashAndReturn(leakyServer(80), idleClient('server', 80, { text: 'request\n' }), 'program'),
      judge,
    },
  ],
}
