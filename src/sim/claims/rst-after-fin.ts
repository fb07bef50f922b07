import type { Claim, ClaimCase } from '../lab/claim.ts'
import { Flag, has } from '../lab/evidence.ts'
import { type ClosingState, resetIn } from '../lab/resets.ts'

function inState(state: ClosingState): ClaimCase {
  return {
    id: state.toLowerCase(),
    title: `a RST arrives in ${state}`,
    story: resetIn(state),
    judge(evidence) {
      const client = evidence.at('client')
      const stay = client.in(state)[0]
      const rst = client.received.find((segment) => has(segment, Flag.RST))
      const atOnce = stay?.next === 'CLOSED' && stay.until === rst?.time
      return {
        holds: atOnce && !client.was('TIME-WAIT'),
        because:
          rst === undefined
            ? 'no RST arrived'
            : `with the RST ${state} went ${atOnce ? 'to CLOSED at once' : `on (${stay?.next ?? 'it is there still'})`}; TIME-WAIT ${client.was('TIME-WAIT') ? 'followed' : 'did not follow'}`,
      }
    },
  }
}

/** True. */
export const rstAfterFin: Claim = {
  id: 'rst-after-fin',
  claim: 'a RST after a FIN leads to CLOSED without 2·MSL',
  personality: 'linux',
  expected: 'true',
  explanation:
    'A RST that is acceptable says that the peer has no such connection any more. There is nothing left to be repeated to it and nothing to wait for, so the connection is deleted in whatever closing state it is.',
  mutation: 'reset-waits',
  cases: [inState('FIN-WAIT-1'), inState('FIN-WAIT-2'), inState('CLOSING'), inState('LAST-ACK')],
}
