import type { OptionSpec } from '../getopt.ts'

/** Everything that may be given to ss with a dash. */
export type SsOption =
  | 'numeric'
  | 'all'
  | 'listening'
  | 'bound-inactive'
  | 'timers'
  | 'details'
  | 'memory'
  | 'owners'
  | 'info'
  | 'summary'
  | 'tcp'
  | 'mptcp'
  | 'udp'
  | 'unix'
  | 'ipv4'
  | 'ipv6'
  | 'family'
  | 'query'
  | 'no-header'
  | 'one-line'
  | 'cgroup'
  | 'help'
  | 'version'
  | 'refused'

const spec = (id: SsOption, short: string, ...long: string[]): OptionSpec<SsOption> => ({
  id,
  ...(short === '' ? {} : { short }),
  long,
})

/** The options of ss 6.1. Those of id `refused` are known and not offered; `REFUSALS` says why. */
export const SS_OPTIONS: readonly OptionSpec<SsOption>[] = [
  spec('numeric', 'n', 'numeric'),
  spec('all', 'a', 'all'),
  spec('listening', 'l', 'listening'),
  spec('bound-inactive', 'B', 'bound-inactive'),
  spec('timers', 'o', 'options'),
  spec('details', 'e', 'extended'),
  spec('memory', 'm', 'memory'),
  spec('owners', 'p', 'processes'),
  spec('info', 'i', 'info'),
  spec('summary', 's', 'summary'),
  spec('tcp', 't', 'tcp'),
  spec('mptcp', 'M', 'mptcp'),
  spec('udp', 'u', 'udp'),
  spec('unix', 'x', 'unix'),
  spec('ipv4', '4', 'ipv4'),
  spec('ipv6', '6', 'ipv6'),
  { ...spec('family', 'f', 'family'), argument: 'a family: inet, inet6 or unix' },
  { ...spec('query', 'A', 'query', 'socket'), argument: 'socket tables such as tcp,udp' },
  spec('no-header', 'H', 'no-header'),
  spec('one-line', 'O', 'oneline'),
  spec('cgroup', '', 'cgroup'),
  spec('help', 'h', 'help'),
  spec('version', 'V', 'version'),
  spec('version', 'v'),
  spec('refused', 'r', 'resolve'),
  spec('refused', 'K', 'kill'),
  spec('refused', 'E', 'events'),
  spec('refused', 'T', 'threads'),
  spec('refused', 'b', 'bpf'),
  spec('refused', 'Z', 'context'),
  spec('refused', 'z', 'contexts'),
  spec('refused', '0', 'packet'),
  spec('refused', 'w', 'raw'),
  spec('refused', 'd', 'dccp'),
  spec('refused', 'S', 'sctp'),
  spec('refused', '', 'tipc'),
  spec('refused', '', 'vsock'),
  spec('refused', '', 'xdp'),
  spec('refused', '', 'tipcinfo'),
  spec('refused', '', 'tos'),
  spec('refused', '', 'inet-sockopt'),
  { ...spec('refused', 'N', 'net'), argument: 'a network namespace' },
  { ...spec('refused', 'D', 'diag'), argument: 'a file' },
  { ...spec('refused', 'F', 'filter'), argument: 'a file' },
]

const ONLY_THESE = 'TCP, MPTCP, UDP or unix sockets (-t, -M, -u, -x)'

/** What to do instead of a refused option, by its long name. */
export const REFUSALS: Readonly<Record<string, string>> = {
  resolve: 'no -r: addresses are printed as numbers',
  kill: 'no -K: this command only looks',
  events: 'no -E: rows are printed once',
  threads: '-p, which names processes',
  bpf: 'no -b: packet filters are not read',
  context: 'no -Z: security contexts are not read',
  contexts: 'no -z: security contexts are not read',
  packet: ONLY_THESE,
  raw: ONLY_THESE,
  dccp: ONLY_THESE,
  sctp: ONLY_THESE,
  tipc: ONLY_THESE,
  vsock: ONLY_THESE,
  xdp: ONLY_THESE,
  tipcinfo: ONLY_THESE,
  tos: 'no --tos: type of service is not read',
  'inet-sockopt': 'no --inet-sockopt: those options are not read',
  net: 'no -N: run the command within the namespace (ip netns exec)',
  diag: 'no -D: rows are printed as text',
  filter: 'the filter on the command line',
}

/** Printed for `-h`. */
export const SS_HELP = `Usage: ss [ OPTIONS ] [ FILTER ]
   -h, --help          this message
   -V, --version       output version information
   -n, --numeric       don't resolve service names
   -a, --all           display all sockets
   -l, --listening     display listening sockets
   -B, --bound-inactive  display TCP sockets that are bound and neither listen nor connect
   -o, --options       show timer information
   -e, --extended      show detailed socket information
   -m, --memory        show socket memory usage
   -p, --processes     show process using socket
   -i, --info          show internal TCP information
   -s, --summary       show socket usage summary
       --cgroup        show cgroup information
   -4, --ipv4          display only IP version 4 sockets
   -6, --ipv6          display only IP version 6 sockets
   -t, --tcp           display only TCP sockets
   -M, --mptcp         display only MPTCP sockets
   -u, --udp           display only UDP sockets
   -x, --unix          display only Unix domain sockets
   -f, --family=FAMILY display sockets of type FAMILY
       FAMILY := {inet|inet6|unix}
   -H, --no-header     suppress header line
   -O, --oneline       socket's data printed on a single line
   -A, --query=QUERY, --socket=QUERY
       QUERY := {all|inet|tcp|mptcp|udp|unix|unix_dgram|unix_stream|unix_seqpacket}[,QUERY]
       FILTER := [ state STATE-FILTER ] [ exclude STATE-FILTER ] [ EXPRESSION ]
       STATE-FILTER := {all|connected|synchronized|bucket|big|TCP-STATE}
       TCP-STATE := {established|syn-sent|syn-recv|fin-wait-{1,2}|time-wait|closed|close-wait|last-ack|listening|closing}
       EXPRESSION := CONDITION { and | or | CONDITION }
       CONDITION := {src|dst} ADDRESS | {sport|dport} {=|!=|<|<=|>|>=} :PORT | not CONDITION | ( EXPRESSION )
                    dev NAME | fwmark MARK[/MASK] | cgroup PATH | autobound
       ADDRESS := {IPV4[/LENGTH]|[IPV6[/LENGTH]]|*}[:PORT] | unix:PATTERN
`
