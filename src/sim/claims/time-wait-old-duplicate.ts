import { formatDuration } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { oldDuplicate } from '../lab/old-duplicate.ts'

/** True: without it the next connection reads what was not sent to it. */
export const timeWaitOldDuplicate: Claim = {
  id: 'time-wait-old-duplicate',
  claim: 'TIME-WAIT keeps a delayed segment of the old connection out of a new one',
  personality: 'linux',
  expected: 'true',
  explanation:
    'Addresses and ports are all that tells two connections apart; sequence numbers only help as long as they differ. While one end is in TIME-WAIT the four numbers cannot be used again, and in 2·MSL every segment that is still on its way has died. Without it a late segment can fall into the window of the next connection, and the reader gets octets that nobody sent it.',
  mutation: 'no-time-wait',
  cases: [
    {
      id: 'run',
      title: 'segments of the first connection arrive 5 s late; the client wants its port again at once',
      story: oldDuplicate,
      judge(evidence) {
        const late = evidence.faults.filter((fault) => fault.verdict === 'duplicate').length
        const foreign = evidence.fact('octets of the first connection read from the second')
        const began = evidence.at('client').in('ESTABLISHED')[1]?.since
        const refused = evidence
          .at('client')
          .callsTo('connect(')
          .find((call) => call.result < 0)
        const wait = refused === undefined ? '' : ` (connect() failed with ${refused.errno} before)`
        return {
          holds: late > 0 && began !== undefined && foreign === 0,
          because: `${late} segments arrived late; the second connection began at ${formatDuration(began ?? Number.POSITIVE_INFINITY)}${wait} and its reader got ${foreign} octets of the first`,
        }
      },
    },
  ],
}
