import type { OptionSpec } from '../getopt.ts'

/** Everything that may be given to netstat with a dash. */
export type NetstatOption =
  | 'all'
  | 'listening'
  | 'numeric'
  | 'numeric-hosts'
  | 'numeric-ports'
  | 'numeric-users'
  | 'extend'
  | 'programs'
  | 'timers'
  | 'wide'
  | 'continuous'
  | 'tcp'
  | 'udp'
  | 'raw'
  | 'unix'
  | 'inet'
  | 'inet6'
  | 'protocol'
  | 'statistics'
  | 'ignored'
  | 'help'
  | 'version'
  | 'refused'

const spec = (id: NetstatOption, short: string, ...long: string[]): OptionSpec<NetstatOption> => ({
  id,
  ...(short === '' ? {} : { short }),
  long,
})

/** The options of net-tools 2.10. Those of id `refused` are known and not offered; `REFUSALS` says what is. */
export const NETSTAT_OPTIONS: readonly OptionSpec<NetstatOption>[] = [
  spec('all', 'a', 'all'),
  spec('listening', 'l', 'listening'),
  spec('numeric', 'n', 'numeric'),
  spec('numeric-hosts', '', 'numeric-hosts'),
  spec('numeric-ports', '', 'numeric-ports'),
  spec('numeric-users', '', 'numeric-users'),
  spec('extend', 'e', 'extend'),
  spec('programs', 'p', 'programs'),
  spec('timers', 'o', 'timers'),
  spec('wide', 'W', 'wide'),
  spec('continuous', 'c', 'continuous'),
  spec('tcp', 't', 'tcp'),
  spec('udp', 'u', 'udp'),
  // Only `-s` has anything to show for raw sockets here.
  spec('raw', 'w', 'raw'),
  spec('unix', 'x', 'unix'),
  spec('inet', '4', 'inet', 'ip', 'tcpip'),
  spec('inet6', '6', 'inet6'),
  { ...spec('protocol', 'A', 'protocol'), argument: 'families: inet, inet6 or unix' },
  spec('statistics', 's', 'statistics'),
  // These change nothing about a table of sockets, in net-tools either.
  spec('ignored', 'v', 'verbose'),
  spec('ignored', 'N', 'symbolic'),
  spec('ignored', 'F', 'fib'),
  spec('ignored', 'C', 'cache'),
  spec('ignored', 'd'),
  spec('help', 'h', 'help'),
  spec('help', '?'),
  spec('version', 'V', 'version'),
  spec('refused', 'r', 'route'),
  spec('refused', 'i', 'interfaces'),
  spec('refused', 'g', 'groups'),
  spec('refused', 'M', 'masquerade'),
  spec('refused', 'Z', 'context'),
  spec('refused', 'S', 'sctp'),
  spec('refused', 'U', 'udplite'),
  spec('refused', '2', 'l2cap'),
  spec('refused', 'f', 'rfcomm'),
]

const ONLY_THESE = 'TCP, UDP or unix sockets (-t, -u, -x)'

/** What to do instead of a refused option, by its letter. */
export const REFUSALS: Readonly<Record<string, string>> = {
  r: 'sockets or -s; the routing table is shown by `ip route`',
  i: 'sockets or -s; interfaces are shown by `ip -s link`',
  g: 'sockets or -s; multicast groups are shown by `ip maddr`',
  M: 'sockets or -s; translated connections are shown by `conntrack -L`',
  Z: 'no -Z: security contexts are not read',
  S: ONLY_THESE,
  U: ONLY_THESE,
  '2': ONLY_THESE,
  f: ONLY_THESE,
}

/** Printed for `-h`. */
export const NETSTAT_HELP = `usage: netstat [-vWnNcaeol] [<Socket> ...]
       netstat -s [-6tuw]

        -s, --statistics         display networking statistics (like SNMP)

        -W, --wide               don't truncate IP addresses
        -n, --numeric            don't resolve names
        --numeric-hosts          don't resolve host names
        --numeric-ports          don't resolve port names
        --numeric-users          don't resolve user names
        -e, --extend             display other/more information
        -p, --programs           display PID/Program name for sockets
        -o, --timers             display timers
        -c, --continuous         continuous listing

        -l, --listening          display listening server sockets
        -a, --all                display all sockets (default: connected)

  <Socket>={-t|--tcp} {-u|--udp} {-x|--unix}
  Families: '-4', '-6' or '-A inet,inet6,unix'; default: all
`
