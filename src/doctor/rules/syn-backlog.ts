import { counted } from '../../base/index.ts'
import { formatEndpoint, type SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { counter, finding, groupBy, number, ownerOf, topPeers, word } from '../evidence.ts'
import { changeOf, growthOf } from '../history.ts'
import { listenerId, seriesKey } from '../listener.ts'
import { gentleFirst, setSysctl } from '../remedies.ts'
import type { Finding, Remedy } from '../types.ts'

const ID = 'syn-backlog'
const COUNTERS = ['SyncookiesSent', 'TCPReqQFullDoCookies', 'TCPReqQFullDrop'] as const
const SYN_COOKIES = 'net.ipv4.tcp_syncookies'

/** Handshakes that are not finished, so many that the listener's SYN queue is full. */
export const synBacklog: Rule = {
  id: ID,
  about: 'half-open handshakes that fill the SYN queue of a listener, and the cookies that stand in',
  needs: ['SYN-RECEIVED', 'LISTEN'],
  *measure(table) {
    for (const name of COUNTERS) {
      const count = table.observation.counters.TcpExt?.[name]
      if (count !== undefined) yield [`${ID}|${name}`, count]
    }
    for (const [listener, rows] of pending(table)) yield [seriesKey(ID, listener), rows.length]
  },
  judge: (context) =>
    [...pending(context.table)].flatMap(([listener, rows]) => {
      const { synRecvCount, synRecvShare } = context.thresholds
      const isFull = rows.length >= synRecvCount && rows.length >= synRecvShare * listener.sendQueue
      return isFull ? [findingOf(context, listener, rows)] : []
    }),
}

/** The half-open handshakes of each listener. */
function pending(table: Context['table']): Map<SocketRow, SocketRow[]> {
  const found = new Map<SocketRow, SocketRow[]>()
  for (const rows of groupBy(
    table.in('SYN-RECEIVED'),
    (row) => `${row.netns ?? ''}|${row.local.address}|${row.local.port}`,
  ).values()) {
    const listener = table.listenerOf(rows[0] as SocketRow)
    if (listener !== undefined) found.set(listener, [...(found.get(listener) ?? []), ...rows])
  }
  return found
}

function findingOf(context: Context, listener: SocketRow, rows: readonly SocketRow[]): Finding {
  const { table, history } = context
  const where = formatEndpoint(listener.local.address, listener.local.port)
  const cookies = table.observation.sysctls[SYN_COOKIES]?.trim()
  const drops = changeOf(history, `${ID}|TCPReqQFullDrop`)?.change ?? 0
  return finding({
    rule: ID,
    key: listenerId(context.table, listener),
    title: `${counted(rows.length, 'handshake')} half-open at ${where}`,
    severity: drops > 0 || cookies === '0' ? 'critical' : 'warning',
    evidence: [
      number('in SYN-RECV', rows.length, 'connections'),
      number('backlog', listener.sendQueue, 'connections'),
      ...COUNTERS.flatMap((name) => counterEvidence(context, name)),
      word('tcp_syncookies', cookies ?? 'not known'),
      ...topPeers(rows),
    ],
    owner: ownerOf(context, [listener]),
    growthPerMinute: growthOf(history, seriesKey(ID, listener)),
    explanation: [
      `So many clients have sent a SYN to ${where} and have not completed the handshake that its SYN queue is full.`,
      "It is a SYN flood with false sources, or the SYN,ACKs or the clients' ACKs are lost on the way.",
      cookies === '0'
        ? 'Without SYN cookies new clients get no answer until old entries time out.'
        : 'SYN cookies keep the port reachable, at the price of options for those connections.',
    ],
    remedies: gentleFirst(remedies(listener, cookies)),
    rows,
  })
}

/** What a counter has added in the window; before two looks, since the host was started. */
function counterEvidence(context: Context, name: (typeof COUNTERS)[number]): Finding['evidence'] {
  const change = changeOf(context.history, `${ID}|${name}`)
  if (change !== undefined) return [number(`${name} in this time`, change.change)]
  const total = counter(context, 'TcpExt', name)
  return total === undefined ? [] : [number(`${name} since boot`, total)]
}

function remedies({ local, sendQueue }: SocketRow, cookies: string | undefined): Remedy[] {
  return [
    {
      title: 'See whether the sources are real',
      commands: [`ss -tn state syn-recv sport = :${local.port}`],
      cost: 'None.',
      gentleness: 'code',
    },
    ...(cookies === '0'
      ? [
          setSysctl(
            'Turn SYN cookies on',
            SYN_COOKIES,
            '1',
            'Connections made by cookie lose options that do not fit the timestamp.',
          ),
        ]
      : []),
    setSysctl(
      'Allow a longer queue (and a larger listen() backlog)',
      'net.core.somaxconn',
      String(Math.max(4096, sendQueue * 4)),
      'Some hundred octets for each entry; the program must listen() again.',
    ),
  ]
}
