import { grouped } from '../../base/index.ts'
import type { Context, Rule } from '../context.ts'
import { counter, finding, number, sysctlNumber } from '../evidence.ts'
import { changeOf, growthOf } from '../history.ts'
import { setSysctl } from '../remedies.ts'
import type { Finding } from '../types.ts'

const ID = 'setting-max-tw-buckets'
const NAME = 'net.ipv4.tcp_max_tw_buckets'

/** TIME-WAIT cut short because there are too many. */
export const settingMaxTwBuckets: Rule = {
  id: ID,
  about: 'tcp_max_tw_buckets reached: connections close without TIME-WAIT',
  needs: [],
  *measure(table) {
    const { TCP, TcpExt } = table.observation.counters
    if (TCP?.tw !== undefined) yield [`${ID}|tw`, TCP.tw]
    if (TcpExt?.TCPTimeWaitOverflow !== undefined) yield [`${ID}|overflow`, TcpExt.TCPTimeWaitOverflow]
  },
  judge(context) {
    const most = sysctlNumber(context, NAME)
    const waiting = counter(context, 'TCP', 'tw')
    if (most === undefined || waiting === undefined) return []
    const lost = changeOf(context.history, `${ID}|overflow`)?.change ?? 0
    const isFull = waiting >= context.thresholds.twBucketsShare * most
    return isFull || lost > 0 ? [findingOf(context, waiting, most, lost)] : []
  },
}

function findingOf(context: Context, waiting: number, most: number, lost: number): Finding {
  return finding({
    rule: ID,
    key: '',
    title: `TIME-WAIT is cut short: ${grouped(waiting)} of ${grouped(most)} allowed`,
    severity: 'warning',
    evidence: [
      number('in TIME-WAIT', waiting, 'sockets'),
      number('tcp_max_tw_buckets', most, 'sockets'),
      number('closed without TIME-WAIT in this time', lost, 'connections'),
      number('TCPTimeWaitOverflow since boot', counter(context, 'TcpExt', 'TCPTimeWaitOverflow') ?? 0, 'connections'),
    ],
    owner: { kind: 'host' },
    growthPerMinute: growthOf(context.history, `${ID}|tw`),
    explanation: [
      'Above tcp_max_tw_buckets a connection that closes first skips TIME-WAIT.',
      'A lost last ACK is then answered with RST, and a late segment may reach the next connection of the same ports.',
      'A TIME-WAIT takes about 256 octets, so the limit saves little: lowering it is no cure for many of them.',
    ],
    remedies: [
      setSysctl('Allow more', NAME, String(Math.max(262_144, most * 2)), 'About 256 octets of kernel memory for each.'),
    ],
    myth: 'time-wait-old-duplicate',
    rows: [],
  })
}
