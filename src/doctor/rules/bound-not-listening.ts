import { SECOND } from '../../base/index.ts'
import { formatEndpoint, type SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, ownerName, ownerOf, word } from '../evidence.ts'
import { sinceOf } from '../history.ts'
import { fixCode, gentleFirst, restart } from '../remedies.ts'
import { idPart } from '../text.ts'
import type { Finding } from '../types.ts'

const ID = 'bound-not-listening'

/** A port that is in use although nothing shows there: bound, and neither listening nor connected. */
export const boundNotListening: Rule = {
  id: ID,
  about: 'sockets that hold a port by bind() alone, which ss, netstat and /proc do not show',
  needs: ['BOUND-INACTIVE', 'LISTEN'],
  judge: (context) =>
    context.table
      .in('BOUND-INACTIVE')
      .filter((row) => holdsPort(context, row))
      .map((row) => findingOf(context, row)),
}

/** In the way of a service: on the port of a listener at once, elsewhere when it has been so for a while; not a client's port. */
function holdsPort({ table, history, thresholds, now }: Context, row: SocketRow): boolean {
  if (row.local.port === 0) return false
  if (table.listenerOf(row) !== undefined) return true
  if (table.ephemeral.includes(row.local.port)) return false
  return now - sinceOf(history, row, now).at >= thresholds.boundAge * SECOND
}

function findingOf(context: Context, row: SocketRow): Finding {
  const { table, history, now } = context
  const owner = ownerOf(context, [row])
  const name = ownerName(owner)
  const where = formatEndpoint(row.local.address, row.local.port)
  const listener = table.listenerOf(row)
  return finding({
    rule: ID,
    key: [
      ...(row.netns === undefined ? [] : [row.netns]),
      where,
      `${owner.kind === 'processes' ? owner.processes[0]?.pid : row.inode}`,
    ]
      .map(idPart)
      .join('/'),
    title: `${name} holds ${where} by bind() and does not listen`,
    severity: 'info',
    evidence: [
      word('bound to', where),
      ...(listener === undefined ? [] : [word('listening there', ownerName(ownerOf(context, [listener])))]),
    ],
    owner,
    since: sinceOf(history, row, now),
    explanation: [
      `${name} has called bind() on ${where} and neither listen() nor connect() since.`,
      listener === undefined
        ? 'Such a socket is in no table of ss, netstat or /proc, and yet another bind() to the port is EADDRINUSE.'
        : 'Both set SO_REUSEADDR, so both could bind; its listen() fails with EADDRINUSE as long as the other listens.',
      'It ends only when that program closes the socket or exits.',
    ],
    remedies: gentleFirst([fixCode('Close the socket when listen() fails, or listen on it'), ...restart(owner)]),
    myth: 'reuseaddr-steals',
    rows: [row],
  })
}
