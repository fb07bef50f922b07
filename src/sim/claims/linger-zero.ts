import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { Flag, has } from '../lab/evidence.ts'
import { dial, listen } from '../lab/programs.ts'

const OCTETS = 1_000_000

/** True, and it loses data. */
export const lingerZero: Claim = {
  id: 'linger-zero',
  claim: 'SO_LINGER {1, 0} avoids TIME-WAIT',
  personality: 'linux',
  expected: 'true',
  explanation:
    'It does, because close() then sends a RST instead of a FIN and forgets the connection. The price is the data: what had not been sent is dropped, and the peer may lose what it had received and not yet read. A fast way to end, not a way to close.',
  mutation: 'linger-zero-closes',
  cases: [
    {
      id: 'run',
      title: 'a client sends a megabyte over 8 Mbit/s and closes with SO_LINGER {1, 0}',
      *story(lab) {
        const { client, server } = lab.pair({ rateBitsPerSecond: 8_000_000 })
        let received = 0
        server.run('server', function* (p) {
          const fd = listen(p, 80)
          const conn = yield* p.accept(fd)
          received = (yield* p.readAll(conn)).length
          p.close(conn)
        })
        client.run('client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          p.setsockopt(fd, 'SO_SNDBUF', 2 * OCTETS)
          p.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 0 })
          yield* p.send(fd, 'x'.repeat(OCTETS))
          p.close(fd)
        })
        yield* lab.sleep(100 * SECOND)
        lab.fact('octets received', received)
      },
      judge(evidence) {
        const client = evidence.at('client')
        const reset = client.sent.some((segment) => has(segment, Flag.RST))
        const waited = client.was('TIME-WAIT')
        return {
          holds: !waited && reset,
          because: `${reset ? 'RST instead of FIN' : 'no RST'}, ${waited ? 'TIME-WAIT all the same' : 'no TIME-WAIT'}; of ${OCTETS} octets handed to send() the server read ${evidence.fact('octets received')}`,
        }
      },
    },
  ],
}
