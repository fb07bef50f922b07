/** Stories of path MTU probing (RFC 4821) for record.mjs: the peer takes 1460 octets, the path 1500. */
const BASE = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 1048576 4194304"',
  'net.ipv4.tcp_timestamps=0',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.ipv4.tcp_congestion_control=reno',
]
const PLAIN = 'mss 1460,sackOK,nop,nop,nop,wscale 7'
const WINDOW = 1000
/** The window grows with the first ACK: only then the MSS is reckoned anew, and a search counts. */
const server = (options = PLAIN, window = WINDOW / 2) => [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 1) = 0'],
  ['.1', `< S 0:0(0) win 65535 <${options}>`],
  ['.1', `< . 1:1(0) ack 1 win ${window}`],
  ['0', 'accept(3, ..., ...) = 4'],
]
const write = (octets, step = '0') => [step, `write(4, ..., ${octets}) = ${octets}`]
const ack = (number, step = '.1', window = WINDOW) => [step, `< . 1:1(0) ack ${number} win ${window}`]
const sack = (number, left, right, step = '.005') => [
  step,
  `< . 1:1(0) ack ${number} win ${WINDOW} <nop,nop,sack ${left}:${right}>`,
]
const look = (step = '0') => [step, '!snd_mss snd_cwnd snd_ssthresh ca_state unacked lost retrans']
/** Two full windows of base segments are acknowledged: twenty may be in flight. */
const opened = (options = PLAIN, mss = 1024) => [...server(options), write(10 * mss), ack(1 + 10 * mss), look()]
/** The peer has it all, up to there, piece by piece. */
const acks = (from, to, piece, step = '.01') =>
  Array.from({ length: Math.ceil((to - from) / piece) }, (_, i) =>
    ack(Math.min(from + piece * (i + 1), to), i === 0 ? '.1' : step),
  )

const STORIES = [
  [
    'off',
    'tcp_mtu_probing 0: segments are as large as the path says.',
    0,
    [...server(), write(3000), look(), ack(3001)],
  ],
  ['base', 'tcp_mtu_probing 2 begins with tcp_base_mss.', 2, [...server(), look(), write(3000), look(), ack(3001)]],
  [
    'base-600',
    'Another tcp_base_mss.',
    2,
    [...server(), write(2000), look(), ack(2001)],
    ['net.ipv4.tcp_base_mss=600'],
  ],
  [
    'base-above-path',
    'A base above what the path takes means nothing.',
    2,
    [...server(), write(4000), look(), ack(4001)],
    ['net.ipv4.tcp_base_mss=5000'],
  ],
  [
    'small-peer',
    'A peer that takes less than the base.',
    2,
    [...opened('mss 500,sackOK,nop,nop,nop,wscale 7', 500), write(30000), look()],
  ],
  [
    'on-demand-only',
    'tcp_mtu_probing 1 does not probe a path that works.',
    1,
    [...server(), write(14600), ack(14601), write(60000), look()],
  ],
  [
    'probe',
    'With eleven segments of window and data enough a probe halves what is not known.',
    2,
    [...opened(), write(30000), look(), ack(11483), look(), ack(40241), look()],
  ],
  [
    'search',
    'Probe after probe, until nothing worth while is left.',
    2,
    [
      ...opened(),
      write(30000),
      ...acks(10241, 40241, 5000),
      look(),
      write(30000),
      ...acks(40241, 70241, 5000),
      look(),
      write(30000),
      ...acks(70241, 100241, 5000),
      look(),
      write(60000),
      ...acks(100241, 160241, 10000),
      look(),
      write(60000),
      look(),
    ],
  ],
  [
    'probe-lost',
    'A lost probe costs no window: it is sent again in pieces.',
    2,
    [
      ...opened(),
      write(30000),
      sack(10241, 11483, 12507, '.1'),
      sack(10241, 11483, 13531),
      sack(10241, 11483, 14555),
      look(),
      ack(19675),
      look(),
      ack(40241),
      look(),
    ],
  ],
  [
    'probe-lost-then-smaller',
    'The next probe is smaller.',
    2,
    [
      ...opened(),
      write(30000),
      sack(10241, 11483, 12507, '.1'),
      sack(10241, 11483, 13531),
      sack(10241, 11483, 14555),
      ...[16603, 22747, 26843].map((at) => ack(at, '.05')),
      ack(40241),
      write(30000),
      look(),
    ],
  ],
  [
    'probe-lost-without-sack',
    'The same without SACK.',
    2,
    [
      ...opened('mss 1460,nop,wscale 7'),
      write(30000),
      ack(10241),
      ack(10241, '.005'),
      ack(10241, '.005'),
      look(),
      ack(40241),
      look(),
    ],
  ],
  [
    'probe-and-more-lost',
    'What is lost behind the probe is a loss like any other.',
    2,
    [
      ...opened(),
      write(30000),
      ack(11483),
      sack(11483, 12507, 13531),
      sack(11483, 12507, 14555),
      sack(11483, 12507, 15579),
      look(),
    ],
  ],
  [
    'probe-timeout',
    'A timeout leaves the probe without a verdict.',
    2,
    [...opened(), write(6000), look('.9'), ack(16241, '.1'), look()],
  ],
  ['little-data', 'Too little to tell of a lost probe: none.', 2, [...opened(), write(5000), look(), ack(15241)]],
  ['just-enough-data', 'The probe and four segments behind it.', 2, [...opened(), write(5338), look(), ack(15579)]],
  ['small-window', 'cwnd below eleven: no probe.', 2, [...server(), write(30000), look(), ack(10241), look()]],
  [
    'waits-for-window',
    'Two segments of congestion window must be free.',
    2,
    [...opened(), write(20480), ack(12289), look(), write(30000), look(), ack(14337), look()],
  ],
  [
    'threshold',
    'tcp_probe_threshold: what is smaller is not worth a probe.',
    2,
    [...opened(), write(30000), look()],
    ['net.ipv4.tcp_probe_threshold=500'],
  ],
  [
    'interval',
    'tcp_probe_interval: the search begins anew.',
    2,
    [...opened(), write(30000), look(), ack(40241), write(10000, '1.1'), ack(50241), write(40000), look()],
    ['net.ipv4.tcp_probe_threshold=400', 'net.ipv4.tcp_probe_interval=1'],
  ],
  [
    'timestamps',
    'Timestamps take their part of each segment.',
    2,
    [
      ...server('mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7').slice(0, 5),
      ['.1', '< . 1:1(0) ack 1 win 1000 <nop,nop,TS val 200 ecr 0>'],
      ['0', 'accept(3, ..., ...) = 4'],
      write(10120),
      ['.1', '< . 1:1(0) ack 10121 win 1000 <nop,nop,TS val 300 ecr 0>'],
      write(30000),
      look(),
    ],
    ['net.ipv4.tcp_timestamps=1'],
  ],
  [
    'pieces',
    'A probe is made of what several writes brought.',
    2,
    [
      ...opened(),
      ['0', 'setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0'],
      write(500),
      write(500),
      write(6000),
      look(),
      ['0', 'setsockopt(4, SOL_TCP, TCP_CORK, [0], 4) = 0'],
      look(),
    ],
  ],
  [
    'holes',
    'While we report a hole of the peer, nothing is probed.',
    2,
    [...opened(), ['.01', '< P. 1001:2001(1000) ack 10241 win 1000'], write(30000), look()],
  ],
  [
    '../../paths/probing-too-big',
    'A router that says what it takes ends the search there.',
    2,
    [
      ...opened(),
      write(30000),
      ['.05', '< [10241:11483(1242)] icmp unreachable frag_needed mtu 1280'],
      look(),
      ack(40241),
      look(),
    ],
  ],
  [
    'probe-then-fin',
    'A FIN waits behind it all.',
    2,
    [...opened(), write(7000), ['0', 'close(4) = 0'], ack(17241), ack(17242, '.05')],
  ],
  [
    'black-hole',
    'tcp_mtu_probing 1: after timeouts segments become as small as tcp_base_mss.',
    1,
    [...server(), write(4380), look('1.3'), look('1.3'), look('2.5'), ack(4381), look(), write(4380), look()],
  ],
  [
    'black-hole-deeper',
    'Further timeouts halve again.',
    1,
    [...server(), write(2920), look('1.3'), look('1.3'), look('2.5')],
    ['net.ipv4.tcp_retries1=1'],
  ],
  [
    'black-hole-off',
    'tcp_mtu_probing 0: nothing of the kind.',
    0,
    [...server(), write(2920), look('1.3'), look('1.3')],
    ['net.ipv4.tcp_retries1=1'],
  ],
  [
    'black-hole-floor',
    'tcp_mtu_probe_floor bounds it.',
    1,
    [...server(), write(2920), look('1.3'), look('1.3'), look('2.5')],
    ['net.ipv4.tcp_retries1=1', 'net.ipv4.tcp_mtu_probe_floor=700'],
  ],
  [
    'black-hole-least',
    'tcp_min_snd_mss bounds it too.',
    1,
    [...server(), write(2920), look('1.3'), look('1.3')],
    ['net.ipv4.tcp_retries1=1', 'net.ipv4.tcp_min_snd_mss=900'],
  ],
  [
    '../../paths/black-hole-between-routers',
    'Timeouts make a black hole likely, and what a router said of the path holds all the same.',
    1,
    [
      ...server('mss 1300,sackOK,nop,nop,nop,wscale 7'),
      write(3900),
      ['.05', '< [1:1301(1300)] icmp unreachable frag_needed mtu 1380'],
      ['1.3', '!pmtu snd_mss'],
      ['1.3', '!pmtu snd_mss'],
    ],
    ['net.ipv4.tcp_retries1=1'],
  ],
  [
    '../../paths/probing-too-large-for-the-host',
    'A router says less than half way: the probe does not leave the host, and counts as sent.',
    2,
    [
      ...opened(),
      ['.05', '< [10241:11265(1024)] icmp unreachable frag_needed mtu 1200'],
      ['0', '!pmtu snd_mss'],
      ['1.1', '`true`'],
      write(10000),
      ack(20241),
      write(20000),
      ['0', '!data_segs_out bytes_sent'],
      ack(40241),
      write(20000),
      ['0', '!data_segs_out bytes_sent'],
    ],
    ['net.ipv4.tcp_probe_interval=1', 'net.ipv4.tcp_probe_threshold=200', 'net.ipv4.tcp_slow_start_after_idle=0'],
  ],
  [
    'client',
    'The search of an active open begins with the SYN.',
    2,
    [
      ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
      ['0', 'fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0'],
      ['0', 'connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)'],
      ['.1', '!snd_mss'],
      ['0', `< S. 0:0(0) ack 1 win 65535 <${PLAIN}>`],
      ['0', '!snd_mss'],
      ['0', 'write(3, ..., 1000) = 1000'],
    ],
    ['net.ipv4.tcp_base_mss=300'],
  ],
  [
    'blocks-of-former-size',
    'Segments are smaller since they left: a block that covers one of them in part says nothing of it.',
    2,
    [
      ...server(PLAIN, 257),
      write(14600),
      look(),
      ack(1, '.1'),
      look(),
      sack(1, 2001, 4001),
      look(),
      sack(1, 2921, 4381),
      look(),
    ],
    ['net.ipv4.tcp_base_mss=536'],
  ],
  [
    'black-hole-left',
    'Out of it, segments stay small until a probe says otherwise.',
    1,
    [...server(), write(2920), look('1.3'), ack(2921), write(10240), look()],
    ['net.ipv4.tcp_retries1=1'],
  ],
]

/** Every story of them. */
export const MTU_STORIES = STORIES.map(([name, title, mode, events, more = []]) =>
  story(`mtu-probing/${String(name)}`, title, String(mode), events, more),
)

function story(name, title, mode, events, more) {
  return { name, title, sysctls: [...BASE, `net.ipv4.tcp_mtu_probing=${mode}`, ...more], events }
}
