/** A look as numbers for a monitor: every family has a bound on how many series it may have. */
import { type Micros, SECOND } from '../base/index.ts'
import { formatEndpoint, type RowState } from '../inspect/index.ts'
import { type Census, censusOf, type Labels, SERIES_MOST } from './census.ts'
import { ownerName } from './evidence.ts'
import type { History } from './history.ts'
import type { MetricFamily, MetricSample } from './open-metrics.ts'
import { type SocketTable, tableOf } from './socket-table.ts'
import type { Finding, Observation, Severity } from './types.ts'

/** What stands for all that is beyond the bound. */
const OTHER = 'other'

/** States whose age tells something: the history remembers since when each socket has been in them. */
const AGED: readonly RowState[] = ['CLOSE-WAIT', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK']

/** Upper bounds of ages, s: a burst that drains, a fin_timeout, a leak of ten minutes, an hour, a day. */
const AGE_BOUNDS: readonly number[] = [1, 10, 60, 600, 3600, 86_400]

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical']

/**
 * The families of one look. Pure, and in the same order every time.
 * @param history as `observe` answered for this very look
 * @param findings what is wrong now
 * @param census as `censusOf` answered for this very look
 */
export function metricsOf(
  observation: Observation,
  history: History,
  findings: readonly Finding[],
  census: Census = censusOf(observation),
): MetricFamily[] {
  const table = tableOf(observation)
  return [
    ...socketFamilies(census),
    agesFamily(history, observation.at),
    ...listenerFamilies(table, history),
    ...counterFamilies(observation.counters),
    ...portFamilies(census),
    ...findingFamilies(findings),
  ]
}

/** How the looking itself goes. */
export interface Looking {
  /** Looks so far, those that failed too. */
  readonly looks: number
  readonly failures: number
  /** How long the last look took that succeeded, s. */
  readonly tookSeconds: number
  /** When it was over, s since 1970. */
  readonly overAt: number
}

/** The families about the looking, behind those of what was seen. */
export function lookingFamilies({ looks, failures, tookSeconds, overAt }: Looking): MetricFamily[] {
  const one = (value: number): MetricFamily['samples'] => [{ value }]
  return [
    { name: 'lastack_looks', type: 'counter', help: 'Looks, those that failed too.', samples: one(looks) },
    { name: 'lastack_look_failures', type: 'counter', help: 'Looks that failed.', samples: one(failures) },
    {
      ...{ name: 'lastack_look_duration_seconds', type: 'gauge', unit: 'seconds' },
      help: 'How long the last look took that succeeded.',
      samples: one(tookSeconds),
    },
    {
      ...{ name: 'lastack_look_timestamp_seconds', type: 'gauge', unit: 'seconds' },
      help: 'When the last look that succeeded was over, since 1970.',
      samples: one(overAt),
    },
  ]
}

function socketFamilies({ states, services }: Census): MetricFamily[] {
  return [
    {
      name: 'lastack_sockets',
      type: 'gauge',
      help: 'TCP sockets by state.',
      samples: [...states].map(([state, value]) => ({ labels: { state }, value })),
    },
    {
      name: 'lastack_service_sockets',
      type: 'gauge',
      help: `TCP sockets by state, owner and service: a server's port, a client's destination. The ${SERIES_MOST} with the most; the rest by state as "${OTHER}".`,
      samples: tallyOf(services).most(({ state = '' }) => ({ state, side: OTHER, owner: OTHER, service: OTHER })),
    },
  ]
}

function tallyOf(services: Census['services']): Tally {
  const tally = new Tally()
  for (const { labels, count } of services.values()) tally.add(labels, count)
  return tally
}

function agesFamily(history: History, now: Micros): MetricFamily {
  const ages = new Map<RowState, number[]>(AGED.map((state) => [state, []]))
  for (const { state, since } of history.sockets.values()) ages.get(state)?.push(Math.max(0, now - since.at) / SECOND)
  return {
    name: 'lastack_socket_age_seconds',
    type: 'gaugehistogram',
    unit: 'seconds',
    help: 'How long sockets have been in their state, at least.',
    samples: [...ages].flatMap(([state, seconds]) => histogram(state, seconds)),
  }
}

function histogram(state: RowState, seconds: readonly number[]): MetricSample[] {
  const within = (bound: number): number => seconds.filter((age) => age <= bound).length
  return [
    // Bounds are written as floating-point numbers, so that 1 and 1.0 are not two series.
    ...AGE_BOUNDS.map(
      (bound): MetricSample => ({ suffix: '_bucket', labels: { state, le: `${bound}.0` }, value: within(bound) }),
    ),
    { suffix: '_bucket', labels: { state, le: '+Inf' }, value: seconds.length },
    { suffix: '_gcount', labels: { state }, value: seconds.length },
    { suffix: '_gsum', labels: { state }, value: seconds.reduce((sum, age) => sum + age, 0) },
  ]
}

function listenerFamilies(table: SocketTable, { losses }: History): MetricFamily[] {
  const [waiting, limits] = [new Tally(), new Tally()]
  for (const row of table.in('LISTEN')) {
    const labels = { listener: formatEndpoint(row.local.address, row.local.port), owner: table.commandOf(row) }
    waiting.add(labels, row.recvQueue)
    limits.add(labels, row.sendQueue)
  }
  const other = { listener: OTHER, owner: OTHER }
  const lost = [...losses.sums.values()].map(({ listener, owner, lost: value }) => ({
    labels: { listener, owner },
    value,
  }))
  if (losses.others !== undefined) lost.push({ labels: other, value: losses.others })
  const family = (
    name: string,
    type: MetricFamily['type'],
    help: string,
    samples: readonly MetricSample[],
  ): MetricFamily => ({ name: `lastack_listener_${name}`, type, help, samples })
  return [
    family(
      'waiting',
      'gauge',
      'Connections that wait for accept().',
      waiting.most(() => other),
    ),
    family(
      'backlog',
      'gauge',
      'Connections that may wait for accept().',
      limits.most(() => other),
    ),
    family('drops', 'counter', 'Connections that a listener has lost since it listens.', lost),
  ]
}

/** The kernel's own counters, under the names it has for them. */
const COUNTERS: readonly (readonly [group: string, counter: string, name: string, help: string])[] = [
  ['TcpExt', 'ListenOverflows', 'listen_overflows', 'Times that an accept queue was full (TcpExtListenOverflows).'],
  ['TcpExt', 'ListenDrops', 'listen_drops', 'Connections that listeners have lost (TcpExtListenDrops).'],
  [
    'TcpExt',
    'TCPTimeWaitOverflow',
    'time_wait_overflows',
    'TIME-WAITs left out for want of room (TCPTimeWaitOverflow).',
  ],
  [
    'TcpExt',
    'TCPAbortOnTimeout',
    'aborts_on_timeout',
    'Connections given up after retransmissions (TCPAbortOnTimeout).',
  ],
  ['Tcp', 'AttemptFails', 'attempt_fails', 'Connections that failed before they were established (TcpAttemptFails).'],
  ['Tcp', 'RetransSegs', 'retransmitted_segments', 'Segments sent again (TcpRetransSegs).'],
  ['Tcp', 'OutRsts', 'sent_resets', 'Segments sent with RST (TcpOutRsts).'],
]

/** A counter that this kernel or source does not have is left out: 0 would be a lie. */
function counterFamilies(counters: Observation['counters']): MetricFamily[] {
  return COUNTERS.flatMap(([group, counter, name, help]): MetricFamily[] => {
    const value = counters[group]?.[counter]
    return value === undefined ? [] : [{ name: `lastack_${name}`, type: 'counter', help, samples: [{ value }] }]
  })
}

function portFamilies({ ports }: Census): MetricFamily[] {
  return [
    {
      name: 'lastack_port_range_size',
      type: 'gauge',
      help: 'Ports that connect() picks from: ip_local_port_range less the reserved ones.',
      samples: [{ value: ports.size }],
    },
    {
      name: 'lastack_port_range_used_ratio',
      type: 'gauge',
      unit: 'ratio',
      help: `Share of that range in use from a source address towards a destination. The ${SERIES_MOST} fullest of those with 32 connections or more.`,
      samples: ports.used.map(({ labels, share }) => ({ labels, value: share })),
    },
  ]
}

function findingFamilies(findings: readonly Finding[]): MetricFamily[] {
  // Findings come the gravest first, so those beyond the bound are the least grave.
  const shown = findings.slice(0, SERIES_MOST)
  return [
    {
      name: 'lastack_findings',
      type: 'gauge',
      help: 'What is wrong now, by severity.',
      samples: SEVERITIES.map((severity) => ({
        labels: { severity },
        value: findings.filter((one) => one.severity === severity).length,
      })),
    },
    {
      name: 'lastack_finding',
      type: 'gauge',
      help: `1 for each thing that is wrong now, the gravest ${SERIES_MOST}.`,
      samples: shown.map(({ id, rule, severity, owner }) => ({
        labels: { id, rule, severity, owner: ownerName(owner) },
        value: 1,
      })),
    },
  ]
}

/** Sums by labels. */
class Tally {
  readonly #sums = new Map<string, { readonly labels: Labels; value: number }>()

  add(labels: Labels, more: number): void {
    const key = Object.values(labels).join('\0')
    const known = this.#sums.get(key)
    if (known === undefined) this.#sums.set(key, { labels, value: more })
    else known.value += more
  }

  /** The largest sums, and those beyond the bound added up under what `other` makes of their labels. */
  most(other: (labels: Labels) => Labels): MetricSample[] {
    const sorted = [...this.#sums].sort(([a, one], [b, two]) => two.value - one.value || (a < b ? -1 : 1))
    const rest = new Tally()
    for (const [, { labels, value }] of sorted.slice(SERIES_MOST)) rest.add(other(labels), value)
    return [...sorted.slice(0, SERIES_MOST).map(([, sum]) => sum), ...rest.#sums.values()]
  }
}
