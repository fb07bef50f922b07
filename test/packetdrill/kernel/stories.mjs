/**
 * Stories for record.mjs: [seconds after the event before, what happens]. `!fields` looks at TCP_INFO. Segments have 1000 octets; the peer
 * takes SACK unless a story says otherwise.
 */
const BASE = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 262144 4194304"',
  'net.ipv4.tcp_timestamps=0',
  'net.ipv4.tcp_no_metrics_save=1',
]
const RENO = [...BASE, 'net.ipv4.tcp_congestion_control=reno']

const server = (options = '<mss 1000,sackOK,nop,nop,nop,wscale 7>', window = 257, rtt = '.1') => [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 1) = 0'],
  ['.1', `< S 0:0(0) win 65535 ${options}`],
  [rtt, `< . 1:1(0) ack 1 win ${window}`],
  ['0', 'accept(3, ..., ...) = 4'],
]
const write = (octets, step = '0') => [step, `write(4, ..., ${octets}) = ${octets}`]
const ack = (number, step = '.001', window = 257) => [step, `< . 1:1(0) ack ${number} win ${window}`]
const sack = (number, blocks, step = '.001', window = 257) => [
  step,
  `< . 1:1(0) ack ${number} win ${window} <nop,nop,sack ${blocks.map(([l, r]) => `${l}:${r}`).join(' ')}>`,
]
const data = (from, to, step = '.001') => [step, `< P. ${from}:${to}(${to - from}) ack 1 win 257`]
const LOOK = '!snd_cwnd snd_ssthresh ca_state unacked sacked lost retrans'
const look = (fields = LOOK.slice(1), step = '0') => [step, `!${fields}`]
/** SACKs of a growing block: 2001:3001, 2001:4001, … */
const growing = (una, left, right, step = '.001') =>
  Array.from({ length: (right - left) / 1000 }, (_, i) => sack(una, [[left, left + 1000 * (i + 1)]], step))

const PLAIN = '<mss 1000>'

/** Stories of loss. The kernel lets no namespace but the first choose CUBIC, so they are told with Reno. */
const LOSS = [
  [
    'first-lost',
    'The first of ten segments is lost: SACK, one retransmission.',
    [...server(), write(10_000), ...growing(1, 1001, 4001, '.02'), look(), ack(10_001, '.1'), look()],
  ],
  [
    'all-sacked-but-first',
    'Nine SACKs behind a hole: PRR lets new segments out as octets are delivered.',
    [
      ...server(),
      write(20_000),
      ...growing(1, 1001, 10_001, '.01'),
      look(),
      ack(10_001, '.1'),
      look(),
      ack(20_001, '.1'),
      look(),
    ],
  ],
  [
    'two-lost',
    'Two of ten segments are lost, apart.',
    [
      ...server(),
      write(10_000),
      sack(1, [[1001, 2001]], '.1'),
      sack(1, [
        [3001, 4001],
        [1001, 2001],
      ]),
      sack(1, [
        [3001, 5001],
        [1001, 2001],
      ]),
      sack(1, [
        [3001, 10_001],
        [1001, 2001],
      ]),
      look(),
      sack(2001, [[3001, 10_001]], '.1'),
      look(),
      ack(10_001, '.01'),
      look(),
    ],
  ],
  [
    'middle-lost',
    'Segments 3 and 4 of ten are lost.',
    [...server(), write(10_000), ack(2001, '.1'), ...growing(2001, 4001, 10_001), look(), ack(10_001, '.1'), look()],
  ],
  [
    'retransmission-lost',
    'The retransmission is lost too: RACK finds out as later segments arrive.',
    [
      ...server(),
      write(20_000),
      ...growing(1, 1001, 10_001, '.001'),
      look(),
      sack(1, [[1001, 12_001]], '.11'),
      sack(1, [[1001, 14_001]], '.02'),
      look(),
      ack(20_001, '.1'),
      look(),
    ],
  ],
  [
    'tail-lost',
    'The last segment is lost: a tail loss probe, then its SACK.',
    [...server(), write(10_000), ack(9001, '.1'), look('snd_cwnd ca_state', '.3'), ack(10_001, '.1'), look()],
  ],
  [
    'all-lost',
    'Everything is lost: a probe, then the retransmission timer, twice; slow start behind it.',
    [
      ...server(),
      write(10_000),
      look(LOOK.slice(1), '1.5'),
      ack(1001, '.05'),
      look(),
      ack(3001, '.1'),
      look(),
      ack(10_001, '.1'),
      look(),
    ],
  ],
  [
    'dupacks-without-sack',
    'Three duplicate ACKs of a peer without SACK: fast retransmit, limited transmit before it.',
    [
      ...server(PLAIN, 65_535),
      write(20_000),
      ack(1, '.1', 65_535),
      ack(1, '.001', 65_535),
      ack(1, '.001', 65_535),
      look(),
      ack(1, '.001', 65_535),
      ack(1, '.001', 65_535),
      look(),
      ack(10_001, '.1', 65_535),
      look(),
    ],
  ],
  [
    'partial-acks-without-sack',
    'NewReno: a partial ACK retransmits the next hole.',
    [
      ...server(PLAIN, 65_535),
      write(10_000),
      ...Array.from({ length: 4 }, () => ack(1, '.01', 65_535)),
      look(),
      ack(3001, '.1', 65_535),
      look(),
      ack(10_001, '.1', 65_535),
      look(),
    ],
  ],
  [
    'timeout-without-sack',
    'The retransmission timer without SACK, and slow start behind it.',
    [
      ...server(PLAIN, 65_535),
      write(10_000),
      look(LOOK.slice(1), '.8'),
      ack(1001, '.05', 65_535),
      look(),
      ack(5001, '.1', 65_535),
      look(),
      ack(10_001, '.1', 65_535),
      look(),
    ],
  ],
  [
    'reordered',
    'Segments that were only late: a SACK, then everything; no retransmission within a quarter of the round trip.',
    [
      ...server(),
      write(10_000),
      sack(1, [[1001, 2001]], '.1'),
      sack(1, [[1001, 3001]], '.001'),
      ack(10_001, '.005'),
      look('snd_cwnd ca_state reordering'),
    ],
  ],
  [
    'spurious-by-dsack',
    'A retransmission that was not needed: DSACK takes the reduction back.',
    [
      ...server(),
      write(10_000),
      ...growing(1, 1001, 4001, '.01'),
      look(),
      sack(10_001, [[1, 1001]], '.1'),
      look('snd_cwnd ca_state reordering'),
    ],
  ],
  [
    'spurious-timeout',
    'A timeout that was not needed: F-RTO sees new octets acknowledged.',
    [...server(), write(10_000), look(LOOK.slice(1), '.8'), ack(5001, '.02'), ack(10_001, '.01'), look()],
  ],
  [
    'sack-reneged',
    'SACKed octets that the peer takes back.',
    [
      ...server(),
      write(10_000),
      ...growing(1, 1001, 4001, '.01'),
      ack(1001, '.1'),
      look(LOOK.slice(1), '.3'),
      ack(10_001, '.5'),
      look(),
    ],
  ],
]

const CONGESTION = [
  [
    'slow-start',
    'Slow start: a segment more for each that is acknowledged.',
    [
      ...server(),
      write(100_000),
      ack(2001, '.1'),
      look('snd_cwnd'),
      ack(4001),
      look('snd_cwnd'),
      ack(10_001),
      look('snd_cwnd'),
      ack(20_001, '.1'),
      look('snd_cwnd'),
    ],
  ],
  [
    'slow-start-ack-every-segment',
    'Slow start with an ACK for each segment.',
    [
      ...server(),
      write(50_000),
      ...Array.from({ length: 10 }, (_, i) => ack(1001 + 1000 * i, i === 0 ? '.1' : '.001')),
      look('snd_cwnd unacked'),
    ],
  ],
  [
    'application-limited',
    'A window that is not used does not grow.',
    [...server(), write(5000), ack(5001, '.1'), look('snd_cwnd'), write(5000), ack(10_001, '.1'), look('snd_cwnd')],
  ],
  [
    'idle-restart',
    'Behind an idle time the window begins anew.',
    [
      ...server(),
      write(20_000),
      ack(10_001, '.1'),
      ack(20_001, '.1'),
      look('snd_cwnd'),
      write(40_000, '3'),
      look('snd_cwnd'),
    ],
  ],
  [
    'one-octet-writes',
    'Nagle: small writes wait for the acknowledgment of the one before.',
    [
      ...server(),
      write(1),
      write(1, '.01'),
      write(1, '.01'),
      ack(2, '.1'),
      look('unacked notsent_bytes'),
      ack(4, '.1'),
    ],
  ],
  [
    'small-tail',
    'A write whose end does not fill a segment.',
    [...server(), write(2500), ack(2001, '.1'), ack(2501, '.01')],
  ],
  [
    'window-limited',
    "The peer's window holds data back, and its opening lets them go.",
    [
      ...server(PLAIN, 3000),
      write(10_000),
      ack(1001, '.1', 3000),
      ack(4001, '.01', 6000),
      look('unacked notsent_bytes'),
      ack(10_001, '.1', 6000),
    ],
  ],
  [
    'silly-window',
    'A window of less than a segment.',
    [...server(PLAIN, 500), write(2000), ack(501, '.4', 500), ack(1001, '.1', 2000)],
  ],
]

const TIMERS = [
  [
    'zero-window-probes',
    'A closed window is probed, each time later.',
    [...server(PLAIN, 1000), write(3000), ack(1001, '.1', 0), look('probes backoff', '1.6'), ack(1001, '.01', 5000)],
  ],
  [
    'zero-window-answered',
    'Probes that are answered.',
    [
      ...server(PLAIN, 1000),
      write(3000),
      ack(1001, '.1', 0),
      ack(1001, '.35', 0),
      look('probes backoff'),
      ack(1001, '.5', 0),
      look('probes backoff'),
      ack(1001, '.3', 5000),
    ],
  ],
  [
    'retransmission-backoff',
    'One segment, never acknowledged: each timeout doubles the next.',
    [...server(PLAIN, 65_535), write(1000), look('retransmits backoff unacked', '2.9')],
  ],
  ['syn-ack-backoff', 'A SYN,ACK that is never acknowledged.', [...server().slice(0, 5), ['3.5', '`true`']]],
  [
    'keepalive',
    'Keep-alive probes a silent peer, and gives it up.',
    [
      ...server(PLAIN, 65_535),
      ['0', 'setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPCNT, [2], 4) = 0'],
      ['3.5', 'read(4, ..., 100) = -1 ETIMEDOUT (Connection timed out)'],
    ],
  ],
  [
    'keepalive-hears-only-what-counts',
    'A segment outside of the window is answered, and does not put the probe off.',
    [
      ...server(),
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPINTVL, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPCNT, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0'],
      ['.5', '< . 200001:200001(0) ack 1 win 257'],
      ['2', '`true`'],
    ],
  ],
  [
    'keepalive-set-again',
    'To set SO_KEEPALIVE once more changes nothing; TCP_KEEPIDLE counts from when the peer was heard last.',
    [
      ...server(),
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0'],
      ['.5', 'setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0'],
      ['.7', 'setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [2], 4) = 0'],
      ['1', '`true`'],
    ],
  ],
  [
    'keepalive-answered',
    'Keep-alive probes that are answered begin anew.',
    [
      ...server(PLAIN, 65_535),
      ['0', 'setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0'],
      ['0', 'setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [1], 4) = 0'],
      ack(1, '1.1', 65_535),
      look('state', '1.2'),
    ],
  ],
  [
    'delayed-ack',
    'Octets that come one segment at a time, read and not answered: the ACK is delayed once the quick ones are used up.',
    [
      ...server(PLAIN, 65_535),
      ...Array.from({ length: 20 }, (_, i) => data(1 + 100 * i, 101 + 100 * i, '.06')),
      look('segs_out', '.1'),
    ],
  ],
  [
    'delayed-ack-after-answer',
    'A conversation of questions and answers delays its ACKs, so that they ride with the answers.',
    [
      ...server(PLAIN, 65_535),
      data(1, 101),
      write(100, '.01'),
      ['.02', '< P. 101:201(100) ack 101 win 65535'],
      write(100, '.01'),
      ['.02', '< P. 201:301(100) ack 201 win 65535'],
      look('ato segs_out', '.1'),
    ],
  ],
  [
    'user-timeout',
    'TCP_USER_TIMEOUT bounds how long data may be unacknowledged.',
    [
      ...server(PLAIN, 65_535),
      ['0', 'setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [1000], 4) = 0'],
      write(1000),
      ['2', 'write(4, ..., 100) = -1 ETIMEDOUT (Connection timed out)'],
    ],
  ],
  [
    'user-timeout-zero-window',
    'TCP_USER_TIMEOUT bounds a closed window too.',
    [
      ...server(PLAIN, 1000),
      ['0', 'setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [1000], 4) = 0'],
      write(3000),
      ack(1001, '.1', 0),
      ['2.5', 'write(4, ..., 100) = -1 ETIMEDOUT (Connection timed out)'],
    ],
  ],
  [
    'linger2',
    'TCP_LINGER2 bounds the FIN-WAIT-2 of an orphan.',
    [
      ...server(PLAIN, 65_535),
      ['0', 'setsockopt(4, SOL_TCP, TCP_LINGER2, [1], 4) = 0'],
      ['0', 'close(4) = 0'],
      ack(2, '.1', 65_535),
      ['1.5', '< . 1:1(0) ack 2 win 65535'],
      ['.1', '`true`'],
    ],
  ],
]

/** Every story. */
export const STORIES = [
  ['recovery', LOSS],
  ['congestion', CONGESTION],
  ['timers', TIMERS],
].flatMap(([folder, list]) =>
  list.map(([what, title, events]) => ({ name: `${String(folder)}/${String(what)}`, title, sysctls: RENO, events })),
)
