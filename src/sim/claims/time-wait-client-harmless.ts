import { MS } from '../../base/index.ts'
import type { Claim, ClaimCase } from '../lab/claim.ts'
import { briefClient, politeServer } from '../lab/programs.ts'

const PORTS = 10
const RANGE = `50000 ${50_000 + PORTS - 1}`

/** Runs the client so many times; each time it connects, closes first, and ends. */
function restarts(id: string, title: string, times: number): ClaimCase {
  return {
    id,
    title,
    *story(lab) {
      const { client, server } = lab.pair()
      client.setSysctl('net.ipv4.ip_local_port_range', RANGE)
      server.run('server', politeServer(80))
      for (let i = 0; i < times; i++) {
        client.run('client', briefClient('server', 80))
        yield* lab.sleep(500 * MS)
      }
      lab.table('in the end', client)
    },
    judge(evidence) {
      const calls = evidence
        .at('client')
        .callsTo('connect(')
        .filter((call) => !call.text.endsWith('...>'))
      const failed = calls.filter((call) => call.result < 0)
      const errno = failed.length === 0 ? '' : ` with ${failed[0]?.errno}`
      return {
        holds: calls.length === times && failed.length === 0,
        because: `${calls.length - failed.length} of ${times} connect() calls succeeded${errno === '' ? '' : `, the others failed${errno}`}; the range has ${PORTS} ports`,
      }
    },
  }
}

/** Depends: until the range of ports is used up. */
export const timeWaitClientHarmless: Claim = {
  id: 'time-wait-client-harmless',
  claim: 'TIME-WAIT on a client is harmless: restarted, it is merely given another port',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'As long as there is another port. Towards one address and port of a server a client has only the ports of ip_local_port_range; a client that makes short connections faster than the range divided by a minute uses them up, and connect() fails with EADDRNOTAVAIL.',
  mutation: 'no-time-wait',
  cases: [
    restarts('few', 'the client is restarted five times', 5),
    restarts('many', 'the client is restarted fifteen times within a minute', 15),
  ],
}
