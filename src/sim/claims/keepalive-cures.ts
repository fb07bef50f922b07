import { formatDuration, SECOND } from '../../base/index.ts'
import type { Claim, ClaimCase } from '../lab/claim.ts'
import { dial, leakyServer } from '../lab/programs.ts'

const KEEPALIVE = { idleSeconds: 60, intervalSeconds: 10, count: 5 }
/** Descriptors of a leaky server that are no connections: its listener's. */
const LISTENERS = 1

/** A leaky server with keep-alive; its client has half-closed, and stays or vanishes. */
function leak(id: string, title: string, vanishes: boolean): ClaimCase {
  return {
    id,
    title,
    *story(lab) {
      const { client, server } = lab.pair()
      const program = server.run('server', leakyServer(80, { keepalive: KEEPALIVE }))
      client.run('client', function* (p) {
        const fd = yield* dial(p, 'server', 80)
        p.shutdown(fd, 'write')
        yield* p.forever()
      })
      yield* lab.sleep(10 * SECOND)
      if (vanishes) client.crash()
      yield* lab.sleep(3600 * SECOND)
      lab.table('an hour later', server)
      lab.fact('connection descriptors still open', program.descriptors().length - LISTENERS)
    },
    judge(evidence) {
      const stay = evidence.at('server').in('CLOSE-WAIT')[0]
      const ended = stay !== undefined && stay.next !== null
      const open = evidence.fact('connection descriptors still open')
      const row = ended
        ? `the row was gone after ${formatDuration(stay.until - stay.since)}`
        : 'the row was there still after an hour: the peer answers the probes'
      return { holds: ended && open === 0, because: `${row}; descriptors still open: ${open}` }
    },
  }
}

/** False: the descriptor stays leaked. */
export const keepaliveCures: Claim = {
  id: 'keepalive-cures',
  claim: 'keep-alive cures CLOSE-WAIT',
  personality: 'linux',
  expected: 'false',
  explanation:
    'Keep-alive asks whether the peer is there. If it is, the probes are answered and nothing changes. If it is not, the connection ends with ETIMEDOUT or ECONNRESET and its row leaves every table; the descriptor stays open in the program, which leaks on, now invisibly, until EMFILE.',
  mutation: 'dead-connection-closes-descriptor',
  cases: [
    leak('peer-alive', 'the client has half-closed and is there', false),
    leak('peer-gone', 'the client has half-closed and then vanished', true),
  ],
}
