import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { dial, idleClient, listen } from '../lab/programs.ts'
import type { Judge } from '../lab/run.ts'
import type { Story } from '../lab/story.ts'
import type { ProgramBody } from '../program.ts'

const TROUBLE = 60 * SECOND
const LONG = 3600 * SECOND

/** A server that does something with its one connection ten seconds after the network has failed. */
function serverThat(acts: (p: Parameters<ProgramBody>[0], conn: number) => void): ProgramBody {
  return function* (p) {
    const fd = listen(p, 80)
    const conn = yield* p.accept(fd)
    yield* p.sleep(TROUBLE + 10 * SECOND)
    acts(p, conn)
    yield* p.forever()
  }
}

function failing(server: ProgramBody, client: ProgramBody): Story {
  return function* (lab) {
    const hosts = lab.pairBehindFirewall()
    hosts.server.run('server', server)
    hosts.client.run('client', client)
    yield* lab.sleep(TROUBLE)
    hosts.firewall.fail()
    yield* lab.sleep(60 * SECOND)
    lab.table('a minute after the network failed', hosts.server)
    yield* lab.sleep(LONG)
  }
}

/** The firewall forgets the flow and works on; the server then sends. */
const forgetting: Story = function* (lab) {
  const hosts = lab.pairBehindFirewall({ idleTimeoutUs: TROUBLE })
  const server = serverThat((p, conn) => p.sendSome(conn, 'news\n'))
  hosts.server.run('server', server)
  hosts.client.run('client', idleClient('server', 80))
  yield* lab.sleep(TROUBLE + 60 * SECOND)
  lab.table('a minute after the firewall forgot the connection', hosts.server)
  yield* lab.sleep(LONG)
}

const halfClosingClient: ProgramBody = function* (p) {
  const fd = yield* dial(p, 'server', 80)
  p.shutdown(fd, 'write')
  yield* p.forever()
}

/** Whether the server entered CLOSE-WAIT once the network was in trouble. */
const judge: Judge = (evidence) => {
  const server = evidence.at('server')
  const trouble = evidence.faults.find((fault) => fault.verdict === 'cut')?.time ?? TROUBLE
  const entered = server.in('CLOSE-WAIT').filter((stay) => stay.since >= trouble)
  const conn = server.in('ESTABLISHED')[0]?.conn ?? 0
  const after = server.stays.filter((stay) => stay.conn === conn && stay.until > trouble)
  const states = after.map((stay) => stay.state).join(', then ')
  return {
    holds: entered.length > 0,
    because: `once the network was in trouble the server's connection was in ${states}`,
  }
}

/** False: the server stays ESTABLISHED, in FIN-WAIT-1 or in LAST-ACK. */
export const closeWaitNetwork: Claim = {
  id: 'close-wait-network',
  claim: 'network trouble or a firewall causes CLOSE-WAIT',
  personality: 'linux',
  expected: 'false',
  explanation:
    'Only a FIN leads to CLOSE-WAIT, and a network that fails sends none: it is silent. Whatever the server is doing it goes on doing: an idle connection stays ESTABLISHED, one that sends retransmits and gives up, one that is being closed stays in FIN-WAIT-1 (or in LAST-ACK, if the client had closed before) until its retransmissions are used up.',
  mutation: 'network-says-fin',
  cases: [
    {
      id: 'idle',
      title: 'nobody says anything',
      story: failing(
        serverThat(() => undefined),
        idleClient('server', 80),
      ),
      judge,
    },
    {
      id: 'sending',
      title: 'the server goes on sending',
      story: failing(
        serverThat((p, conn) => p.sendSome(conn, 'news\n')),
        idleClient('server', 80),
      ),
      judge,
    },
    {
      id: 'closing',
      title: 'the server closes',
      story: failing(
        serverThat((p, conn) => p.close(conn)),
        idleClient('server', 80),
      ),
      judge,
    },
    {
      id: 'closing-after-client',
      title: 'the client had closed its direction before, and the server closes',
      story: failing(
        serverThat((p, conn) => p.close(conn)),
        halfClosingClient,
      ),
      judge,
    },
    {
      id: 'firewall-forgets',
      title: 'a firewall forgets the idle connection, and the server sends',
      story: forgetting,
      judge,
    },
  ],
}
