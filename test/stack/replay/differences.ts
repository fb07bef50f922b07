/**
 * Where this stack answers otherwise than the kernel, and means to. A case that begins to agree fails its test until it is
 * taken off this list, so that the list stays true.
 */
import type { TableName, TruthCase } from '../../kernel/truth/table.ts'

/** Some cases of a table, and why they differ. */
export interface Difference {
  readonly table: TableName
  /** Found in the situation's name; default: any. */
  readonly in?: RegExp
  /** Default: any. */
  readonly family?: readonly TruthCase['family'][]
  /** Found in the case's calls, joined by `; `. */
  readonly calls: RegExp
  /** In one sentence. */
  readonly reason: string
  readonly scope: Scope
}

/**
 * `interface`: calls here take numbers and addresses, not octets, and never wait; the step cannot be written down.
 * `later`: a mechanism of Linux that this stack does not have yet.
 * `machine`: the kernel chose by the memory or the configuration of the machine that made the table.
 * `oddity`: of Linux alone, by accident, and nothing that a program should rely on.
 */
export type Scope = 'interface' | 'later' | 'machine' | 'oddity'

/** Sysctls of mechanisms that this stack does not have; a knob that turns nothing would be a lie. */
const SYSCTLS_TO_COME = ['tcp_adv_win_scale', 'ip_forward', 'icmp_rate(?:limit|mask)'].join('|')

export const DIFFERENCES: readonly Difference[] = [
  {
    table: 'errno',
    calls: /len=\d+$/,
    reason: 'An address is a text and a port here, and has no length that could be wrong.',
    scope: 'interface',
  },
  {
    table: 'errno',
    calls: /^s bind unspec/,
    reason: 'An address is a text and a port here: its family is seen in the text, and it always has one.',
    scope: 'interface',
  },
  {
    table: 'options',
    calls: /^(?!s get IPV6_V6ONLY).* len=-1$/,
    reason: 'No value has a negative number of octets here, and nobody has room for one.',
    scope: 'interface',
  },
  {
    table: 'options',
    family: ['6'],
    calls: /^s get IPV6_V6ONLY len=-1$/,
    reason: 'The kernel takes the negative number for a large one here alone; nobody has room for such here.',
    scope: 'interface',
  },
  {
    table: 'options',
    calls: /get (?:IP_TTL len=[23]|TCP_INFO len=1)$/,
    reason: 'getsockopt() gives a number or an object, not octets into a buffer that may be too small.',
    scope: 'interface',
  },
  {
    table: 'timers',
    calls: /^s set SO_LINGER 1 2; /,
    reason: 'No call waits here: whoever drives a process waits for it, as the lingering close of sim does.',
    scope: 'interface',
  },
  {
    table: 'sysctl',
    calls: new RegExp(`^host (?:read|range|write) net\\.ipv4\\.(?:${SYSCTLS_TO_COME})`),
    reason: 'Its mechanism is not built yet, and a knob that turns nothing would be a lie.',
    scope: 'later',
  },
  {
    table: 'sysctl',
    calls: /^host read net\.ipv4\.tcp_(?:available_|allowed_)?congestion_control$/,
    reason:
      'Which algorithms a kernel has, and which is the default, is the choice of who built and set up the machine.',
    scope: 'machine',
  },
  {
    table: 'sysctl',
    calls: /^host read net\.ipv4\.tcp_(?:max_tw_buckets|max_syn_backlog)$/,
    reason: 'The default follows the memory and the distribution of the machine; here it is that of a common one.',
    scope: 'machine',
  },
  {
    table: 'sysctl',
    calls: /^host write net\.core\.[rw]mem_(?:default|max) /,
    reason: 'A network namespace may only read what belongs to the whole machine; a host here is a whole machine.',
    scope: 'machine',
  },
  {
    table: 'options',
    calls: /^s set SO_LINGER 1 -1; /,
    reason: 'The kernel multiplies the seconds by its ticks, overflows, and divides again.',
    scope: 'oddity',
  },
]

/** Whether a case is one of those that a difference means. */
export function isAbout(difference: Difference, one: TruthCase): boolean {
  return (
    (difference.in?.test(one.situation) ?? true) &&
    (difference.family?.includes(one.family) ?? true) &&
    difference.calls.test(one.calls.join('; '))
  )
}
