import { oldDuplicate } from '../lab/old-duplicate.ts'
import type { Scenario } from '../lab/story.ts'

/** An old duplicate falls into a new connection. */
export const oldDuplicateScenario: Scenario = {
  id: 'old-duplicate',
  title: 'An old duplicate falls into a new connection',
  summary:
    'Segments of a closed connection arrive five seconds late. The client wants the same port again at once. With TIME-WAIT it has to wait, and they find nobody; without it the new connection takes them for its own, and its reader gets octets that nobody sent it.',
  cases: [
    {
      id: 'with-time-wait',
      title: 'with TIME-WAIT',
      *story(lab) {
        yield* oldDuplicate(lab)
        const foreign = lab.factOf('octets of the first connection read from the second')
        lab.checkEqual('the second connection read nothing of the first', foreign, 0)
      },
    },
    {
      id: 'without-time-wait',
      title: 'without TIME-WAIT (the hosts go straight to CLOSED)',
      mutation: 'no-time-wait',
      *story(lab) {
        yield* oldDuplicate(lab)
        const foreign = lab.factOf('octets of the first connection read from the second')
        lab.check(`the second connection is corrupt: it read ${foreign} octets of the first`, foreign > 0)
      },
    },
  ],
}
