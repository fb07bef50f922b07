import { counted, SECOND } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { ageEvidence, agesOf, finding, groupBy, number, topPeers } from '../evidence.ts'
import { sinceOf } from '../history.ts'
import { destroy, gentleFirst, ssFilter } from '../remedies.ts'
import { serviceOf } from '../socket-table.ts'
import { idPart } from '../text.ts'
import type { Finding } from '../types.ts'

const ID = 'kernel-owned'

/** Sockets of the kernel itself that do not end. */
export const kernelOwned: Rule = {
  id: ID,
  about:
    'sockets that no process holds but that have an inode, and stay half-closed: the kernel holds them (NFS, iSCSI, a device)',
  needs: ['CLOSE-WAIT', 'LISTEN'],
  judge(context) {
    const { table } = context
    const rows = table.in('CLOSE-WAIT', 'FIN-WAIT-2').filter((row) => isOld(context, row))
    const groups = groupBy(
      rows,
      (row) => `${row.netns ?? ''}|${table.sideOf(row)}|${serviceOf(row, table.sideOf(row))}`,
    )
    return [...groups.values()].map((group) => findingOf(context, group))
  },
}

function isOld({ table, history, thresholds, now }: Context, row: SocketRow): boolean {
  if (table.holderOf(row) !== 'kernel') return false
  return now - sinceOf(history, row, now).at >= thresholds.closeWaitAge * SECOND
}

function findingOf(context: Context, rows: readonly SocketRow[]): Finding {
  const { table } = context
  const [first] = rows as [SocketRow]
  const side = table.sideOf(first)
  const service = serviceOf(first, side)
  const ages = agesOf(context, rows)
  const key = [...(first.netns === undefined ? [] : [first.netns]), service].map(idPart).join('/')
  return finding({
    rule: ID,
    key,
    title: `The kernel holds ${counted(rows.length, 'half-closed connection')} ${side === 'server' ? `on port ${service}` : `to ${service}`}`,
    severity: 'info',
    evidence: [number('half-closed', rows.length, 'sockets'), ...ageEvidence(ages), ...topPeers(rows)],
    owner: { kind: 'nobody', reason: 'kernel' },
    since: ages?.since,
    explanation: [
      'These sockets have an inode, every process is visible, and none has a descriptor of them.',
      'Kernel services are such owners (NFS, iSCSI, a tunnel device), and descriptors on their way between processes.',
      'They end when that service closes them; killing programs does nothing.',
    ],
    remedies: gentleFirst([
      {
        title: 'See which service it is, and restart or unmount that',
        commands: ['nfsstat -m', 'iscsiadm -m session', 'ip -d link'],
        cost: 'What uses the service waits meanwhile.',
        gentleness: 'code',
      },
      destroy(`${ID}/${key}`, ssFilter(first.state.toLowerCase(), first, side), 'orphaned'),
    ]),
    myth: 'close-wait-no-owner-is-kernel',
    rows,
  })
}
