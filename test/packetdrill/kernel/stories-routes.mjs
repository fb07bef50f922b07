/** Stories of what a route says of its paths, for record.mjs. */
const BASE = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 1048576 4194304"',
  'net.ipv4.tcp_timestamps=0',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.ipv4.tcp_congestion_control=reno',
]
const PLAIN = 'mss 1000,sackOK,nop,nop,nop,wscale 7'
const route = (metrics) => [
  '0',
  `\`ip route change default dev tun0 ${metrics} 2>/dev/null || ip -6 route change default dev tun0 ${metrics}\``,
]
const listening = [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 1) = 0'],
]
const accepted = (options = PLAIN, syn = 'S') => [
  ...listening,
  ['.1', `< ${syn} 0:0(0) win 65535 <${options}>`],
  ['.1', '< . 1:1(0) ack 1 win 1000'],
  ['0', 'accept(3, ..., ...) = 4'],
]
const connecting = [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0'],
  ['0', 'connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)'],
]
const connected = (bits = '', options = PLAIN) => [
  ...connecting,
  ['.1', `< S${bits}. 0:0(0) ack 1 win 65535 <${options}>`],
]
const write = (octets, fd = 4, step = '0') => [step, `write(${fd}, ..., ${octets}) = ${octets}`]
const look = ['0', '!snd_cwnd snd_mss']

const STORIES = [
  [
    'initcwnd-server',
    'initcwnd: so many segments leave before the first ACK.',
    [route('initcwnd 4'), ...accepted(), write(20000), look],
  ],
  ['initcwnd-large', 'A large one.', [route('initcwnd 20'), ...accepted(), write(40000), look]],
  [
    'initcwnd-one',
    'One segment.',
    [route('initcwnd 1'), ...accepted(), write(5000), look, ['.1', '< . 1:1(0) ack 1001 win 1000'], look],
  ],
  ['initcwnd-client', 'The same for whom we call.', [route('initcwnd 3'), ...connected(), write(9000, 3, '.01'), look]],
  [
    'initcwnd-then-change',
    'A connection keeps what it began with.',
    [route('initcwnd 4'), ...accepted(), route('initcwnd 8'), write(20000), look],
  ],
  ['advmss-server', 'advmss is what our SYN-ACK says.', [route('advmss 700'), ...accepted(), write(3000), look]],
  ['advmss-client', 'advmss is what our SYN says.', [route('advmss 800'), ...connected(), write(3000, 3, '.01'), look]],
  [
    'advmss-takes-large',
    'It does not bound what we send.',
    [route('advmss 500'), ...accepted('mss 1400,sackOK,nop,nop,nop,wscale 7'), write(2800), look],
  ],
  [
    'ecn-client',
    'features ecn asks for RFC 3168.',
    [route('features ecn'), ...connected('E'), write(1000, 3, '.01'), look],
    ['net.ipv4.tcp_ecn=0'],
  ],
  [
    'ecn-server',
    'features ecn grants it.',
    [route('features ecn'), ...accepted(PLAIN, 'SEW'), write(1000), look],
    ['net.ipv4.tcp_ecn=0'],
  ],
  [
    'ecn-server-not-asked',
    'Nobody asked.',
    [route('features ecn'), ...accepted(), write(1000), look],
    ['net.ipv4.tcp_ecn=0'],
  ],
  [
    'ecn-and-initcwnd',
    'Several at once.',
    [route('initcwnd 2 features ecn advmss 900'), ...accepted(PLAIN, 'SEW'), write(9000), look],
    ['net.ipv4.tcp_ecn=0'],
  ],
  ['nothing', 'A route without any.', [route(''), ...accepted(), write(20000), look]],
]

/** Every story of them. */
export const ROUTE_STORIES = STORIES.map(([name, title, events, more = []]) =>
  story(`routes/${String(name)}`, title, events, more),
)

function story(name, title, events, more) {
  return { name, title, ecn: true, sysctls: [...BASE, ...more], events }
}
