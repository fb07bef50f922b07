import { counted, SECOND } from '../../base/index.ts'
import { formatEndpoint, type SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { ageEvidence, agesOf, finding, number, ownerName, ownerOf, topPeers } from '../evidence.ts'
import { growthOf } from '../history.ts'
import { listenerId, seriesKey } from '../listener.ts'
import { findHang, gentleFirst, restart } from '../remedies.ts'
import type { Finding } from '../types.ts'

const ID = 'not-accepted'

/** A listener whose program does not call accept(). */
export const notAccepted: Rule = {
  id: ID,
  about: 'connections that wait in an accept queue although the program has had time to take them',
  needs: ['LISTEN', 'ESTABLISHED', 'CLOSE-WAIT'],
  *measure(table) {
    for (const row of table.in('LISTEN')) if (row.recvQueue > 0) yield [seriesKey(ID, row), row.recvQueue]
  },
  judge: (context) => context.table.in('LISTEN').flatMap((listener) => judgeListener(context, listener)),
}

/**
 * The connections that a listener's program has not taken, as far as the look shows them. Of several listeners on one address
 * (SO_REUSEPORT) nothing tells which of them a connection waits at.
 */
function waitingAt({ table }: Context, listener: SocketRow): SocketRow[] {
  return table
    .in('ESTABLISHED', 'CLOSE-WAIT')
    .filter((row) => table.holderOf(row) === 'not-accepted' && isAt(table.listenerOf(row), listener))
}

function isAt(found: SocketRow | undefined, { netns, local }: SocketRow): boolean {
  if (found === undefined || found.netns !== netns) return false
  return found.local.address === local.address && found.local.port === local.port
}

/** Whether the queue of a listener stands still: the oldest in it has waited too long. */
export function standsStill(context: Context, listener: SocketRow): boolean {
  if (listener.recvQueue === 0) return false
  const ages = agesOf(context, waitingAt(context, listener))
  return ages !== undefined && ages.oldest >= context.thresholds.unacceptedAge * SECOND
}

function judgeListener(context: Context, listener: SocketRow): Finding[] {
  if (!standsStill(context, listener)) return []
  const waiting = waitingAt(context, listener)
  const closed = waiting.filter(({ state }) => state === 'CLOSE-WAIT').length
  const ages = agesOf(context, waiting)
  const owner = ownerOf(context, [listener])
  const name = ownerName(owner)
  const isFull = listener.recvQueue > listener.sendQueue
  const where = formatEndpoint(listener.local.address, listener.local.port)
  return [
    finding({
      rule: ID,
      key: listenerId(context.table, listener),
      title: `${name} does not accept: ${counted(listener.recvQueue, 'connection')} wait at ${where}`,
      severity: isFull ? 'critical' : 'warning',
      evidence: [
        number('waiting for accept()', listener.recvQueue, 'connections'),
        number('of them closed by the client meanwhile', closed, 'connections'),
        ...ageEvidence(ages),
        number('backlog', listener.sendQueue, 'connections'),
        ...(listener.memory === undefined ? [] : [number('turned away', listener.memory.drops, 'attempts')]),
        ...topPeers(waiting),
      ],
      owner,
      since: ages?.since,
      growthPerMinute: growthOf(context.history, seriesKey(ID, listener)),
      explanation: [
        `The kernel has completed these handshakes, and ${name} has not called accept() for them.`,
        'They belong to no process yet, so ss -p, lsof and kill find nobody; those whose client gave up stand in CLOSE-WAIT.',
        isFull
          ? 'The queue is full: further clients get no answer and time out, while the port looks open.'
          : 'When the queue is full further clients get no answer and time out, while the port looks open.',
      ],
      remedies: gentleFirst([
        findHang('Find what keeps the accept loop: a blocking call, a lock, a limit of workers or descriptors', owner),
        ...restart(owner),
      ]),
      myth: 'close-wait-no-owner-is-kernel',
      rows: waiting,
    }),
  ]
}
