import { counted } from '../../base/index.ts'
import type { Rule } from '../context.ts'
import { finding, ownerName } from '../evidence.ts'
import { closeWaitLeaks, isMultipath, type Leak } from '../leak.ts'
import { destroy, fixCode, fixLeak, gentleFirst, healByShutdown, restart, ssFilter } from '../remedies.ts'
import { serviceOf } from '../socket-table.ts'
import type { Explanation, Finding, Remedy } from '../types.ts'

const ID = 'close-wait-server'

/** A server that does not close after its clients have. */
export const closeWaitServer: Rule = {
  id: ID,
  about: 'connections to a listener whose peers have closed and that the server never closes',
  needs: ['CLOSE-WAIT', 'LISTEN'],
  judge: (context) => closeWaitLeaks(context, 'server').map(findingOf),
}

function findingOf(leak: Leak): Finding {
  const { rows, owner, cause, ages } = leak
  const [first] = rows as [Leak['rows'][number]]
  const port = serviceOf(first, 'server')
  return finding({
    rule: ID,
    key: leak.key,
    title: `${ownerName(owner)} leaks ${counted(rows.length, 'connection')} in CLOSE-WAIT on port ${port}`,
    severity: leak.severity,
    evidence: leak.evidence,
    owner,
    since: ages?.since,
    growthPerMinute: leak.growthPerMinute,
    explanation: explain(leak),
    remedies: gentleFirst(remedies(leak)),
    myth: cause === 'forgot to close' ? 'close-wait-is-peer' : 'close-wait-client-crash',
    rows,
  })
}

const WHY: Readonly<Record<Leak['cause'], string>> = {
  'forgot to close':
    'Recv-Q is 0: the program has read everything, the end of file too, and then forgot to close, often on an error path or an early return.',
  'no longer reads':
    'Recv-Q is 1: only the end of file is unread, so the program no longer looks at these sockets: it hangs, or has dropped them from its event loop.',
  'stopped reading':
    'Recv-Q is above 1: the program stopped reading with data waiting, as one does that hangs, is blocked elsewhere or has lost track of them.',
}

function explain({ owner, cause, server }: Leak): Explanation {
  if (server !== undefined) {
    return [
      `${ownerName(server)} accepted these connections and has closed its own descriptors of them, and ${ownerName(owner)} holds them still.`,
      'A program that is started with the descriptors of its parent open has them all; so has one that they were handed to.',
      'A connection is closed when the last of its holders has closed it: the clients have, and no FIN has left from here.',
    ]
  }
  return [
    `The clients have closed and ${ownerName(owner)} has not: only its own close() ends these connections.`,
    WHY[cause],
    'No timer and no sysctl ends an idle CLOSE-WAIT; each keeps a descriptor until accept() fails with EMFILE.',
  ]
}

const CODE: Readonly<Record<Leak['cause'], string>> = {
  'forgot to close': 'Close on every path after read() has returned 0',
  'no longer reads': 'Find where the program hangs, or watch the sockets until they are closed',
  'stopped reading': 'Find where the program hangs, or close what it gives up reading',
}

const INHERITED =
  'Accept with SOCK_CLOEXEC, or close what is inherited between fork() and exec(); if they were handed over, close them'

function remedies({ key, rows, owner, cause, server }: Leak): Remedy[] {
  const [first] = rows as [Leak['rows'][number]]
  const id = `${ID}/${key}`
  return [
    server === undefined ? fixLeak(CODE[cause], owner) : fixCode(INHERITED),
    ...(rows.every(isMultipath)
      ? []
      : [healByShutdown(id, cause === 'stopped reading'), destroy(id, ssFilter('close-wait', first, 'server'))]),
    ...restart(owner),
  ]
}
