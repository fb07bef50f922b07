/** Stories for record.mjs of what timestamps say of a segment's age (RFC 7323), in every state. The peer's first is 100000, ours 100. */
const SYSCTLS = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 262144 4194304"',
  'net.ipv4.tcp_no_metrics_save=1',
  'net.ipv4.tcp_congestion_control=reno',
  'net.ipv4.tcp_timestamps=1',
]

const ts = (value, echo = 100) => `<nop,nop,TS val ${value} ecr ${echo}>`
const ack = (step, numbers, value, echo) => [step, `< . ${numbers} win 257${value ? ` ${ts(value, echo)}` : ''}`]
const text = (step, numbers, value, echo) => [step, `< P. ${numbers} win 257${value ? ` ${ts(value, echo)}` : ''}`]
const fin = (step, numbers, value, echo) => [step, `< F. ${numbers} win 257${value ? ` ${ts(value, echo)}` : ''}`]

const request = [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 1) = 0'],
  ['.1', '< S 0:0(0) win 65535 <mss 1000,sackOK,TS val 100000 ecr 0,nop,wscale 7>'],
  ['0', '> S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 100000,nop,wscale 7>'],
]
const open = [...request, ack('.05', '1:1(0) ack 1', 100_050), ['.02', 'accept(3, ..., ...) = 4']]
const client = [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0'],
  ['.1', 'connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)'],
  ['0', '> S 0:0(0) <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>'],
]
const synAck = (step, value, echo) => [
  step,
  `< S. 0:0(0) ack 1 win 65535 <mss 1000,sackOK,TS val ${value} ecr ${echo},nop,wscale 7>`,
]
const timeWait = [
  ...open,
  ['.05', 'close(4) = 0'],
  ack('.05', '1:1(0) ack 2', 100_100),
  fin('.05', '1:1(0) ack 2', 100_150),
]
const end = ['.3', '`true`']
const counts = (step = '0') => [step, '!ca_state snd_cwnd unacked lost retrans']
const withoutSack = open.map(([step, what]) => [step, what.replace('sackOK', 'nop,nop')])

/** A timeout that was needless, and one behind it. */
function copies(opening) {
  return [
    ...opening,
    ['.05', 'write(4, ..., 3000) = 3000'],
    ack('.6', '1:1(0) ack 101', 100_900),
    counts(),
    counts('.4'),
    ack('.1', '1:1(0) ack 1089', 102_300),
    counts(),
    ack('.02', '1:1(0) ack 3001', 102_500),
    counts(),
    ['.1', 'write(4, ..., 5000) = 5000'],
    counts(),
  ]
}

const STORIES = [
  [
    'one-tick-behind',
    'Text whose timestamp is one tick behind the last is taken.',
    [...open, text('.05', '1:101(100) ack 1', 100_049), end],
  ],
  [
    'two-ticks-behind',
    'Two ticks behind, it is an old segment: dropped and answered.',
    [...open, text('.05', '1:101(100) ack 1', 100_048), text('.05', '1:101(100) ack 1', 100_060), end],
  ],
  [
    'late-duplicate-ack',
    'A duplicate ACK that is late by less than a timeout counts, and TS.Recent stays.',
    [
      ...open,
      ['.05', 'write(4, ..., 1000) = 1000'],
      ack('.02', '1:1(0) ack 1', 100_020),
      text('.02', '1:101(100) ack 1', 100_060),
      ['.02', '`true`'],
    ],
  ],
  [
    'very-late-duplicate-ack',
    'Later than that it is answered.',
    [...open, ['.05', 'write(4, ..., 1000) = 1000'], ack('.02', '1:1(0) ack 1', 95_000), end],
  ],
  [
    'overtaken-ack',
    'Nobody hears of an ACK that text of the same peer has overtaken.',
    [...open, text('.05', '1:101(100) ack 1', 100_100), ack('.05', '1:1(0) ack 1', 100_050), end],
  ],
  [
    'old-fin-answered-each-time',
    'An old FIN is answered each time: only what has no length is limited.',
    [
      ...open,
      fin('.05', '1:1(0) ack 1', 95_000),
      fin('.02', '1:1(0) ack 1', 95_000),
      ack('.02', '2:2(0) ack 1', 95_000),
      end,
    ],
  ],
  [
    'ack-of-old-numbers',
    'TS.Recent does not follow an ACK of what was acknowledged, unless it is all that was foreseen.',
    [
      ...open,
      ['.05', 'write(4, ..., 500) = 500'],
      ack('.02', '1:1(0) ack 501', 100_100),
      ['.02', '< . 1:1(0) ack 1 win 300 <nop,nop,TS val 100200 ecr 100>'],
      ['.02', 'write(4, ..., 100) = 100'],
      ack('.02', '1:1(0) ack 1', 100_300),
      ['.02', 'write(4, ..., 100) = 100'],
      end,
    ],
  ],
  [
    'without-after-agreement',
    'A segment without the timestamps that were agreed to is taken all the same.',
    [...open, text('.05', '1:101(100) ack 1'), end],
  ],
  [
    'reset-needs-none',
    'A RST counts whatever its timestamp says.',
    [
      ...open,
      ['.05', `< R 1:1(0) win 0 ${ts(90_000)}`],
      ['.02', 'read(4, ..., 100) = -1 ECONNRESET (Connection reset by peer)'],
    ],
  ],
  [
    'request-strange-echo',
    'The ACK of a handshake that echoes what our SYN-ACK never said is answered, and opens nothing.',
    [
      ...request,
      ack('.05', '1:1(0) ack 1', 100_050, 5),
      ack('.05', '1:1(0) ack 1', 100_060),
      ['.02', 'accept(3, ..., ...) = 4'],
      end,
    ],
  ],
  [
    'request-old',
    'So is one whose timestamp is older than the SYN by a single tick.',
    [
      ...request,
      ack('.05', '1:1(0) ack 1', 99_999),
      ack('.05', '1:1(0) ack 1', 100_060),
      ['.02', 'accept(3, ..., ...) = 4'],
      end,
    ],
  ],
  [
    'request-wrong-ack-first',
    'What acknowledges another SYN is reset, whatever its number and timestamp.',
    [...request, ack('.05', '70001:70001(0) ack 5', 90_000), end],
  ],
  [
    'client-strange-echo',
    'A SYN-ACK that echoes what our SYN never said is reset, and the SYN is not repeated early.',
    [...client, synAck('.05', 100_000, 5), synAck('.1', 100_010, 100), end],
  ],
  ['client-echo-of-zero', 'An echo of zero says nothing.', [...client, synAck('.05', 100_000, 0), end]],
  [
    'time-wait-follows-ack',
    'In TIME-WAIT a bare ACK moves TS.Recent, an old one does not.',
    [
      ...timeWait,
      ack('.05', '2:2(0) ack 2', 100_200),
      fin('.05', '1:1(0) ack 2', 100_250),
      ack('.05', '2:2(0) ack 2', 100_100),
      fin('.05', '1:1(0) ack 2', 100_300),
      end,
    ],
  ],
  [
    'time-wait-answers-seldom',
    'TIME-WAIT answers what has no length once in half a second.',
    [
      ...timeWait,
      ack('.05', '9:9(0) ack 2', 100_200),
      ack('.05', '9:9(0) ack 2', 100_210),
      ack('.5', '9:9(0) ack 2', 100_220),
      end,
    ],
  ],
  [
    'fin-wait-2-orphan',
    'An orphan in FIN-WAIT-2 answers an old FIN, and takes the next.',
    [
      ...open,
      ['.05', 'close(4) = 0'],
      ack('.05', '1:1(0) ack 2', 100_100),
      fin('.05', '1:1(0) ack 2', 100_099),
      fin('.05', '1:1(0) ack 2', 100_150),
      end,
    ],
  ],
  [
    'text-behind-fin',
    'What begins before the FIN and goes on behind it is reset.',
    [...open, fin('.05', '1:1(0) ack 1', 100_100), text('.05', '1:101(100) ack 1', 100_150), end],
  ],
  [
    'fin-ack-tells-of-gap',
    'The ACK of a FIN still tells of text behind it, the next one does not.',
    [
      ...open,
      ['.05', 'shutdown(4, SHUT_WR) = 0'],
      text('.05', '2:102(100) ack 2', 100_100),
      fin('.05', '1:1(0) ack 2', 100_150),
      fin('.05', '1:1(0) ack 2', 100_200),
      end,
    ],
  ],
  [
    'probe-recut-for-sack',
    'A loss probe repeats the end of the last burst as it would be cut now: SACK blocks take their room.',
    [...open, ['.05', 'write(4, ..., 1000) = 1000'], text('.02', '501:601(100) ack 1', 100_100), ['.4', '`true`']],
  ],
  [
    'copy-counted-twice',
    'A copy that was sent needlessly is in flight still when the next timeout comes: one that is sent then counts beside it.',
    copies(open),
  ],
  ['copy-counted-twice-without-sack', 'The same without SACK.', copies(withoutSack)],
]

/** Every story of them. */
export const TIMESTAMP_STORIES = STORIES.map(([name, title, events]) => ({
  name: `timestamps/${String(name)}`,
  title,
  sysctls: SYSCTLS,
  stamps: true,
  events,
}))
