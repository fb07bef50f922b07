import { counted } from '../../base/index.ts'
import type { RowState, SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, groupBy, number, ownerName, ownerOf, topPeers } from '../evidence.ts'
import type { RememberedListener } from '../history.ts'
import { gentleFirst } from '../remedies.ts'
import { idPart } from '../text.ts'
import type { Finding, FindingOwner, Remedy } from '../types.ts'

const ID = 'bind-leftovers'
const LEFTOVERS: readonly RowState[] = [
  'TIME-WAIT',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSING',
  'LAST-ACK',
  'CLOSE-WAIT',
  'ESTABLISHED',
]

/** A service's port without its listener, taken by the connections that the service left. */
export const bindLeftovers: Rule = {
  id: ID,
  about: 'the port of a service that has gone, still held by its old connections or by a client',
  needs: ['LISTEN', 'TIME-WAIT'],
  judge(context) {
    const { table } = context
    const gone = goneListeners(context)
    const rows = table
      .in(...LEFTOVERS)
      .filter((row) => table.listenersOnPortOf(row).length === 0 && isLeftover(context, row, gone.get(portOf(row))))
    return [...groupBy(rows, portOf)].map(([port, left]) => findingOf(context, left, gone.get(port)))
  },
}

function portOf({ netns, local }: SocketRow): string {
  return `${netns ?? ''}|${local.port}`
}

/** The listeners of earlier looks that are there no more, by port. */
function goneListeners({ history, now }: Context): Map<string, RememberedListener> {
  const gone = new Map<string, RememberedListener>()
  for (const listener of history.listeners.values()) {
    if (listener.lastSeen < now) gone.set(portOf(listener.row), listener)
  }
  return gone
}

/**
 * Whether a connection on a port without a listener is one of a service that has gone. The history may have seen the listener; else only a port that clients
 * are not given, towards a port that they are, tells. What the old listener's own process still serves it holds rightly: a worker that
 * finishes after a reload, a program that accepts one client and stops listening.
 */
function isLeftover({ table }: Context, row: SocketRow, gone: RememberedListener | undefined): boolean {
  const holder = table.holderOf(row)
  if (holder === 'unknown') return false
  if (holder === 'process') return gone !== undefined && !row.owners?.some(({ pid }) => gone.holders.has(pid))
  const { ephemeral } = table
  return gone !== undefined || (!ephemeral.includes(row.local.port) && ephemeral.includes(row.peer.port))
}

function findingOf(context: Context, rows: readonly SocketRow[], gone: RememberedListener | undefined): Finding {
  const [first] = rows as [SocketRow]
  const port = first.local.port
  const waiting = rows.filter(({ state }) => state === 'TIME-WAIT')
  const held = rows.filter((row) => context.table.holderOf(row) === 'process')
  const owner = ownerOf(context, held.length > 0 ? held : rows)
  const longest = Math.max(0, ...waiting.map(({ timer }) => timer?.expiresMs ?? 0))
  return finding({
    rule: ID,
    key: [...(first.netns === undefined ? [] : [idPart(first.netns)]), String(port)].join('/'),
    title: `Nothing listens on port ${port}, and ${counted(rows.length, 'connection')} may keep a server off it`,
    severity: 'info',
    evidence: [
      number('in TIME-WAIT', waiting.length, 'sockets'),
      number('in other states', rows.length - waiting.length, 'sockets'),
      ...(waiting.length === 0 ? [] : [number('TIME-WAIT ends in', Math.ceil(longest / 1000), 's')]),
      ...topPeers(rows),
    ],
    owner,
    since: gone === undefined ? undefined : { at: gone.lastSeen, precision: 'exact' },
    explanation: [
      held.length > 0
        ? `The server of port ${port} has gone, and ${ownerName(owner)} has the port now, as clients are given it.`
        : `The server of port ${port} has gone, and connections that it had are still in the table.`,
      'On Linux bind() goes past them only if the old sockets and the new one all set SO_REUSEADDR; else it is EADDRINUSE.',
      freesItself(rows.length === waiting.length, longest, owner),
    ],
    remedies: gentleFirst(remedies(port, longest)),
    myth: 'reuseaddr-fixes-restart',
    rows,
  })
}

function freesItself(onlyTimeWait: boolean, longestMs: number, owner: FindingOwner): string {
  if (onlyTimeWait) return `The port frees itself in ${Math.ceil(longestMs / 1000)} s, when the last TIME-WAIT ends.`
  return owner.kind === 'processes'
    ? `The port is free when ${ownerName(owner)} has closed what it holds and its TIME-WAIT has passed.`
    : 'The port is free when the last of them has timed out.'
}

function remedies(port: number, longestMs: number): Remedy[] {
  return [
    {
      title: 'Set SO_REUSEADDR on the listening socket before bind(), in every version of the server',
      commands: [],
      cost: 'None; it does not let two live servers share a port.',
      gentleness: 'code',
    },
    {
      title: 'See whether bind() would succeed now, and wait if not',
      commands: [`lastack who ${port}`],
      cost: `At most ${Math.ceil(longestMs / 1000)} s for what is in TIME-WAIT.`,
      gentleness: 'code',
    },
    {
      title: 'Destroy the old connections (root)',
      commands: [`ss -taK sport = :${port}`],
      cost: 'Late segments of the old connections may reach new ones; peers still connected get RST.',
      gentleness: 'destroy',
    },
  ]
}
