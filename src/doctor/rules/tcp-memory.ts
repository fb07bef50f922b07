import type { RowState } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { counter, finding, number, word } from '../evidence.ts'
import { growthOf } from '../history.ts'
import { gentleFirst, setSysctl } from '../remedies.ts'
import { percent } from '../text.ts'
import type { Finding } from '../types.ts'

const ID = 'tcp-memory'
const TCP_MEM = 'net.ipv4.tcp_mem'
/** Pages are this large wherever the doctor can tell nothing else; it only serves a figure in MB. */
const PAGE = 4096

/** TCP's memory past its pressure mark. */
export const tcpMemory: Rule = {
  id: ID,
  about: "TCP's buffers against the marks of tcp_mem",
  needs: [],
  *measure(table) {
    const pages = table.observation.counters.TCP?.mem
    if (pages !== undefined) yield [ID, pages]
  },
  judge(context) {
    const pages = counter(context, 'TCP', 'mem')
    const [, pressure, most] = (context.table.observation.sysctls[TCP_MEM] ?? '').trim().split(/\s+/).map(Number)
    if (pages === undefined || pressure === undefined || most === undefined || !(pressure > 0) || !(most > 0)) return []
    return pages < pressure ? [] : [findingOf(context, pages, pressure, most)]
  },
}

function findingOf(context: Context, pages: number, pressure: number, most: number): Finding {
  const isCritical = pages >= context.thresholds.memoryCriticalShare * most
  return finding({
    rule: ID,
    key: '',
    title: `TCP uses ${percent(pages / most)} % of the memory that tcp_mem allows`,
    severity: isCritical ? 'critical' : 'warning',
    evidence: [
      number('in use', pages, 'pages'),
      number('about', Math.round((pages * PAGE) / 1e6), 'MB'),
      number('pressure mark', pressure, 'pages'),
      number('limit', most, 'pages'),
      word('most sockets are in', mostOf(context)),
    ],
    owner: { kind: 'host' },
    growthPerMinute: growthOf(context.history, ID),
    explanation: [
      'The buffers of all TCP sockets of this machine have passed the pressure mark of tcp_mem.',
      'Data that waits in Recv-Q or Send-Q fills it, and so do leaked sockets by their sheer number.',
      'Under pressure windows shrink and everything slows down; at the limit sends fail and orphans are reset.',
    ],
    remedies: gentleFirst([
      {
        title: 'Find the sockets whose queues hold it, and deal with their owners',
        commands: ['ss -tanpm'],
        cost: 'None.',
        gentleness: 'code',
      },
      setSysctl(
        'Allow more',
        TCP_MEM,
        [pressure, most, most * 2].join(' '),
        'The memory is taken from everything else.',
      ),
    ]),
    rows: [],
  })
}

function mostOf({ table }: Context): string {
  const counts = table.states.map((state: RowState) => [state, table.in(state).length] as const)
  const most = counts.sort((a, b) => b[1] - a[1]).slice(0, 3)
  return most.length === 0 ? 'not known' : most.map(([state, count]) => `${state} (${count})`).join(', ')
}
