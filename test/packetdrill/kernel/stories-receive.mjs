/**
 * Stories of receiving for record.mjs: what waits to be read counts as packets, and the windows, their growth, ACKs and reports of
 * duplicates that come of it. The windows of the kernel's segments are kept.
 */
const BASE = [
  'net.ipv4.tcp_rmem="4096 131072 6291456"',
  'net.ipv4.tcp_wmem="4096 262144 4194304"',
  'net.ipv4.tcp_timestamps=0',
  'net.ipv4.tcp_no_metrics_save=1',
]
const SCALED = 'mss 1460,sackOK,nop,nop,nop,wscale 7'
const PLAIN = 'mss 1460,nop,nop,sackOK'
const option = (name, value, fd = 3, level = 'SOL_SOCKET') => [
  '0',
  `setsockopt(${fd}, ${level}, ${name}, [${value}], 4) = 0`,
]
const server = (options = SCALED, before = []) => [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0'],
  ...before,
  ['0', 'bind(3, ..., ...) = 0'],
  ['0', 'listen(3, 1) = 0'],
  ['.1', `< S 0:0(0) win 65535 <${options}>`],
  ['.1', '< . 1:1(0) ack 1 win 1000'],
  ['0', 'accept(3, ..., ...) = 4'],
]
const text = (seq, length, step = '.015', flags = '.') => [
  step,
  `< ${flags} ${seq}:${seq + length}(${length}) ack 1 win 1000`,
]
/** Segments one behind the other. */
const run = (seq, length, count, step = '.015') =>
  Array.from({ length: count }, (_, i) => text(seq + i * length, length, i === 0 ? '.1' : step))
const read = (octets, step = '.1') => [step, `read(4, ..., ${octets}) = ${octets}`]
const look = (step = '0') => [step, '!rcv_mss rcv_ssthresh rcv_space rcv_wnd bytes_received rcv_ooopack']
const end = ['.3', '`true`']

const STORIES = [
  [
    'window-grows',
    'Full segments fill their packets well: the window grows by two of them with each, and each is acknowledged.',
    [...server(), look(), ...run(1, 1460, 8), look(), read(11680), look()],
  ],
  [
    'window-of-small-packets',
    'Of small packets most is bookkeeping: the window is worth less text than it was before.',
    [...server(), ...run(1, 580, 6), look(), read(3480), look()],
  ],
  [
    'window-of-tiny-packets',
    'What fits behind the text of the packet before takes nothing: tiny segments do not use up the buffer.',
    [...server(PLAIN, [option('SO_RCVBUF', 4000)]), ...run(1, 10, 5), look(), read(50), look()],
  ],
  [
    'window-unscaled',
    'Without window scaling the field says 65535 at most, and the window moves in whole segments.',
    [...server(PLAIN), ...run(1, 1460, 6), look(), read(8760), text(8761, 1460, '.1'), look()],
  ],
  [
    'ack-waits-for-reader',
    'As long as nobody reads, an ACK could only narrow the window: the second full segment has to wait as well.',
    [...server(PLAIN, [option('SO_RCVBUF', 20_000)]), ...run(1, 1460, 12), look(), read(17_520), look(), end],
  ],
  [
    'ack-for-low-water-mark',
    'SO_RCVLOWAT: who waits for more than has come is no reason to wait with the ACK.',
    [
      ...server(PLAIN, [option('SO_RCVBUF', 20_000)]),
      ['0', 'setsockopt(4, SOL_SOCKET, SO_RCVLOWAT, [20000], 4) = 0'],
      ...run(1, 1460, 9),
      look(),
      end,
    ],
  ],
  [
    'buffer-fills',
    'A full buffer: what still comes within the window is refused by an ACK that closes it, until somebody reads.',
    [
      ...server(SCALED, [option('SO_RCVBUF', 6000)]),
      ...run(1, 1000, 9),
      look(),
      ['.1', 'read(4, ..., 20000) = ...'],
      ...run(6001, 1000, 2),
      look(),
      end,
    ],
  ],
  [
    'buffer-shrinks',
    'SO_RCVBUF made smaller: what was offered stays, and nothing more is.',
    [
      ...server(),
      ...run(1, 1460, 3),
      option('SO_RCVBUF', 4000, 4),
      ...run(4381, 1460, 3),
      look(),
      read(7300),
      look(),
      end,
    ],
  ],
  [
    'clamp-narrows',
    'TCP_WINDOW_CLAMP bounds the window that is offered next, not what was offered.',
    [
      ...server(),
      ...run(1, 1460, 2),
      option('TCP_WINDOW_CLAMP', 10_000, 4, 'SOL_TCP'),
      look(),
      ...run(2921, 1460, 4),
      look(),
      read(8760),
      ...run(8761, 1460, 2),
      look(),
      end,
    ],
  ],
  [
    'reading-opens',
    'recv() tells of room when the window could be twice what is left of it.',
    [
      ...server(PLAIN, [option('SO_RCVBUF', 10_000)]),
      ...run(1, 1460, 5),
      read(1000),
      read(2000),
      read(4300),
      look(),
      end,
    ],
  ],
  [
    'peeking-acknowledges',
    'MSG_PEEK frees nothing, but what is owed for more than a segment leaves all the same.',
    [
      ...server(PLAIN, [option('SO_RCVBUF', 10_000)]),
      ...run(1, 1460, 4, '0'),
      ['.01', 'recv(4, ..., 10000, MSG_PEEK) = 5840'],
      look(),
      end,
    ],
  ],
  [
    'early-grows',
    'With SACK what comes early lets the window grow too.',
    [...server(), text(2921, 1460, '.1'), text(4381, 1460), text(5841, 1460), look(), text(1, 2920), look()],
  ],
  [
    'early-without-sack',
    'Without SACK the window stays as it is, so that the ACK is a duplicate.',
    [...server('mss 1460,nop,wscale 7'), text(2921, 1460, '.1'), text(4381, 1460), look(), text(1, 2920), look()],
  ],
  [
    'early-pruned',
    'Where the buffer is full, what came early is given up from behind, and its blocks are not told any more.',
    [
      ...server(SCALED, [option('SO_RCVBUF', 4000)]),
      text(1001, 1000, '.1'),
      text(3001, 500),
      text(2501, 300),
      text(4001, 100),
      look(),
      text(1, 1000, '.1'),
      look(),
      end,
    ],
  ],
  [
    'dsack-of-packets',
    'What is reported twice goes by packets: a new one that covers two and touches a third reports what they had in common.',
    [
      ...server(),
      text(1001, 500, '.1'),
      text(2001, 500),
      text(3001, 1000),
      text(1001, 500),
      text(1201, 1400),
      look(),
      text(1, 1200),
      end,
    ],
  ],
  [
    'dsack-forgotten',
    'A report that has not left yet is forgotten when the next text comes, unless that text was foreseen.',
    [
      ...server(PLAIN, [option('SO_RCVBUF', 10_000)]),
      ...run(1, 1460, 3),
      text(3881, 580, '.1'),
      text(3881, 1000, '.1'),
      look(),
      end,
    ],
  ],
  [
    'beyond-window-whole',
    'What goes beyond the window is taken whole while nothing waits to be read, and not at all while something does.',
    [
      ...server(PLAIN, [option('SO_RCVBUF', 2000)]),
      text(1, 2000, '.1'),
      look(),
      text(2001, 1460, '.1'),
      ['.1', 'read(4, ..., 5000) = 2000'],
      text(2001, 1460, '.1'),
      look(),
      end,
    ],
  ],
  [
    'fin-in-closed-window',
    'A FIN alone is taken even if no window is open; text is not.',
    [
      ...server(SCALED, [option('SO_RCVBUF', 2000)]),
      ...run(1, 1000, 3),
      look(),
      text(1001, 10, '.1'),
      ['.1', '< F. 1001:1001(0) ack 1 win 1000'],
      look(),
      end,
    ],
  ],
  [
    'quick-acks-end',
    'TCP_QUICKACK while something is unread leaves the ACK to its delay; after recv() it goes at once.',
    [
      ...server(),
      option('TCP_QUICKACK', 0, 4, 'SOL_TCP'),
      text(1, 10, '.1', 'P.'),
      ['.01', 'setsockopt(4, SOL_TCP, TCP_QUICKACK, [1], 4) = 0'],
      ['.2', 'setsockopt(4, SOL_TCP, TCP_QUICKACK, [0], 4) = 0'],
      text(11, 10, '.1', 'P.'),
      read(20, '.01'),
      ['0', 'setsockopt(4, SOL_TCP, TCP_QUICKACK, [1], 4) = 0'],
      end,
    ],
  ],
]

/** tcp_shrink_window: a window that was offered may be taken back. */
const SHRINKING = [
  [
    'shrink-small-packets',
    'tcp_shrink_window: small packets use up the buffer sooner than the window says; it is taken back, in the end to nothing, and opens by reading.',
    [
      ...server(SCALED, [option('SO_RCVBUF', 8000)]),
      ...run(1, 500, 8, '.1'),
      look('.06'),
      ['.1', 'read(4, ..., 1000) = 1000'],
      look('.06'),
      ['.1', 'read(4, ..., 20000) = ...'],
      look('.06'),
      text(4001, 500, '.1'),
      look('.06'),
    ],
  ],
  [
    'shrink-with-buffer',
    'tcp_shrink_window: SO_RCVBUF made smaller takes back with the next ACK what was offered.',
    [
      ...server(),
      ...run(1, 1460, 3, '.1'),
      option('SO_RCVBUF', 6000, 4),
      look('.06'),
      text(4381, 1460, '.1'),
      look('.06'),
      read(5840),
      text(5841, 1460, '.1'),
      look('.06'),
    ],
  ],
  [
    'shrink-not-unscaled',
    'tcp_shrink_window: without a scale no window is taken back.',
    [...server(PLAIN), ...run(1, 1460, 3, '.1'), option('SO_RCVBUF', 6000, 4), text(4381, 1460, '.1'), look('.06')],
  ],
  [
    'shrink-forgives-nothing',
    'tcp_shrink_window: what lies beyond the window as it is now is answered, and not read, though the peer may have sent it by an older one.',
    [
      ...server(),
      ...run(1, 1460, 3, '.1'),
      option('SO_RCVBUF', 6000, 4),
      text(4381, 1460, '.1'),
      look('.06'),
      ['.1', 'write(4, ..., 1000) = 1000'],
      ['.01', '< . 20001:20001(0) ack 1001 win 1000'],
      ['.01', '!unacked'],
      ['.01', '< . 20001:21461(1460) ack 1001 win 1000'],
      ['.01', '!unacked rcv_wnd bytes_received'],
      ['.01', '< . 7505:7505(0) ack 1001 win 1000'],
      ['.01', '!unacked'],
    ],
  ],
  [
    'shrink-then-fin',
    'tcp_shrink_window: a FIN alone is taken by a window that was taken back to nothing.',
    [
      ...server(),
      ...run(1, 100, 3, '.1'),
      option('SO_RCVBUF', 1000, 4),
      text(301, 100, '.1'),
      look('.06'),
      text(401, 100, '.1'),
      look('.06'),
      ['.1', '< F. 401:401(0) ack 1 win 1000'],
      look('.06'),
    ],
  ],
]

const story =
  (...sysctls) =>
  ([name, title, events]) => ({
    name: `receive/${String(name)}`,
    title,
    sysctls: [...BASE, ...sysctls],
    events,
    windows: true,
  })

/** Every story of them. */
export const RECEIVE_STORIES = [...STORIES.map(story()), ...SHRINKING.map(story('net.ipv4.tcp_shrink_window=1'))]
