import { counted, MS, SECOND } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { ageEvidence, agesOf, countByPid, finding, groupBy, number, ownerName, ownerOf, topPeers } from '../evidence.ts'
import { growthOf, sinceOf } from '../history.ts'
import { destroy, fixCode, gentleFirst, restart, ssFilter } from '../remedies.ts'
import type { Finding } from '../types.ts'

const ID = 'fin-wait-2-held'

/** FIN-WAIT-2 whose descriptor is held: no timer ends it. */
export const finWait2Held: Rule = {
  id: ID,
  about: 'half-closed connections that a process keeps open and whose peers never close',
  needs: ['FIN-WAIT-2', 'CLOSE-WAIT', 'LISTEN'],
  judge(context) {
    const { table, thresholds } = context
    const groups = groupBy(
      table.in('FIN-WAIT-2').filter((row) => isForgotten(context, row)),
      (row) => table.groupOf(row),
    )
    // Relays hold one leg in CLOSE-WAIT for each in FIN-WAIT-2.
    const relayed = groups.size === 0 ? new Map<number, number>() : countByPid(table.in('CLOSE-WAIT'))
    return [...groups].flatMap(([group, rows]) => {
      const others = table.processesOf(rows[0] as SocketRow).reduce((sum, { pid }) => sum + (relayed.get(pid) ?? 0), 0)
      return rows.length - others < thresholds.finWait2Count ? [] : [findingOf(context, group, rows)]
    })
  },
}

/** Held by a process, old, silent; and where the other end is on this host in CLOSE-WAIT, that one is the fault. */
function isForgotten({ table, history, thresholds, now }: Context, row: SocketRow): boolean {
  if (table.holderOf(row) !== 'process') return false
  const least = thresholds.finWait2Age * SECOND
  if (now - sinceOf(history, row, now).at < least) return false
  if (row.tcpInfo !== undefined && row.tcpInfo.last_data_recv * MS < least) return false
  return table.twinOf(row)?.state !== 'CLOSE-WAIT'
}

function findingOf(context: Context, group: string, rows: readonly SocketRow[]): Finding {
  const { table } = context
  const [first] = rows as [SocketRow]
  const key = table.groupIdOf(first)
  const owner = ownerOf(context, rows)
  const name = ownerName(owner)
  const ages = agesOf(context, rows)
  return finding({
    rule: ID,
    key,
    title: `${name} holds ${counted(rows.length, 'connection')} in FIN-WAIT-2 that no timer will end`,
    severity: 'warning',
    evidence: [number('held in FIN-WAIT-2', rows.length, 'sockets'), ...ageEvidence(ages), ...topPeers(rows)],
    owner,
    since: ages?.since,
    growthPerMinute: growthOf(context.history, group),
    explanation: [
      `${name} has called shutdown(SHUT_WR) and waits for the peer's FIN, with the descriptor still open.`,
      'The peers have acknowledged it and neither send nor close: they leak in CLOSE-WAIT, or are gone without a trace.',
      'tcp_fin_timeout bounds only FIN-WAIT-2 whose descriptor is closed; held like this it lasts for ever.',
    ],
    remedies: gentleFirst([
      fixCode('After shutdown() wait for the end of file with a time-out, then close(); set SO_KEEPALIVE'),
      destroy(`${ID}/${key}`, ssFilter('fin-wait-2', first, table.sideOf(first))),
      ...restart(owner),
    ]),
    myth: 'fin-timeout-is-2msl',
    rows,
  })
}
