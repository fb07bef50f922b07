import { SECOND } from '../../base/index.ts'
import type { Claim, ClaimCase } from '../lab/claim.ts'
import { Flag, has } from '../lab/evidence.ts'
import { dial, listen } from '../lab/programs.ts'

/** One request and answer, then the client closes; the server follows after `thinksUs`. */
function close(id: string, title: string, thinksUs: number): ClaimCase {
  return {
    id,
    title,
    *story(lab) {
      const { client, server } = lab.pair()
      server.run('server', function* (p) {
        const fd = listen(p, 80)
        const conn = yield* p.accept(fd)
        yield* p.recv(conn, 100)
        yield* p.send(conn, 'answer\n')
        yield* p.readAll(conn)
        yield* p.sleep(thinksUs)
        p.close(conn)
      })
      client.run('client', function* (p) {
        const fd = yield* dial(p, 'server', 80)
        yield* p.send(fd, 'request\n')
        yield* p.recv(fd, 100)
        yield* p.sleep(SECOND)
        p.close(fd)
      })
      yield* lab.sleep(10 * SECOND)
    },
    judge(evidence) {
      const sent = ['client', 'server'].flatMap((name) => evidence.at(name).sent).sort((a, b) => a.packet - b.packet)
      const from = sent.findIndex((segment) => has(segment, Flag.FIN))
      const packets = sent.slice(from)
      const words = packets.map((segment) => (has(segment, Flag.FIN) ? 'FIN,ACK' : 'ACK')).join('; ')
      return { holds: packets.length === 4, because: `${packets.length} packets: ${words}` }
    },
  }
}

/** Depends: the second FIN may ride with an ACK. */
export const fourPackets: Claim = {
  id: 'four-packets',
  claim: 'closing a connection takes four packets',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'A FIN and an ACK in each direction are four. But an ACK may wait a little for company, and the FIN of a program that closes at once is company: then the second FIN carries the ACK of the first, three packets do, and the closer goes from FIN-WAIT-1 straight to TIME-WAIT.',
  mutation: 'fin-never-rides',
  cases: [
    close('later', 'the server takes a second to close', SECOND),
    close('at-once', 'the server closes as soon as it reads the end', 0),
  ],
}
