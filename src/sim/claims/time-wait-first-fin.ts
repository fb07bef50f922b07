import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { Flag, has } from '../lab/evidence.ts'
import { briefClient, dial, listen, politeServer } from '../lab/programs.ts'
import type { Judge } from '../lab/run.ts'

const judge: Judge = (evidence) => {
  const sides = ['client', 'server'].map((name) => {
    const host = evidence.at(name)
    const fin = host.sent.find((segment) => has(segment, Flag.FIN))
    return { name, finAt: fin?.time ?? Number.POSITIVE_INFINITY, waited: host.was('TIME-WAIT') }
  })
  const [first, second] = sides.sort((a, b) => a.finAt - b.finAt) as [(typeof sides)[0], (typeof sides)[0]]
  const who = sides.filter((side) => side.waited).map((side) => side.name)
  const fins =
    first.finAt === second.finAt ? 'both sent their FIN at the same moment' : `the ${first.name} sent the first FIN`
  return {
    holds: first.waited && !second.waited,
    because: `${fins}; in TIME-WAIT: ${who.length === 0 ? 'nobody' : who.join(' and ')}`,
  }
}

/** Depends: in a simultaneous close both get it. */
export const timeWaitFirstFin: Claim = {
  id: 'time-wait-first-fin',
  claim: 'who sends the first FIN gets TIME-WAIT, the other never',
  personality: 'linux',
  expected: 'depends',
  explanation:
    'In the usual close it is so. When both close before either FIN has arrived, each sends its FIN first as far as it knows: both go through CLOSING, and both end in TIME-WAIT.',
  mutation: 'no-time-wait',
  cases: [
    {
      id: 'one-after-the-other',
      title: 'the client closes, then the server',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', politeServer(80))
        client.run('client', briefClient('server', 80, { staysUs: SECOND }))
        yield* lab.sleep(5 * SECOND)
        lab.table('after the close: the client', client)
        lab.table('after the close: the server', server)
      },
      judge,
    },
    {
      id: 'both-at-once',
      title: 'both close at the same moment',
      *story(lab) {
        const { client, server } = lab.pair()
        server.run('server', function* (p) {
          const fd = listen(p, 80)
          const conn = yield* p.accept(fd)
          yield* p.sleepUntil(SECOND)
          p.close(conn)
        })
        client.run('client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          yield* p.sleepUntil(SECOND)
          p.close(fd)
        })
        yield* lab.sleep(5 * SECOND)
        lab.table('after the close: the client', client)
        lab.table('after the close: the server', server)
      },
      judge,
    },
  ],
}
