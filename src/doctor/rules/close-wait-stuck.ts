import { counted } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { ageEvidence, agesOf, finding, groupBy, number, ownerName, ownerOf, topPeers, whereOf } from '../evidence.ts'
import { growthOf } from '../history.ts'
import { destroy, fixCode, gentleFirst, restart, ssFilter } from '../remedies.ts'
import { unansweredOf } from '../silence.ts'
import type { Finding } from '../types.ts'

const ID = 'close-wait-stuck'

/** CLOSE-WAIT that holds data nobody takes: the kind that the kernel does end. */
export const closeWaitStuck: Rule = {
  id: ID,
  about: 'connections in CLOSE-WAIT with data in Send-Q that the peer does not acknowledge',
  needs: ['CLOSE-WAIT'],
  judge(context) {
    const { table, thresholds } = context
    const stuck = table
      .in('CLOSE-WAIT')
      .filter((row) => row.sendQueue > 0 && unansweredOf(row) >= thresholds.stuckRetransmits)
    return [...groupBy(stuck, (row) => table.groupOf(row))].map(([group, rows]) => findingOf(context, group, rows))
  },
}

function findingOf(context: Context, group: string, rows: readonly SocketRow[]): Finding {
  const { table } = context
  const [first] = rows as [SocketRow]
  const key = table.groupIdOf(first)
  const owner = ownerOf(context, rows)
  const ages = agesOf(context, rows)
  return finding({
    rule: ID,
    key,
    title: `${counted(rows.length, 'connection')} of ${ownerName(owner)} ${whereOf(context, first)} in CLOSE-WAIT: the peer does not answer`,
    severity: 'warning',
    evidence: [
      number('stuck in CLOSE-WAIT', rows.length, 'sockets'),
      number(
        'waiting in Send-Q',
        rows.reduce((sum, { sendQueue }) => sum + sendQueue, 0),
        'octets',
      ),
      number('most retransmissions', Math.max(...rows.map(unansweredOf))),
      ...ageEvidence(ages),
      ...topPeers(rows),
    ],
    owner,
    since: ages?.since,
    growthPerMinute: growthOf(context.history, group),
    explanation: [
      'The peer sent its FIN and has acknowledged nothing since, while data for it waits in Send-Q.',
      'It is gone, or something between drops its packets; a peer whose program has merely closed would answer RST.',
      'These time out by tcp_retries2 or TCP_USER_TIMEOUT, but the descriptor stays open after that, in no table, until the program closes it.',
    ],
    remedies: gentleFirst([
      fixCode('Close after a failed send(); set TCP_USER_TIMEOUT to give up sooner'),
      destroy(`${ID}/${key}`, ssFilter('close-wait', first, table.sideOf(first))),
      ...restart(owner),
    ]),
    myth: 'close-wait-times-out',
    rows,
  })
}
