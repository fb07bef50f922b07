import { counted } from '../../base/index.ts'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { counter, finding, number, sysctlNumber, topPeers, word } from '../evidence.ts'
import { growthOf } from '../history.ts'
import { gentleFirst, setSysctl } from '../remedies.ts'
import { percent } from '../text.ts'
import type { Finding, Remedy } from '../types.ts'

const ID = 'orphans'
const CLOSING: readonly RowState[] = ['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK']
const FIN_TIMEOUT = 'net.ipv4.tcp_fin_timeout'

/** Closed connections whose peers do not finish, so many that the kernel will drop some. */
export const orphans: Rule = {
  id: ID,
  about: 'orphaned connections (FIN-WAIT-2 above all) near tcp_max_orphans',
  needs: [],
  *measure(table) {
    const orphaned = table.observation.counters.TCP?.orphan
    if (orphaned !== undefined) yield [ID, orphaned]
  },
  judge(context) {
    const { thresholds, table } = context
    const rows = table.in(...CLOSING).filter((row) => table.holderOf(row) === 'orphan')
    const waiting = rows.filter(({ state }) => state === 'FIN-WAIT-2')
    const orphaned = Math.max(counter(context, 'TCP', 'orphan') ?? 0, 0)
    const most = sysctlNumber(context, 'net.ipv4.tcp_max_orphans')
    const share = most !== undefined && most > 0 ? orphaned / most : 0
    // Those whose other end leaks in CLOSE-WAIT on this host are told by that finding.
    const local = waiting.filter((row) => table.twinOf(row)?.state === 'CLOSE-WAIT').length
    const isMany = waiting.length - local >= thresholds.finWait2OrphanCount
    return share < thresholds.orphanShare && !isMany
      ? []
      : [findingOf(context, { rows, waiting, local, orphaned, most, share })]
  },
}

interface Orphans {
  readonly rows: readonly SocketRow[]
  readonly waiting: readonly SocketRow[]
  /** How many of them have their other end here, in CLOSE-WAIT. */
  readonly local: number
  readonly orphaned: number
  readonly most: number | undefined
  readonly share: number
}

function findingOf(context: Context, { rows, waiting, local, orphaned, most, share }: Orphans): Finding {
  const { table, history, thresholds } = context
  return finding({
    rule: ID,
    key: '',
    title:
      share >= thresholds.orphanShare
        ? `Orphaned connections use ${percent(share)} % of tcp_max_orphans`
        : `${counted(waiting.length, 'orphaned connection')} wait in FIN-WAIT-2`,
    severity: share >= (1 + thresholds.orphanShare) / 2 ? 'critical' : 'warning',
    evidence: [
      number('orphans', orphaned, 'sockets'),
      ...(most === undefined ? [] : [number('tcp_max_orphans', most, 'sockets')]),
      number('of them in FIN-WAIT-2', waiting.length, 'sockets'),
      ...(local === 0 ? [] : [number('whose other end on this host is in CLOSE-WAIT', local, 'sockets')]),
      word('tcp_fin_timeout', table.observation.sysctls[FIN_TIMEOUT] ?? 'not known'),
      ...topPeers(rows),
    ],
    owner: { kind: 'nobody', reason: 'orphan' },
    growthPerMinute: growthOf(history, ID),
    explanation: [
      'The programs here have closed these connections, and the peers have not closed theirs.',
      'In FIN-WAIT-2 an orphan waits tcp_fin_timeout for the FIN of a peer that leaks in CLOSE-WAIT or is gone.',
      'Above tcp_max_orphans the kernel resets connections as they are closed, with what they had still to send.',
    ],
    remedies: gentleFirst(remedies(most)),
    myth: 'fin-timeout-raise',
    rows,
  })
}

function remedies(most: number | undefined): Remedy[] {
  const raise =
    most === undefined
      ? []
      : [
          setSysctl(
            'Allow more',
            'net.ipv4.tcp_max_orphans',
            String(most * 2),
            'Up to 64 KB of kernel memory for each orphan.',
          ),
        ]
  return [
    {
      title: 'Look at the peers: they leak in CLOSE-WAIT',
      commands: ['ss -tan state fin-wait-2'],
      cost: 'None; run lastack doctor on their hosts.',
      gentleness: 'code',
    },
    setSysctl('Wait less for them', FIN_TIMEOUT, '20', 'A slow peer that sends its FIN later gets RST.'),
    ...raise,
  ]
}
