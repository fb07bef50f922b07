import { SECOND } from '../../base/index.ts'
import { listen, readingClient } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

const FIRST_PORT = 8080
const CASES = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const

/** SO_REUSEADDR against a TIME-WAIT: the four cases. */
export const reuseaddrFourCases: Scenario = {
  id: 'reuseaddr-four-cases',
  title: 'SO_REUSEADDR against a TIME-WAIT: the four cases',
  summary:
    'Four servers leave a TIME-WAIT each, two of them with SO_REUSEADDR. Four new ones bind the same ports, two with the option. On Linux both must have it; on Windows neither needs it; elsewhere the new one decides.',
  cases: [
    {
      id: 'run',
      title: 'without, new only, old only, both',
      *story(lab) {
        const { client, server } = lab.pair()
        CASES.forEach(([old], i) => {
          server.run('old', function* (p) {
            const conn = yield* p.accept(listen(p, FIRST_PORT + i, { reuseAddress: old }))
            p.close(conn)
            p.exit(0)
          })
          client.run('client', readingClient('server', FIRST_PORT + i))
        })
        yield* lab.sleep(5 * SECOND)
        lab.table('four TIME-WAITs', server)
        lab.checkEqual(
          'every old server has left a TIME-WAIT',
          server.rows().filter((row) => row.state === 'TIME-WAIT').length,
          4,
        )
        const rules = server.personality
        for (const [i, [old, fresh]] of CASES.entries()) {
          let result = 0
          server.run('new', function* (p) {
            result = listen(p, FIRST_PORT + i, { reuseAddress: fresh })
            yield* p.forever()
          })
          yield* lab.sleep(1000)
          const allowed = rules.name === 'linux' ? old && fresh : rules.name === 'windows' || fresh
          const expected = allowed ? 'success' : 'EADDRINUSE'
          const seen = result >= 0 ? 'success' : server.errnoName(result)
          lab.checkEqual(`old ${old ? 1 : 0}, new ${fresh ? 1 : 0}: ${expected} on ${rules.name}`, seen, expected)
        }
        lab.table('who got through', server)
      },
    },
  ],
}
