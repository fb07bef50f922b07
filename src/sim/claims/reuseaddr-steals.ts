import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { listen } from '../lab/programs.ts'
import type { ProgramBody } from '../program.ts'

const listens: ProgramBody = function* (p) {
  listen(p, 8080, { reuseAddress: true })
  yield* p.forever()
}

/** False on Linux, true on Windows. */
export const reuseaddrSteals: Claim = {
  id: 'reuseaddr-steals',
  claim: 'SO_REUSEADDR binds a port that has a live listener',
  personality: 'linux',
  expected: 'false',
  explanation:
    'Not on Linux and not on the BSDs: the option is about what dead connections leave behind, and a live listener on the same address refuses everybody. On Windows it is as the claim says, which is why Windows has SO_EXCLUSIVEADDRUSE.',
  mutation: 'bind-steals',
  cases: [
    {
      id: 'run',
      title: 'two servers, both with SO_REUSEADDR, one port',
      *story(lab) {
        const server = lab.host('server')
        server.run('first', listens)
        yield* lab.sleep(SECOND)
        server.run('second', listens)
        yield* lab.sleep(SECOND)
        lab.table('after the second', server)
      },
      judge(evidence) {
        const calls = evidence.at('server').calls.filter((call) => call.process === 'second')
        const failed = calls.find((call) => call.result < 0)
        return {
          holds: failed === undefined && calls.some((call) => call.text.startsWith('listen(')),
          because:
            failed === undefined
              ? 'the second server listens on the same port'
              : `${failed.text.slice(0, failed.text.indexOf('('))}() of the second server failed with ${failed.errno}`,
        }
      },
    },
  ],
}
