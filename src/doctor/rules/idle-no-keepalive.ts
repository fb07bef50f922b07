import { counted, MS, SECOND } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, groupBy, number, ownerName, ownerOf, topPeers } from '../evidence.ts'
import { fixCode, gentleFirst } from '../remedies.ts'
import type { Finding } from '../types.ts'

const ID = 'idle-no-keepalive'

/** A server's connections that have been silent for hours, with nothing that would notice a dead peer. */
export const idleNoKeepalive: Rule = {
  id: ID,
  about: 'many connections of a server idle for hours without keep-alive: dead peers among them stay unnoticed',
  needs: ['ESTABLISHED', 'LISTEN'],
  judge(context) {
    const { table, thresholds } = context
    const idle = table.in('ESTABLISHED').filter((row) => isIdle(context, row))
    return [...groupBy(idle, (row) => table.groupOf(row))].flatMap(([, rows]) =>
      rows.length < thresholds.idleCount ? [] : [findingOf(context, rows)],
    )
  },
}

/** Idle on the server's side, no timer at all, and the peer not on this host, where its end would be known. */
function isIdle({ table, thresholds }: Context, row: SocketRow): boolean {
  const info = row.tcpInfo
  if (info === undefined || row.timer !== undefined || row.sendQueue > 0) return false
  const least = (thresholds.idleAge * SECOND) / MS
  if (Math.min(info.last_ack_recv, info.last_data_recv, info.last_data_sent) < least) return false
  return table.holderOf(row) === 'process' && table.sideOf(row) === 'server' && table.twinOf(row) === undefined
}

function findingOf(context: Context, rows: readonly SocketRow[]): Finding {
  const { table, now } = context
  const owner = ownerOf(context, rows)
  const longest = Math.max(...rows.map(({ tcpInfo }) => tcpInfo?.last_ack_recv ?? 0))
  return finding({
    rule: ID,
    key: table.groupIdOf(rows[0] as SocketRow),
    title: `${ownerName(owner)} has ${counted(rows.length, 'connection')} idle for hours without keep-alive`,
    severity: 'info',
    evidence: [
      number('idle without keep-alive', rows.length, 'sockets'),
      number('longest silence', Math.round(longest / 1000), 's'),
      ...topPeers(rows),
    ],
    owner,
    since: { at: now - longest * MS, precision: 'exact' },
    explanation: [
      'Nothing has been sent or received on these connections for hours, and no keep-alive timer runs on them.',
      'A client that vanished without a FIN leaves exactly this behind: whether these peers live nobody can tell.',
      'The kernel never ends an idle connection that did not ask for keep-alive, whatever the keep-alive sysctls say.',
    ],
    remedies: gentleFirst([
      fixCode('Set SO_KEEPALIVE (TCP_KEEPIDLE for less than two hours), or time idle clients out'),
    ]),
    myth: 'close-wait-not-tunable',
    rows,
  })
}
