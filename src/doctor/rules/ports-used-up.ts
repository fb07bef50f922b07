import { counted } from '../../base/index.ts'
import type { Context, Rule } from '../context.ts'
import { type Destination, destinationsOf } from '../destinations.ts'
import { finding, number, ownerOf, word } from '../evidence.ts'
import { growthOf } from '../history.ts'
import { fixCode, gentleFirst, setSysctl } from '../remedies.ts'
import { percent } from '../text.ts'
import type { Explanation, Finding, FindingOwner, Remedy } from '../types.ts'

const ID = 'ports-used-up'
const TW_REUSE = 'net.ipv4.tcp_tw_reuse'
const RANGE = 'net.ipv4.ip_local_port_range'

/** TIME-WAIT, and whatever else, against the ports that connect() has for one destination. */
export const portsUsedUp: Rule = {
  id: ID,
  about: 'a destination for which the ephemeral ports are running out, mostly by TIME-WAIT',
  needs: ['TIME-WAIT', 'LISTEN'],
  *measure(table) {
    for (const { key, taken } of destinationsOf(table)) yield [`${ID}|${key}`, taken]
  },
  judge: (context) =>
    destinationsOf(context.table)
      .filter(({ share }) => share >= context.thresholds.portShare)
      .map((destination) => findingOf(context, destination)),
}

/** The fault in numbers: how many wait, how many are open, how many ports are left and for how long. */
function findingOf(context: Context, destination: Destination): Finding {
  const { table, history, thresholds } = context
  const { key, name, source, rows, taken, share } = destination
  const { first, last, size } = table.ephemeral
  const waiting = rows.filter(({ state }) => state === 'TIME-WAIT')
  const growth = growthOf(history, `${ID}|${key}`)
  const closesFirst = waiting.length > rows.length / 2
  const free = Math.max(0, size - taken)
  const open = rows.filter(({ owners }) => owners !== undefined && owners.length > 0)
  const owner = open.length > 0 ? ownerOf(context, open) : (formerOwner(context, key) ?? ownerOf(context, waiting))
  return finding({
    rule: ID,
    key,
    title: `${percent(share)} % of the ports from ${source} to ${name} are taken: ${counted(free, 'more connection')} fit`,
    severity: share >= thresholds.portCriticalShare ? 'critical' : 'warning',
    evidence: [
      number('in TIME-WAIT', waiting.length, 'sockets'),
      number('in other states', rows.length - waiting.length, 'sockets'),
      number('ports free', free),
      word('range', `${first}-${last}, ${size} to use`),
      ...(closesFirst ? [word('closes first', 'this side: the TIME-WAIT is here')] : []),
      word('tcp_tw_reuse', table.observation.sysctls[TW_REUSE] ?? 'not known'),
      ...(growth !== undefined && growth > 0 ? [number('used up in', Math.round(free / growth), 'min')] : []),
    ],
    owner,
    growthPerMinute: growth,
    explanation: explain(destination, closesFirst),
    remedies: gentleFirst(remedies(context, destination, closesFirst)),
    myth: 'time-wait-client-harmless',
    rows,
  })
}

/** Who has opened what is in TIME-WAIT now, if an earlier look has seen it. */
function formerOwner({ history }: Context, key: string): FindingOwner | undefined {
  const clients = history.clients.get(key)
  return clients === undefined ? undefined : { kind: 'processes', processes: clients.processes }
}

function explain({ name }: Destination, closesFirst: boolean): Explanation {
  return [
    `A connection to ${name} needs a local port that no other connection to it has, TIME-WAIT included.`,
    closesFirst
      ? 'This side closes first, so each connection leaves its port in TIME-WAIT for 60 s, whatever tcp_fin_timeout says.'
      : 'Most of these connections are open: so many at once need more ports, addresses or a pool.',
    'When the range is used up connect() fails with EADDRNOTAVAIL, and only towards this destination.',
  ]
}

function remedies({ table }: Context, destination: Destination, closesFirst: boolean): Remedy[] {
  const { sysctls } = table.observation
  const reuse = sysctls[TW_REUSE]?.trim()
  const timestamps = sysctls['net.ipv4.tcp_timestamps']?.trim()
  const helps = closesFirst && reuse !== '1' && !(reuse === '2' && destination.isLoopback) && timestamps !== '0'
  return [
    fixCode(
      closesFirst
        ? 'Keep connections open and use them again (a pool, HTTP keep-alive), or let the server close first'
        : 'Use fewer connections at once (a pool, HTTP/2), or connect from a further address',
    ),
    ...(helps
      ? [
          setSysctl(
            'Let connect() take ports over from TIME-WAIT',
            TW_REUSE,
            '1',
            'None known where both ends have timestamps; it waits 1 s for each port.',
          ),
        ]
      : []),
    ...(table.ephemeral.size < WIDE
      ? [
          setSysctl(
            'Widen the range',
            RANGE,
            '1024 65535',
            'Ports of services inside it can be taken by clients: put them in ip_local_reserved_ports.',
          ),
        ]
      : []),
  ]
}

/** A range this wide has little left to gain. */
const WIDE = 50_000
