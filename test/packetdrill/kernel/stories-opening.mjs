/** Stories of how connections open, for record.mjs. */
import { BASE, listening, NO_SAVE, PLAIN, write } from './words.mjs'

const FREE = 'net.ipv4.tcp_fastopen=0x203'
const STAMPED = 'net.ipv4.tcp_timestamps=1'
const accept = ['0', 'accept(3, ..., ...) = 4']
const fastListening = [
  ...listening.slice(0, 2),
  ['0', 'setsockopt(3, SOL_TCP, TCP_FASTOPEN, [5], 4) = 0'],
  ...listening.slice(2),
]
const deferred = (seconds) => [
  ...listening.slice(0, 2),
  ['0', `setsockopt(3, SOL_TCP, TCP_DEFER_ACCEPT, [${seconds}], 4) = 0`],
  ...listening.slice(2),
]
const STAMP_SYN = 'mss 1000,sackOK,TS val 1000 ecr 0'
const stamp = (value, echo = 100) => `<nop,nop,TS val ${value} ecr ${echo}>`

const request = (name, title, events, ...sysctls) => ({
  name: `open/request-${name}`,
  title,
  sysctls: [...BASE, NO_SAVE, ...sysctls],
  stamps: true,
  events,
})
const early = (name, title, events, ...sysctls) => ({
  name: `fastopen/server/early-${name}`,
  title,
  sysctls: [...BASE, NO_SAVE, FREE, ...sysctls],
  stamps: true,
  events: [...fastListening, ...events],
})

const REQUESTS = [
  {
    ...request(
      'cookie-window',
      "Behind a cookie the window is reckoned anew, by the peer's segments.",
      [
        ...listening,
        ['.1', '< S 0:0(0) win 65535 <mss 1440,nop,wscale 7>'],
        ['.1', '< . 1:1(0) ack 1 win 65535'],
        accept,
        ['0', '!rcv_wnd'],
      ],
      'net.ipv4.tcp_syncookies=2',
    ),
    windows: true,
  },
  request('syn-text-not-deferred', 'Behind text of the SYN that was not taken no ACK is a mere one.', [
    ...deferred(1),
    ['.1', '< S 0:500(500) win 65535 <mss 1000>'],
    ['.1', '< . 501:501(0) ack 1 win 500'],
    accept,
    ['.1', '< P. 1:501(500) ack 1 win 500'],
  ]),
  request(
    'repeats-its-stamp',
    'What is repeated to a peer that was deferred echoes its SYN.',
    [
      ...deferred(3),
      ['.1', `< S 0:0(0) win 65535 <${STAMP_SYN}>`],
      ['0', '> S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 1000>'],
      ['.1', `< . 1:1(0) ack 1 win 500 ${stamp(1100)}`],
      ['6', '`true`'],
    ],
    STAMPED,
  ),
  request(
    'echo-of-challenge',
    'Only what SYN-ACKs said may be echoed, not what a challenge did.',
    [
      ...listening,
      ['.1', `< S 0:0(0) win 65535 <${STAMP_SYN}>`],
      ['0', '> S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr 1000>'],
      ['.1', '< R 101:101(0) win 0'],
      ['0', '> . 1:1(0) ack 1 <nop,nop,TS val 150 ecr 1000>'],
      ['.7', `< . 1:1(0) ack 1 win 500 ${stamp(1100, 150)}`],
      ['.01', 'fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0'],
      ['0', 'accept(3, ..., ...) = -1 EAGAIN (Resource temporarily unavailable)'],
    ],
    STAMPED,
  ),
]

const EARLY = [
  early('challenge-not-counted', 'A challenge for a connection that is still opening is not its own segment.', [
    ['.1', '< S 0:100(100) win 65535 <mss 1000>'],
    ['.1', '< R 106:106(0) win 0'],
    accept,
    write(1000, 4),
    ['0', '!segs_out segs_in'],
    ['.1', '< . 101:101(0) ack 1001 win 500'],
    ['0', '!segs_out segs_in'],
  ]),
  early('repeated-syn', 'A SYN that comes again does not put off when the SYN-ACK goes again.', [
    ['.1', '< S 0:100(100) win 500 <mss 1000>'],
    accept,
    ['.6', '< S 0:100(100) win 65535 <mss 1000>'],
    ['.1', 'write(4, ..., 3000) = 3000'],
    ['1', '`true`'],
  ]),
  early('narrow-window', 'The SYN bounds how large segments are, and its window is filled.', [
    ['.1', '< S 0:100(100) win 500 <mss 1000>'],
    accept,
    write(3000, 4),
    ['0', '!snd_mss notsent_bytes'],
    ['.1', '< . 101:101(0) ack 501 win 500'],
  ]),
  early('text-is-timed', 'Acknowledged with text the SYN-ACK tells no round trip.', [
    ['.1', '< S 0:100(100) win 65535 <mss 1000>'],
    accept,
    ['.6', 'write(4, ..., 1000) = 1000'],
    ['.05', '< . 101:101(0) ack 1001 win 500'],
    ['.05', 'write(4, ..., 1000) = 1000'],
    ['.7', '`true`'],
  ]),
  early(
    'bad-ack-tells-no-time',
    'An ACK that acknowledges too much is reset, and its timestamp forgotten.',
    [
      ['.1', `< S 0:100(100) win 65535 <${STAMP_SYN}>`],
      ['0', '> S. 0:0(0) ack 101 <mss 1460,sackOK,TS val 100 ecr 1000>'],
      accept,
      ['.3', `< . 101:101(0) ack 2 win 500 ${stamp(1100)}`],
      ['1.5', '`true`'],
    ],
    STAMPED,
  ),
  early(
    'odd-experiment',
    'A cookie of the experimental option has the same lengths.',
    [['.1', '< S 0:0(0) win 65535 <mss 1000,FOEXP aabb,nop,nop>'], ['.1', '< . 1:1(0) ack 1 win 500'], accept],
    'net.ipv4.tcp_fastopen=3',
  ),
]

const calling = (...options) => [
  ['0', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'],
  ['0', 'fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0'],
  ...options.map((option) => ['0', `setsockopt(3, ${option}, 4) = 0`]),
]
const connecting = ['.1', 'connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)']
const fastSend = (octets, sent) => [
  '.1',
  `sendto(3, ..., ${octets}, MSG_FASTOPEN, ..., ...) = ${sent > 0 ? sent : '-1 EINPROGRESS (Operation now in progress)'}`,
]
const counter = (name, value) => ['0', `\`nstat -asz ${name} | grep -q "^${name} *${value} "\``]
const LEFT = ['0', '!state retransmits options rcv_mss advmss notsent_bytes snd_wnd rcv_wnd rcv_ssthresh snd_cwnd']
const NO_COOKIE = 'SOL_TCP, TCP_FASTOPEN_NO_COOKIE, [1]'

const client = (name, title, events, ...sysctls) => ({
  name: `fastopen/client/${name}`,
  title,
  sysctls: [...BASE, NO_SAVE, ...sysctls],
  stamps: true,
  events,
})

const CLIENTS = [
  client('needless-timeouts', 'The text of a lost SYN is acknowledged: it did arrive, and nothing was lost.', [
    ...calling(NO_COOKIE),
    fastSend(500, 500),
    ['3.5', '!ca_state snd_cwnd'],
    ['.1', '< S. 0:0(0) ack 501 win 65535 <mss 1000,sackOK,nop,nop>'],
    ['0', '!ca_state snd_cwnd'],
    counter('TcpExtTCPLossUndo', 1),
    counter('TcpExtTCPSpuriousRTOs', 1),
  ]),
  client('nothing-without-cookie', 'A SYN that could carry data and has none counts as two segments.', [
    ...calling(NO_COOKIE),
    fastSend(0, 0),
    ['0', '!unacked snd_mss'],
    ['.1', '< S. 0:0(0) ack 1 win 65535 <mss 1000,sackOK,nop,nop>'],
    ['0', '!delivered unacked snd_mss'],
    counter('TcpExtTCPOrigDataSent', 1),
  ]),
  client('nothing-lost', 'Lost, it is two that are lost.', [
    ...calling(NO_COOKIE),
    fastSend(0, 0),
    ['1.5', '!unacked lost retrans snd_cwnd'],
  ]),
  client(
    'silence-counts-as-failure',
    'The second repetition of a SYN that asked for a cookie counts as a failure of Fast Open.',
    [
      ...calling(),
      fastSend(500, 0),
      ['2.5', '`true`'],
      counter('TcpExtTCPFastOpenActiveFail', 0),
      ['1', '`true`'],
      counter('TcpExtTCPFastOpenActiveFail', 1),
    ],
  ),
  client('user-timeout-counts-as-failure', 'So does giving up sooner.', [
    ...calling('SOL_TCP, TCP_USER_TIMEOUT, [1500]'),
    fastSend(500, 0),
    ['4', '`true`'],
    counter('TcpExtTCPFastOpenActiveFail', 1),
  ]),
  client('text-on-syn-ack-counted', 'Text on the SYN-ACK is counted twice.', [
    ...calling(),
    fastSend(500, 0),
    ['.1', '< S. 0:10(10) ack 1 win 65535 <mss 1000,FO 1122334455667788,nop,nop>'],
    ['0', '!segs_in data_segs_in bytes_received'],
    ['.1', '< P. 11:21(10) ack 1 win 65535'],
    ['0', '!segs_in data_segs_in bytes_received'],
  ]),
  client(
    'loss-held-until-text',
    'Without SACK a loss lasts until more is acknowledged than was sent when it was seen.',
    [
      ...calling(NO_COOKIE),
      fastSend(100, 100),
      ['.1', '< [1:1(0)] icmp unreachable frag_needed mtu 1300'],
      ['.1', '< S. 0:0(0) ack 1 win 65535 <mss 1000>'],
      ['0', '!ca_state'],
      ['.1', '< . 1:1(0) ack 101 win 65535'],
      ['0', '!ca_state snd_cwnd'],
      write(100, 3),
      ['.1', '< . 1:1(0) ack 201 win 65535'],
      ['0', '!ca_state'],
    ],
  ),
]

const dissolved = (name, title, events, ...sysctls) => ({
  name: `open/dissolved-${name}`,
  title: `What TCP_INFO says after it: ${title}`,
  sysctls: [...BASE, NO_SAVE, ...sysctls],
  stamps: true,
  events,
})

const DISSOLVED = [
  dissolved('shutdown', 'shutdown() of a connection that has not opened.', [
    ...calling(),
    connecting,
    ['.1', 'shutdown(3, SHUT_WR) = 0'],
    LEFT,
  ]),
  dissolved(
    'stamped',
    'with timestamps and ECN.',
    [...calling(), connecting, ['1.5', 'shutdown(3, SHUT_WR) = 0'], LEFT],
    STAMPED,
    'net.ipv4.tcp_ecn=1',
  ),
  dissolved('refused', 'connect() that tells of a RST, and a SYN that had crossed ours.', [
    ...calling(),
    connecting,
    ['.1', '< S 0:0(0) win 65535 <mss 100>'],
    ['.1', '< R 1:1(0) win 0'],
    LEFT,
    ['.1', 'connect(3, ..., ...) = -1 ECONNRESET (Connection reset by peer)'],
    LEFT,
    ['0', '!snd_mss'],
  ]),
  dissolved('given-up', 'connect() that tells of a timeout.', [
    ...calling('SOL_TCP, TCP_USER_TIMEOUT, [1500]'),
    connecting,
    ['4', '!state retransmits'],
    ['.1', 'connect(3, ..., ...) = -1 ETIMEDOUT (Connection timed out)'],
    LEFT,
  ]),
]

const crossed = (name, title, events, ...sysctls) => ({
  name: `open/crossed-${name}`,
  title,
  sysctls: [...BASE, NO_SAVE, ...sysctls],
  stamps: true,
  events: [...calling(), connecting, ['.1', '< S 0:0(0) win 65535 <mss 1000,sackOK,nop,nop>'], ...events],
})

const CROSSED = [
  crossed('lost-twice', 'Taken back, a loss costs no window, however often the SYN was sent.', [
    ['3.5', '!ca_state total_rto snd_cwnd'],
    ['.1', '< . 1:1(0) ack 1 win 65535'],
    ['0', '!ca_state snd_cwnd snd_ssthresh'],
  ]),
  crossed('lost', 'The SYN-ACK of SYNs that crossed is lost: a timeout as any.', [
    ['1.5', '!ca_state total_rto total_rto_recoveries retransmits lost retrans snd_cwnd snd_ssthresh'],
    ['.1', '< . 1:1(0) ack 1 win 65535'],
    ['0', '!ca_state total_rto retransmits snd_cwnd snd_ssthresh'],
    counter('TcpExtTCPTimeouts', 1),
    counter('TcpExtTCPLossUndo', 1),
  ]),
  crossed(
    'given-up',
    'It is repeated as often as a SYN, and doubles at once.',
    [
      ['8', '!state retransmits'],
      ['0', 'getsockopt(3, SOL_SOCKET, SO_ERROR, [110], [4]) = 0'],
      counter('TcpAttemptFails', 1),
    ],
    'net.ipv4.tcp_syn_retries=2',
  ),
]

const SIGNED_KEY = ['0', 'setsockopt(3, SOL_TCP, TCP_MD5SIG, {tcpm_keylen=6, tcpm_key="secret"}, 216) = 0']

const WINDOWS = [
  {
    ...crossed('unscaled', 'Whether a SYN that crosses ours scales is not asked: we do, and round what we offer.', [
      ['.1', '< . 1:1(0) ack 1 win 65535'],
      ['.1', '< P. 1:101(100) ack 1 win 65535'],
      ['.1', '!rcv_wnd rcv_wscale snd_wscale'],
    ]),
    windows: true,
  },
  {
    ...crossed('offers-its-last', 'What is offered again is what an ACK offered since.', [
      ['.1', '< S. 0:0(0) ack 1 win 65535 <mss 1000>'],
      ['.1', '< . 1:1(0) ack 7 win 65535'],
      ['1.5', '!state'],
    ]),
    windows: true,
  },
  {
    name: 'md5/window-with-timestamps',
    title: 'The first window is reckoned with the timestamps that a signature leaves no room for.',
    sysctls: [...BASE, NO_SAVE, STAMPED],
    windows: true,
    stamps: true,
    events: [
      ...listening,
      SIGNED_KEY,
      ['.1', `< S 0:0(0) win 65535 <${STAMP_SYN},nop,nop,md5 valid>`],
      ['.1', '< . 1:1(0) ack 1 win 500 <nop,nop,md5 valid>'],
      accept,
      ['0', '!rcv_wnd rcv_ssthresh options'],
    ],
  },
]

const ICMPS = [
  {
    name: 'open/router-hastens-syn',
    title: 'What a router says takes a step of waiting back: a SYN that is due by then leaves before the attempt ends.',
    sysctls: [...BASE, NO_SAVE, 'net.ipv4.tcp_syn_linear_timeouts=0'],
    events: [
      ...calling(),
      connecting,
      ['2.4', '< [0:0(0)] icmp unreachable net_unreachable'],
      ['.1', 'getsockopt(3, SOL_SOCKET, SO_ERROR, [101], [4]) = 0'],
    ],
  },
]

const syns = (from, count) =>
  Array.from({ length: count }, (_, i) => ['.01', `< ${from + i} > 8080 S 0:0(0) win 65535 <mss 1000>`])
const crowd = (name, title, events, ...sysctls) => ({
  name: `open/backlog-${name}`,
  title,
  sysctls: [...BASE, 'net.ipv4.tcp_max_syn_backlog=4', ...sysctls],
  events: [...listening.slice(0, -1), ['0', 'listen(3, 100) = 0'], ...events],
})

const CROWDS = [
  crowd(
    'without-cookies',
    'Without cookies three quarters of tcp_max_syn_backlog are for anybody.',
    [...syns(40_000, 8), counter('TcpExtListenDrops', 4), counter('TcpExtTCPReqQFullDrop', 0)],
    'net.ipv4.tcp_syncookies=0',
  ),
  crowd('with-cookies', 'Where cookies would help out, it bounds nothing.', [
    ...syns(40_000, 8),
    counter('TcpExtListenDrops', 0),
    counter('TcpExtSyncookiesSent', 0),
  ]),
  crowd(
    'proven',
    'Who is known from an earlier connection finds room in the last quarter.',
    [
      ['.1', '< 40100 > 8080 S 0:0(0) win 65535 <mss 1000>'],
      ['.1', '< 40100 > 8080 . 1:1(0) ack 1 win 65535'],
      accept,
      ['.1', '< 40100 > 8080 F. 1:1(0) ack 1 win 65535'],
      ['.1', 'close(4) = 0'],
      ['.1', '< 40100 > 8080 . 2:2(0) ack 2 win 65535'],
      ...syns(40_000, 8),
      counter('TcpExtListenDrops', 0),
    ],
    'net.ipv4.tcp_syncookies=0',
  ),
]

const RESETS = [
  early(
    'narrowed',
    'A SYN-ACK that goes again announces less, where a router said so; the connection does not know of it.',
    [
      ['.1', '< S 0:100(100) win 65535 <mss 1000>'],
      ['.1', '< [0:0(0)] icmp unreachable frag_needed mtu 1300'],
      ['1.5', '< . 101:101(0) ack 1 win 65535'],
      accept,
      ['0', '!advmss'],
    ],
  ),
  early('reset-counts-twice', 'A RST before the handshake is complete counts as two attempts that failed.', [
    ['.1', '< S 0:100(100) win 65535 <mss 1000>'],
    ['.1', '< R 101:101(0) win 0'],
    counter('TcpAttemptFails', 2),
    counter('TcpEstabResets', 0),
  ]),
  early('segments-by-syn', 'How large segments are the SYN decides, not the smaller window of the ACK.', [
    ['.1', '< S 0:100(100) win 1000 <mss 536>'],
    ['.1', '< . 101:101(0) ack 1 win 300'],
    accept,
    ['0', '!snd_mss rcv_mss'],
    write(1000, 4),
    ['.5', '!snd_mss'],
  ]),
  request('backoff-forgotten', 'A connection begins without the doublings of its request.', [
    ...listening,
    ['.1', '< S 0:0(0) win 65535 <mss 1000>'],
    ['1.5', '< . 1:1(0) ack 1 win 500'],
    accept,
    ['0', '!backoff retransmits total_rto'],
  ]),
]

const FINS = [
  {
    name: 'receive/fin-passed-over',
    title: 'A FIN behind a gap is none if text goes beyond it.',
    sysctls: [...BASE, NO_SAVE],
    events: [
      ...listening,
      ['.1', `< S 0:0(0) win 65535 <${PLAIN}>`],
      ['.1', '< . 1:1(0) ack 1 win 500'],
      accept,
      ['.1', '< F. 101:101(0) ack 1 win 500'],
      ['.1', '< . 1:201(200) ack 1 win 500'],
      ['0', 'read(4, ..., 1000) = 200'],
      ['.1', '< P. 201:301(100) ack 1 win 500'],
      ['0', 'read(4, ..., 1000) = 100'],
      ['.1', '< F. 301:301(0) ack 1 win 500'],
      ['0', 'read(4, ..., 1000) = 0'],
    ],
  },
]

export const OPENING_STORIES = [
  ...REQUESTS,
  ...EARLY,
  ...CLIENTS,
  ...DISSOLVED,
  ...CROSSED,
  ...ICMPS,
  ...CROWDS,
  ...RESETS,
  ...WINDOWS,
  ...FINS,
]
