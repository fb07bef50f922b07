import { type GivenOption, getopt } from '../getopt.ts'
import type { RowNeeds } from '../needs.ts'
import type { NetId } from '../socket-row.ts'
import { ALL, LISTENING, type StateMask, stateBit } from '../ss/states.ts'
import { UsageError } from '../usage-error.ts'
import { NETSTAT_OPTIONS, type NetstatOption, REFUSALS } from './options.ts'
import type { NetstatQuery } from './query.ts'

/**
 * Understands the arguments of netstat as net-tools 2.10 does, the name of the program not among them:
 * `parseNetstat(['-tonp'])`.
 *
 * @throws {UsageError} for anything unknown: the message names the word, its position and what was expected.
 */
export function parseNetstat(argv: readonly string[]): NetstatQuery {
  const { options, operands } = getopt('netstat', argv, NETSTAT_OPTIONS)
  const has = (id: NetstatOption): boolean => options.some((option) => option.id === id)
  const refused = options.find((option) => option.id === 'refused')
  if (refused !== undefined) throw refusal(refused)
  const [operand] = operands
  if (operand !== undefined) {
    throw usageError(
      'unexpected word',
      operand.text,
      operand.position,
      'options only: pipe the output into grep to choose rows',
    )
  }

  const named = familiesNamed(options)
  const protocols = (['tcp', 'udp', 'raw'] as const).filter(has)
  const everything = named.size === 0 && protocols.length === 0
  // A family alone means all of its protocols, a protocol alone both families.
  const ip = ([4, 6] as const).filter((family) => named.has(family))
  const internet = everything || ip.length > 0 || protocols.length > 0
  const unix = everything || named.has(0)
  const families = ip.length > 0 ? ip : ([4, 6] as const)
  const wanted = (protocol: 'tcp' | 'udp' | 'raw'): boolean => protocols.length === 0 || protocols.includes(protocol)
  const netids: NetId[] = [
    ...(internet ? (['tcp', 'udp'] as const).filter(wanted) : []),
    ...(unix ? (['u_str', 'u_dgr', 'u_seq'] as const) : []),
  ]
  if (has('statistics') && named.has(0)) {
    throw usageError('no statistics of the family', 'unix', argv.length, 'inet or inet6 (-4 or -6) with -s')
  }
  const which = has('all') ? 'all' : has('listening') ? 'listening' : 'connected'
  return {
    action: has('help') ? 'help' : has('version') ? 'version' : has('statistics') ? 'statistics' : 'sockets',
    which,
    internet,
    unix,
    netids,
    families,
    numericHosts: has('numeric') || has('numeric-hosts'),
    numericPorts: has('numeric') || has('numeric-ports'),
    numericUsers: has('numeric') || has('numeric-users'),
    extend: has('extend'),
    programs: has('programs'),
    timers: has('timers'),
    wide: has('wide'),
    continuous: has('continuous'),
    statistics: {
      family: ip.includes(6) && !ip.includes(4) ? 6 : 4,
      tcp: wanted('tcp'),
      udp: wanted('udp'),
      raw: wanted('raw'),
    },
    needs: needsOf(netids, families, which, has('programs'), has('timers')),
  }
}

function needsOf(
  netids: readonly NetId[],
  families: readonly (4 | 6)[],
  which: NetstatQuery['which'],
  owners: boolean,
  timers: boolean,
): RowNeeds {
  // Behind the timer netstat prints counts of retransmissions and of probes, of which a row's timer has but one.
  return { netids, families, states: STATES[which], owners, tcpInfo: timers, memory: false, cgroup: false }
}

const STATES: Readonly<Record<NetstatQuery['which'], StateMask>> = {
  all: ALL,
  listening: LISTENING,
  connected: ALL & ~stateBit('LISTEN'),
}

const FAMILY_WORDS: Readonly<Record<string, 4 | 6 | 0>> = { inet: 4, ip: 4, inet6: 6, unix: 0 }

/** 0 stands for unix. */
function familiesNamed(options: readonly GivenOption<NetstatOption>[]): ReadonlySet<4 | 6 | 0> {
  const named = new Set<4 | 6 | 0>()
  for (const option of options) {
    const words = option.id === 'protocol' ? option.value.split(',') : [option.id]
    for (const word of words) {
      const family = Object.hasOwn(FAMILY_WORDS, word) ? FAMILY_WORDS[word] : undefined
      if (family !== undefined) named.add(family)
      else if (option.id === 'protocol') throw usageError('not a family', word, option.position, 'inet, inet6 or unix')
    }
  }
  return named
}

function refusal(option: GivenOption<NetstatOption>): UsageError {
  const spec = NETSTAT_OPTIONS.find(
    ({ id, short, long }) =>
      id === 'refused' &&
      (option.spelled === `-${short}` || long?.some((name) => `--${name}`.startsWith(option.spelled))),
  )
  return usageError('not offered:', option.spelled, option.position, REFUSALS[spec?.short ?? ''] ?? 'another option')
}

function usageError(problem: string, token: string, position: number, expected: string): UsageError {
  return new UsageError({ tool: 'netstat', problem, token, position, unit: 'argument', expected })
}
