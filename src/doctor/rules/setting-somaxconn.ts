import { counted } from '../../base/index.ts'
import { formatEndpoint, type SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, number, ownerOf, sysctlNumber, word } from '../evidence.ts'
import { setSysctl } from '../remedies.ts'
import type { Finding } from '../types.ts'
import { overflows } from './accept-queue.ts'
import { standsStill } from './not-accepted.ts'

const ID = 'setting-somaxconn'
const NAME = 'net.core.somaxconn'
const ENOUGH = 4096

/** A backlog cut by somaxconn on a listener that has lost connections by it. */
export const settingSomaxconn: Rule = {
  id: ID,
  about: 'net.core.somaxconn smaller than what listeners that have lost connections need',
  needs: ['LISTEN'],
  judge(context) {
    const most = sysctlNumber(context, NAME)
    if (most === undefined || most >= ENOUGH) return []
    const cut = context.table.in('LISTEN').filter((row) => isCut(context, row, most))
    return cut.length === 0 ? [] : [findingOf(context, cut, most)]
  },
}

/** Where the accept queue is a finding of its own the setting is among its remedies. */
function isCut(context: Context, row: SocketRow, most: number): boolean {
  if (row.sendQueue < most || (row.memory?.drops ?? 0) === 0) return false
  return !overflows(context, row) && !standsStill(context, row)
}

function findingOf(context: Context, listeners: readonly SocketRow[], most: number): Finding {
  const drops = listeners.reduce((sum, { memory }) => sum + (memory?.drops ?? 0), 0)
  const names = listeners.slice(0, 3).map(({ local }) => formatEndpoint(local.address, local.port))
  return finding({
    rule: ID,
    key: '',
    title: `somaxconn = ${most} cuts the backlog of ${counted(listeners.length, 'listener')} that lost connections`,
    severity: 'info',
    evidence: [
      number('somaxconn', most, 'connections'),
      number('turned away so far', drops, 'attempts'),
      word('listeners at the cap', names.join(', ')),
    ],
    owner: ownerOf(context, listeners),
    explanation: [
      'listen() takes any backlog and silently cuts it to net.core.somaxconn.',
      'These listeners stand exactly at the cap, and have turned connections away.',
      'A larger number in the program alone changes nothing.',
    ],
    remedies: [
      setSysctl('Raise it', NAME, String(ENOUGH), 'A few kilobytes for each that waits; programs must listen() again.'),
    ],
    rows: listeners,
  })
}
