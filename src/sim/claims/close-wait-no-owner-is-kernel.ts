import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import type { Evidence } from '../lab/evidence.ts'
import { idleClient, idleServer, listen } from '../lab/programs.ts'
import type { Judge } from '../lab/run.ts'
import type { Story } from '../lab/story.ts'
import type { ProgramBody } from '../program.ts'
import { ROOT, type Viewer } from '../rows.ts'

/** Whether every row without a program beside it belongs to the kernel. A kernel thread's name stands in brackets, as ps shows it. */
const judge: Judge = (evidence: Evidence) => {
  const calls = evidence.at('server').calls
  const rows = evidence.tables
    .flatMap((table) => table.rows)
    .filter((row) => row.owners === undefined || row.owners.length === 0)
  const owned = rows.map((row) => {
    const conn = Number(row.cookie ?? 0n)
    return calls.find((call) => call.conn === conn)?.process ?? 'nobody: it is not accepted'
  })
  const program = owned.find((owner) => !owner.startsWith('['))
  const states = rows.map((row) => row.state).join(', ')
  return {
    holds: program === undefined,
    because:
      rows.length === 0
        ? 'no row is without an owner'
        : program === undefined
          ? `${states} without an owner, and it belongs to ${owned[0]}, a kernel thread`
          : `${states} without an owner, and it belongs to ${program}`,
  }
}

/** Looks at one connection of a server's through the eyes of some viewer. */
function look(
  server: ProgramBody,
  viewer: Viewer,
  state: string,
  options: { name?: string; kernel?: boolean; uid?: number },
): Story {
  return function* (lab) {
    const hosts = lab.pair()
    hosts.server.run(options.name ?? 'server', server, { uid: options.uid ?? 0, kernel: options.kernel ?? false })
    const client = hosts.client.run('client', idleClient('server', 2049))
    yield* lab.sleep(2 * SECOND)
    hosts.client.kill(client)
    yield* lab.sleep(2 * SECOND)
    lab.table(`rows in ${state}`, hosts.server, viewer, (row) => row.state === state)
  }
}

const USER: Viewer = { uid: 1000 }

/** Listens and never accepts. */
const neverAccepts: ProgramBody = function* (p) {
  listen(p, 2049)
  yield* p.forever()
}

/** Closes at once and exits, while its client stays: what is left is an orphan. */
const closesAndExits: ProgramBody = function* (p) {
  const fd = listen(p, 2049)
  const conn = yield* p.accept(fd)
  p.close(conn)
  p.exit(0)
}

const orphan: Story = function* (lab) {
  const { client, server } = lab.pair()
  server.run('server', closesAndExits)
  client.run('client', idleClient('server', 2049))
  yield* lab.sleep(2 * SECOND)
  lab.table('rows in FIN-WAIT-2', server, ROOT, (row) => row.state === 'FIN-WAIT-2')
}

/** Depends: privilege, namespace, un-accepted, orphan, or the kernel. */
export const closeWaitNoOwnerIsKernel: Claim = {
  id: 'close-wait-no-owner-is-kernel',
  claim: 'no program beside a socket means that it belongs to a kernel service such as NFS',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'A dash in the column of owners has five causes: the viewer may not look into the process (another user, another namespace), the connection has not been accepted yet, its program has closed it and it finishes alone, or the kernel does hold it. Only the last is a kernel service, and only root can tell.',
  mutation: 'owners-of-everything',
  cases: [
    {
      id: 'another-user',
      title: "seen by a user who may not look into root's processes",
      story: look(idleServer(2049), USER, 'CLOSE-WAIT', { uid: 0 }),
      judge,
    },
    {
      id: 'namespace',
      title: "seen by root of another pid namespace, a container's",
      story: look(idleServer(2049), { uid: 0, namespace: 'container' }, 'CLOSE-WAIT', {}),
      judge,
    },
    {
      id: 'unaccepted',
      title: 'seen by root; the server does not call accept()',
      story: look(neverAccepts, ROOT, 'CLOSE-WAIT', {}),
      judge,
    },
    { id: 'orphan', title: 'seen by root; the program has closed and exited', story: orphan, judge },
    {
      id: 'kernel',
      title: 'seen by root; a kernel service holds it',
      story: look(idleServer(2049), ROOT, 'CLOSE-WAIT', { name: '[nfsd]', kernel: true }),
      judge,
    },
  ],
}
