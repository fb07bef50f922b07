import { SECOND } from '../../base/index.ts'
import type { Claim, ClaimCase } from '../lab/claim.ts'
import { listen, readingClient } from '../lab/programs.ts'
import type { ProgramBody } from '../program.ts'

const PORT = 8080

/** Accepts one connection, closes it first, and exits. */
function oneShot(reuseAddress: boolean): ProgramBody {
  return function* (p) {
    const fd = listen(p, PORT, { reuseAddress })
    if (fd < 0) p.exit(1)
    const conn = yield* p.accept(fd)
    yield* p.send(conn, 'goodbye\n')
    p.close(conn)
    p.exit(0)
  }
}

function restart(id: string, title: string, personality: string, first: boolean, second: boolean): ClaimCase {
  return {
    id,
    title,
    personality,
    *story(lab) {
      const { client, server } = lab.pair()
      server.run('server', oneShot(first))
      client.run('client', readingClient('server', PORT))
      yield* lab.sleep(5 * SECOND)
      lab.table('the server has ended', server)
      server.run('server again', oneShot(second))
      yield* lab.sleep(SECOND)
      lab.table('it was started again', server)
    },
    judge(evidence) {
      const binds = evidence.at('server').callsTo('bind(')
      const again = binds.find((call) => call.process === 'server again')
      const result =
        again === undefined ? 'was never called' : again.result === 0 ? 'succeeded' : `failed with ${again.errno}`
      return { holds: again?.result === 0, because: `bind() of the restarted server ${result}` }
    },
  }
}

/** Depends: on Linux only if the old socket had it too. */
export const reuseaddrFixesRestart: Claim = {
  id: 'reuseaddr-fixes-restart',
  claim: 'setting SO_REUSEADDR lets the server be restarted at once',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'Linux asks both sockets: the one that left the TIME-WAIT behind must have had the option too. Adding it to a running service therefore helps from the second restart on. The BSDs and macOS ask only the new one.',
  mutation: 'bind-by-new-socket',
  cases: [
    restart('linux-both', 'Linux: the old server had set it and the new one sets it', 'linux', true, true),
    restart('linux-new-only', 'Linux: only the new one sets it', 'linux', false, true),
    restart('freebsd-new-only', 'FreeBSD: only the new one sets it', 'freebsd', false, true),
    restart('macos-new-only', 'macOS: only the new one sets it', 'macos', false, true),
  ],
}
