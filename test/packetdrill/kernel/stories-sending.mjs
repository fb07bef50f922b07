/** Stories of how what waits is cut into bursts, of windows that open little by little, and of what counts as sending; for record.mjs. */
const BASE = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 262144 4194304"',
  'net.ipv4.tcp_timestamps=0',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.ipv4.tcp_congestion_control=reno',
]

const accepted = (window) => [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 1) = 0'],
  ['.1', '< S 0:0(0) win 65535 <mss 1000,sackOK,nop,nop,nop,wscale 7>'],
  ['.1', `< . 1:1(0) ack 1 win ${window}`],
  ['0', 'accept(3, ..., ...) = 4'],
]
const write = (octets, step = '0') => [step, `write(4, ..., ${octets}) = ${octets}`]
const urgent = (octets, step = '0') => [step, `send(4, ..., ${octets}, MSG_OOB) = ${octets}`]
const ack = (number, step, window) => [step, `< . 1:1(0) ack ${number} win ${window}`]
const sack = (number, left, right, step, window) => [
  step,
  `< . 1:1(0) ack ${number} win ${window} <nop,nop,sack ${left}:${right}>`,
]
const WINDOW = '!snd_cwnd snd_ssthresh ca_state unacked sacked lost retrans'
const look = (fields = WINDOW.slice(1), step = '0') => [step, `!${fields}`]

/** Acknowledgments of every second segment, in a row. */
const acks = (from, to, window, step = '.1') =>
  Array.from({ length: (to - from) / 2000 + 1 }, (_, i) => ack(from + 2000 * i, i === 0 ? step : '.01', window))

const SENDING = [
  [
    'push-outlives-more-of-the-write',
    'PSH that was due in the midst of a long write stands where the write went on, for what follows joins the same chunk.',
    [
      ...accepted(257),
      write(40_000),
      ...acks(2001, 10_001, 257),
      sack(10_001, 20_001, 21_001, '.1', 257),
      look(),
      sack(10_001, 20_001, 22_001, '.01', 257),
      look(),
    ],
  ],
  [
    'chunks-grow-one-by-one',
    'A peer with a small window: what is left of one chunk takes from the next one alone, each time that something could be sent.',
    [
      ...accepted(16),
      write(40_000),
      ack(1001, '.1', 16),
      ack(2001, '.001', 16),
      ack(3001, '.1', 40),
      ack(5049, '.1', 40),
      look('snd_cwnd unacked notsent_bytes'),
    ],
  ],
  [
    'window-opens-after-idle',
    'A window that opens after long: what waits leaves as after any idle time, with the first window.',
    [
      ...accepted(257),
      write(20_000),
      ...acks(2001, 10_001, 257),
      ack(20_001, '.1', 0),
      look(),
      write(100, '.1'),
      ['.8', '`true`'],
      ack(20_001, '0', 257),
      look(),
    ],
  ],
  [
    'probe-leaves-its-burst',
    'A loss probe that the window does not take leaves its burst all the same: sent again later, the two go apart.',
    [
      ...accepted(40),
      write(10_000),
      ack(2001, '.1', 40),
      ack(3001, '.05', 8),
      ['.25', '`true`'],
      ack(4001, '.2', 16),
      ack(6001, '.1', 16),
      look('unacked lost retrans retransmits'),
    ],
  ],
  [
    'probe-repeats-where-no-whole-segment-fits',
    'The window has room for a part of the next segment: the loss probe repeats the last one.',
    [
      ...accepted(257),
      write(60_000),
      ...acks(2001, 20_001, 257),
      look('snd_cwnd unacked notsent_bytes'),
      ['.25', '`true`'],
      look('snd_cwnd unacked notsent_bytes total_retrans'),
    ],
  ],
  [
    'closed-window-counts-no-timeouts',
    'What is sent again into a closed window asks, and is no timeout that counts.',
    [
      ...accepted(257),
      write(5000),
      sack(1, 4001, 5001, '.1', 0),
      ['.6', '`true`'],
      look('ca_state retransmits backoff unacked'),
      ack(1, '.1', 257),
      ['1.2', '`true`'],
      look('ca_state retransmits backoff unacked'),
    ],
  ],
  [
    'resending-is-no-idle-time',
    'A connection that sent something again was not idle since: the window stays.',
    [
      ...accepted(257),
      write(20_000),
      ...acks(2001, 8001, 257),
      sack(8001, 9001, 18_001, '.1', 257),
      look(),
      ack(20_001, '.25', 257),
      look(),
      write(1000, '.15'),
      look(),
    ],
  ],
  [
    'fin-is-not-in-the-block',
    'A SACK block without the FIN says nothing of the segment that carries it; a FIN that waits is an octet not sent.',
    [
      ...accepted(257),
      write(12_000),
      ['0', 'shutdown(4, SHUT_WR) = 0'],
      look('notsent_bytes unacked'),
      ...acks(2001, 6001, 257),
      sack(6001, 11_001, 12_001, '.1', 257),
      look(),
      sack(6001, 11_001, 12_002, '.02', 257),
      look(),
    ],
  ],
  [
    'old-acknowledgment-delivers-nothing',
    'SACK blocks on an acknowledgment that is late count as seen, and no more as delivered.',
    [
      ...accepted(257),
      write(10_000),
      ack(5001, '.1', 257),
      look('delivered sacked'),
      sack(3001, 6001, 8001, '.01', 257),
      look('delivered sacked'),
    ],
  ],
  [
    'burst-told-apart-by-a-block',
    'A block begins within a segment, and covers none: the burst is two from there on, and leaves again as two.',
    [
      ...accepted(257),
      write(8000),
      sack(1, 4501, 4601, '.1', 257),
      look(),
      ['.5', '`true`'],
      ack(1001, '.1', 257),
      ack(3001, '.1', 257),
      look(),
    ],
  ],
  [
    'joined-out-of-the-count',
    'Without SACK what has arrived is a count, and small segments that leave again as one come out of it.',
    [
      ...accepted(257).map(([step, what]) => [step, what.replace('sackOK,nop', 'nop,nop,nop')]),
      ['0', 'setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0'],
      write(1000),
      write(300),
      write(300),
      write(300),
      write(10_000),
      look(),
      ['.7', '`true`'],
      ack(1001, '.1', 257),
      look(),
      ack(1001, '.1', 257),
      look(),
    ],
  ],
  [
    'urgent-as-a-whole',
    'What is urgent waits for the whole of it, even where half the window is written: only then is known how far it reaches.',
    [...accepted(4), urgent(1000), ack(513, '.1', 4), look()],
  ],
  [
    'urgent-window-probe',
    'A closed window: what is urgent is told of by a probe of its own, beside the one that asks.',
    [...accepted(257), ack(1, '.1', 0), urgent(100, '.01'), ['.5', '`true`'], ack(1, '.1', 257)],
  ],
  [
    'rest-of-a-segment',
    'The rest of a segment that was acknowledged in part counts as reordering: it began before what was acknowledged.',
    [
      ...accepted(257),
      write(3000),
      ack(2001, '.1', 257),
      ack(2501, '.01', 257),
      look('reord_seen reordering unacked'),
      ack(3001, '.01', 257),
      look('reord_seen reordering unacked'),
    ],
  ],
  [
    'duplicate-where-nothing-is-missing',
    'A late acknowledgment reports twice what begins where all is acknowledged by now: neither is believed.',
    [
      ...accepted(257),
      write(10_000),
      ack(5001, '.1', 257),
      ['.7', '`true`'],
      look('delivered sacked'),
      ['.01', '< . 1:1(0) ack 4001 win 257 <nop,nop,sack 5001:6001 5001:6001>'],
      look('delivered sacked'),
    ],
  ],
]

const bursts = (sysctl, title) => [
  `bursts-${sysctl.replace(/=.*/, '').replaceAll('_', '-')}`,
  title,
  [...accepted(1000), write(40_000), ...acks(2001, 10_001, 1000), sack(10_001, 12_001, 13_001, '.1', 1000)],
  [`net.ipv4.tcp_${sysctl}`],
]

const BURSTS = [
  bursts('min_tso_segs=4', 'Bursts of four segments at least.'),
  bursts('pacing_ss_ratio=1000', 'A faster pace makes longer bursts.'),
  bursts('tso_rtt_log=15', 'A path of 100 ms is short where 32 ms count as one step.'),
  bursts('tso_win_divisor=0', 'No share of the window is worth sending at once.'),
]

const paced = (rate, fd) => ['0', `setsockopt(${fd}, SOL_SOCKET, SO_MAX_PACING_RATE, [${rate}], 4) = 0`]
/** With the listener's pace. */
const acceptedPaced = (rate) => {
  const [socket, ...rest] = accepted(1000)
  return [socket, paced(rate, 3), ...rest]
}
const end = (step) => [step, '`true`']
const RATE = 'pacing_rate max_pacing_rate unacked snd_cwnd'

/** SO_MAX_PACING_RATE. */
const PACED = [
  [
    'paced-from-the-tenth-segment',
    'SO_MAX_PACING_RATE: ten segments leave at once, in small bursts; from then on each waits as long as the one before takes at the pace.',
    [
      ...acceptedPaced(20_000),
      look(RATE),
      write(20_000),
      ack(4001, '.13', 1000),
      look(RATE),
      ack(8001, '.16', 1000),
      look(RATE),
      ack(12_001, '.22', 1000),
      ack(20_001, '.42', 1000),
      look(RATE),
    ],
  ],
  [
    'paced-under-way',
    'SO_MAX_PACING_RATE of a connection at work: the pace comes down at once, and a lifted bound raises it with the next ACK.',
    [
      ...accepted(1000),
      write(10_000),
      ack(10_001, '.1', 1000),
      paced(40_000, 4),
      look(RATE),
      write(30_000),
      end('.26'),
      paced(-1, 4),
      look('pacing_rate unacked snd_cwnd'),
      end('.1'),
      ack(16_001, '.03', 1000),
      look('unacked snd_cwnd'),
      end('.1'),
    ],
  ],
  [
    'paced-recovery',
    'SO_MAX_PACING_RATE: what is lost is sent again at that pace, before what is new.',
    [
      ...acceptedPaced(25_000),
      write(20_000),
      sack(1, 4001, 8001, '.09', 1000),
      look(`${WINDOW.slice(1)} pacing_rate`),
      end('.3'),
      look(),
      ack(10_001, '.05', 1000),
      end('.3'),
      look(),
    ],
  ],
]

/** Every story. */
export const SENDING_STORIES = [...SENDING, ...BURSTS, ...PACED].map(([what, title, events, more = []]) => ({
  name: `congestion/${what}`,
  title,
  sysctls: [...BASE, ...more],
  events,
}))
