import { counted } from '../../base/index.ts'
import type { Rule } from '../context.ts'
import { finding, ownerName } from '../evidence.ts'
import { closeWaitLeaks, isMultipath, type Leak } from '../leak.ts'
import { destroy, fixLeak, gentleFirst, healByShutdown, restart, ssFilter } from '../remedies.ts'
import { serviceOf } from '../socket-table.ts'
import type { Finding, Remedy } from '../types.ts'

const ID = 'close-wait-client'

/** A client, mostly a connection pool, that keeps what its server has closed. */
export const closeWaitClient: Rule = {
  id: ID,
  about: 'connections that a program of this host opened, that the far server closed, and that are kept',
  needs: ['CLOSE-WAIT', 'LISTEN'],
  judge: (context) => closeWaitLeaks(context, 'client').map(findingOf),
}

function findingOf(leak: Leak): Finding {
  const { rows, owner, ages, cause } = leak
  const [first] = rows as [Leak['rows'][number]]
  const destination = serviceOf(first, 'client')
  const name = ownerName(owner)
  return finding({
    rule: ID,
    key: leak.key,
    title: `${name} keeps ${counted(rows.length, 'connection')} that ${destination} has closed`,
    severity: leak.severity,
    evidence: leak.evidence,
    owner,
    since: ages?.since,
    growthPerMinute: leak.growthPerMinute,
    explanation: [
      `${destination} has closed these connections, mostly after its idle time-out, and ${name} has not: here is the client in CLOSE-WAIT.`,
      cause === 'stopped reading'
        ? 'Recv-Q is above 1: the answers, or the notice that came with the close, were never read.'
        : 'That is how a connection pool looks that never checks its idle connections, or a response object that is never closed.',
      'They hold descriptors and ports for ever, and the next request that is sent over one of them is answered with RST.',
    ],
    remedies: gentleFirst(remedies(leak)),
    myth: 'close-wait-client-stuck',
    rows,
  })
}

function remedies({ key, rows, owner, cause }: Leak): Remedy[] {
  const [first] = rows as [Leak['rows'][number]]
  const id = `${ID}/${key}`
  return [
    fixLeak("Close responses, and evict idle connections sooner than the server's idle time-out", owner),
    ...(rows.every(isMultipath)
      ? []
      : [healByShutdown(id, cause === 'stopped reading'), destroy(id, ssFilter('close-wait', first, 'client'))]),
    ...restart(owner),
  ]
}
