import { counted } from '../../base/index.ts'
import { formatEndpoint, type SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, number, ownerName, ownerOf, sysctlNumber, word } from '../evidence.ts'
import { changeOf, growthOf } from '../history.ts'
import { listenerId, seriesKey } from '../listener.ts'
import { fixCode, gentleFirst, setSysctl } from '../remedies.ts'
import type { Finding, Remedy } from '../types.ts'
import { standsStill } from './not-accepted.ts'

const ID = 'accept-queue'
const SOMAXCONN = 'net.core.somaxconn'

/** A listener that turns connections away although its program accepts. */
export const acceptQueue: Rule = {
  id: ID,
  about: 'listeners whose accept queue overflows: the program accepts, but not fast enough for the backlog',
  // Of the connections in the queue it takes the age to tell this from a program that does not accept at all.
  needs: ['LISTEN', 'ESTABLISHED', 'CLOSE-WAIT'],
  *measure(table) {
    for (const row of table.in('LISTEN')) if (row.memory !== undefined) yield [seriesKey(ID, row), row.memory.drops]
  },
  judge: (context) => context.table.in('LISTEN').flatMap((listener) => judgeListener(context, listener)),
}

/** Whether the listener loses connections, by what it has lost and how full it is. */
export function overflows({ history, thresholds }: Context, listener: SocketRow): boolean {
  const change = changeOf(history, seriesKey(ID, listener))
  const drops = listener.memory?.drops ?? 0
  // A queue of one is full after one connection; only one that cannot take a further one is certain to lose it.
  const isFull = listener.sendQueue > 0 && listener.recvQueue > listener.sendQueue
  const isNearlyFull =
    listener.sendQueue >= SMALL && listener.recvQueue >= thresholds.acceptQueueShare * listener.sendQueue
  if (change !== undefined) return change.change > 0 || isFull
  return drops >= thresholds.listenerDrops || isFull || isNearlyFull
}

const SMALL = 16

function judgeListener(context: Context, listener: SocketRow): Finding[] {
  // A program that does not accept at all is another fault, and its queue overflows too.
  if (!overflows(context, listener) || standsStill(context, listener)) return []
  const { history } = context
  const key = seriesKey(ID, listener)
  const change = changeOf(history, key)
  const drops = listener.memory?.drops
  const where = formatEndpoint(listener.local.address, listener.local.port)
  const owner = ownerOf(context, [listener])
  const lost = drops === undefined ? '' : `, ${counted(drops, 'attempt')} turned away`
  return [
    finding({
      rule: ID,
      key: listenerId(context.table, listener),
      title: `The accept queue of ${where} overflows${lost}`,
      severity: listener.recvQueue > listener.sendQueue || (change?.change ?? 0) > 0 ? 'critical' : 'warning',
      evidence: [
        number('waiting for accept()', listener.recvQueue, 'connections'),
        number('backlog', listener.sendQueue, 'connections'),
        ...(drops === undefined ? [] : [number('turned away since it listens', drops, 'attempts')]),
        ...(change === undefined ? [] : [number('turned away in this time', change.change, 'attempts')]),
        word('somaxconn', context.table.observation.sysctls[SOMAXCONN] ?? 'not known'),
      ],
      owner,
      growthPerMinute: growthOf(history, key),
      explanation: [
        `${ownerName(owner)} accepts more slowly than clients arrive, and its backlog holds only ${listener.sendQueue} of them.`,
        'A client that finds the queue full gets no answer and tries again after 1 s, 2 s, 3 s: it sees a slow server, not an error.',
        'The count is of attempts, so one client may count several times.',
      ],
      remedies: gentleFirst(remedies(context, listener)),
      rows: [listener],
    }),
  ]
}

function remedies(context: Context, listener: SocketRow): Remedy[] {
  const most = sysctlNumber(context, SOMAXCONN)
  const larger = Math.max(4096, listener.sendQueue * 4)
  return [
    fixCode(`Accept faster, or call listen() with more than ${listener.sendQueue}`),
    ...(most !== undefined && listener.sendQueue >= most
      ? [
          setSysctl(
            'Raise the cap that this backlog has met',
            SOMAXCONN,
            String(larger),
            'A few kilobytes for each that waits; the program must listen() again.',
          ),
        ]
      : []),
  ]
}
