/** Stories of what connections take over from earlier ones to the same peer, for record.mjs. */
import { BASE, listening, NO_SAVE, PLAIN, write } from './words.mjs'

const KEEP_THRESHOLD = 'net.ipv4.tcp_no_ssthresh_metrics_save=0'
/** A connection from that port, which becomes that descriptor, over a path of so long. */
const accepted = (port, fd, rtt) => [
  ['.1', `< ${port} > 8080 S 0:0(0) win 65535 <${PLAIN}>`],
  [rtt, `< ${port} > 8080 . 1:1(0) ack 1 win 1000`],
  ['0', `accept(3, ..., ...) = ${fd}`],
]
const ack = (port, to, rtt, sack = '') => [
  rtt,
  `< ${port} > 8080 . 1:1(0) ack ${to} win 1000${sack && ` <nop,nop,sack ${sack}>`}`,
]
/** The descriptor is closed, and the other end follows: we were first. */
const closedFirst = (port, fd, to) => [
  ['.01', `close(${fd}) = 0`],
  ['.01', `< ${port} > 8080 F. 1:1(0) ack ${to + 1} win 1000`],
]
/** The other end was first. */
const closedLast = (port, fd, to) => [
  ['.01', `< ${port} > 8080 F. 1:1(0) ack ${to} win 1000`],
  ['.1', `close(${fd}) = 0`],
  ['.01', `< ${port} > 8080 . 2:2(0) ack ${to + 1} win 1000`],
]
const look = ['0', '!snd_cwnd snd_ssthresh reordering']
/** The second connection sends something that is not acknowledged: when it goes again is its timeout. */
const second = (rtt = '.02') => [...accepted(40_002, 5, rtt), look, write(1000, 5), ['1.5', '`true`'], look]
const slow = (close) => [
  ...listening,
  ...accepted(40_001, 4, '.3'),
  write(1000, 4),
  ack(40_001, 1001, '.4'),
  ...close(40_001, 4, 1001),
]
/** A loss in the middle: the window is halved, and grows again. */
const lossy = (close, later = []) => [
  ...listening,
  ...accepted(40_001, 4, '.1'),
  write(10_000, 4),
  ack(40_001, 1, '.1', '1001:2001'),
  ack(40_001, 1, '0', '1001:3001'),
  ack(40_001, 1, '0', '1001:4001'),
  ack(40_001, 10_001, '.1'),
  ...later,
  look,
  ...close(40_001, 4, 10_001 + 4000 * (later.length > 0)),
]
const grows = [write(4000, 4), ack(40_001, 14_001, '.1')]
/** Three segments overtake the first, which then arrives: the path reorders. */
const reordered = (close, later = []) => [
  ...listening,
  ...accepted(40_001, 4, '.1'),
  write(10_000, 4),
  ack(40_001, 1, '.1', '7001:8001'),
  ack(40_001, 2001, '.002', '7001:8001'),
  ack(40_001, 10_001, '.1'),
  ...later,
  look,
  ...close(40_001, 4, 10_001 + 1000 * (later.length > 0)),
]
const timedOut = [write(1000, 4), ack(40_001, 11_001, '.6')]

const metrics = (name, title, events, ...sysctls) => ({
  name: `open/metrics-${name}`,
  title,
  sysctls: [...BASE, ...sysctls],
  events,
})

export const METRICS_STORIES = [
  metrics('round-trip', 'The first timeout goes by the round trip of an earlier connection.', [
    ...slow(closedFirst),
    ...second(),
  ]),
  metrics('round-trip-last-ack', 'From LAST-ACK too.', [...slow(closedLast), ...second()]),
  metrics('round-trip-slower', 'A path that is slower by now counts for itself.', [
    ...slow(closedFirst),
    ...second('.6'),
  ]),
  metrics('round-trip-not-kept', 'Nothing is kept.', [...slow(closedFirst), ...second()], NO_SAVE),
  metrics('round-trip-forgotten', 'What was kept is thrown away.', [
    ...slow(closedFirst),
    ['.1', '`ip tcp_metrics flush all`'],
    ...second(),
  ]),
  metrics('round-trip-reset', 'Of a connection that is reset nothing is kept.', [
    ...listening,
    ...accepted(40_001, 4, '.3'),
    write(1000, 4),
    ack(40_001, 1001, '.4'),
    ['.1', '< 40001 > 8080 R 1:1(0) win 0'],
    ...second(),
  ]),
  metrics('round-trip-doubtful', 'A connection whose FIN was lost does not know the round trip any more.', [
    ...slow(closedFirst),
    ...accepted(40_003, 4, '.3'),
    ['.01', 'close(4) = 0'],
    ['2', '< 40003 > 8080 F. 1:1(0) ack 2 win 1000'],
    ...second(),
  ]),
  metrics('half-closed', 'An orphan in FIN-WAIT-2 keeps it before the peer has ended.', [
    ...listening,
    ...accepted(40_001, 4, '.3'),
    write(1000, 4),
    ack(40_001, 1001, '.4'),
    ['.01', 'close(4) = 0'],
    ['.01', '< 40001 > 8080 . 1:1(0) ack 1002 win 1000'],
    ...second(),
  ]),
  metrics('threshold', 'The threshold is not kept unless it is asked for.', [
    ...lossy(closedFirst, grows),
    ...second(),
  ]),
  metrics(
    'threshold-kept',
    'Then the next connection begins with it.',
    [...lossy(closedFirst, grows), ...second()],
    KEEP_THRESHOLD,
  ),
  metrics(
    'threshold-last-ack',
    'It is, if the window was no larger in the end; and from LAST-ACK too.',
    [...lossy(closedLast), ...second()],
    KEEP_THRESHOLD,
  ),
  metrics('reordering', 'A path that reorders: who ends well says nothing of it.', [
    ...reordered(closedFirst),
    ...second(),
  ]),
  metrics('reordering-kept', 'Who ends with a window below the threshold does.', [
    ...reordered(closedFirst, timedOut),
    ...second(),
  ]),
]
