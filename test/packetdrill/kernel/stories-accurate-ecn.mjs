/** Stories of accurate ECN (RFC 9768) for record.mjs. This kernel (6.18) has it, but lets nobody ask for it; yet it believes a SYN-ACK that
 * speaks of it, and so the life of such a connection can be told, though not its opening. */
import { accurate, CONNECT, cwnd, info, put, story, w } from './ecn-story.mjs'
import { MARKS } from './stories-accurate-marks.mjs'

const ACCURATE = [
  [
    'third-ack-not-ect',
    'The third ACK tells the codepoint of the SYN-ACK: none.',
    [...accurate(), info(), w(1000, '.1')],
  ],
  ['third-ack-ect0', 'The third ACK tells of ECT(0).', [...accurate({ mark: '[ect0] ' }), info(), w(1000, '.1')]],
  ['third-ack-ect1', 'The third ACK tells of ECT(1).', [...accurate({ mark: '[ect1] ' }), info(), w(1000, '.1')]],
  [
    'third-ack-ce',
    'The third ACK tells of CE, and the mark counts.',
    [...accurate({ mark: '[ce] ' }), info(), w(1000, '.1')],
  ],
  [
    'syn-ack-not-faithful',
    'The peer saw ECT on our SYN, which had none, and its SYN-ACK came with CE: no mark counts, and nothing of ours is ECN-capable.',
    [...accurate({ ace: 'A', mark: '[ce] ' }), info(), w(1000, '.1')],
  ],
  [
    'syn-ack-reflects-ect',
    'The peer saw ECT on our SYN: without CE on the answer nobody looks.',
    [...accurate({ ace: 'A' }), info(), w(1000, '.1')],
  ],
  [
    'syn-ack-ece-cwr',
    'ECE and CWR on the SYN-ACK are a reflection of ECT(1).',
    [...accurate({ ace: 'EW' }), info(), w(1000, '.1')],
  ],
  [
    'syn-ack-ce-reflected',
    'AE and CWR on the SYN-ACK: our SYN arrived with CE.',
    [...accurate({ ace: 'WA' }), info(), w(1000, '.1')],
  ],
  [
    'no-option-yet',
    'Who has shown no option gets none.',
    [
      ...accurate({ ecn: '' }),
      w(1000, '.1'),
      put('[ect0] 5. 1:1(0) ack 1001 win 257', '.1'),
      info(),
      put('[ect0] P5. 1:1001(1000) ack 1001 win 257', '.01'),
    ],
  ],
  [
    'option-appears',
    'An option on a later segment opens the way for ours.',
    [
      ...accurate({ ecn: '' }),
      w(1000, '.1'),
      put('[ect0] 5. 1:1(0) ack 1001 win 257 <ECN e0b 1001 ceb 0 e1b 1,nop>', '.1'),
      info(),
      w(1000),
    ],
  ],
  [
    'option-empty',
    'An option without counters shows that the path carries it.',
    [...accurate({ ecn: 'ECN,nop,nop' }), info(), w(1000, '.1')],
  ],
  [
    'option-cleared',
    'Counters that begin at zero were cleared on the way.',
    [
      ...accurate({ ecn: 'ECN e0b 0 ceb 0 e1b 1,nop' }),
      info(),
      w(1000, '.1'),
      put('[ect0] 5. 1:1(0) ack 1001 win 257 <ECN e0b 1001 ceb 0 e1b 1,nop>', '.1'),
      info(),
    ],
  ],
  [
    'option-off',
    'tcp_ecn_option 0.',
    [
      ...accurate(),
      w(1000, '.1'),
      put('[ce] P5. 1:1001(1000) ack 1001 win 257 <ECN e0b 1001 ceb 0 e1b 1,nop>', '.1'),
      info(),
    ],
    ['net.ipv4.tcp_ecn_option=0'],
  ],
  [
    'option-on-change',
    'tcp_ecn_option 1, no beacon: twice after each change.',
    [
      ...accurate(),
      ...[1, 2, 3].map((i) => w(1000, i === 1 ? '.1' : '.01')),
      put('[ect0] P5. 1:1001(1000) ack 3001 win 257', '.1'),
      put('[ect0] P5. 1001:2001(1000) ack 3001 win 257'),
      put('[ect0] P5. 2001:3001(1000) ack 3001 win 257'),
      put('[ect0] P5. 3001:4001(1000) ack 3001 win 257'),
      put('[ce] P5. 4001:5001(1000) ack 3001 win 257'),
      put('[ect0] P5. 5001:6001(1000) ack 3001 win 257'),
      put('[ect0] P5. 6001:7001(1000) ack 3001 win 257'),
      put('[ect0] P5. 7001:8001(1000) ack 3001 win 257'),
      info(),
    ],
    ['net.ipv4.tcp_ecn_option=1', 'net.ipv4.tcp_ecn_option_beacon=0'],
  ],
  [
    'option-beacon',
    'tcp_ecn_option 1, one option a round trip at least.',
    [
      ...accurate(),
      w(1000, '.1'),
      w(1000, '.06'),
      w(1000, '.06'),
      w(1000, '.06'),
      w(1000, '.06'),
      w(1000, '.06'),
      put('[ect0] P5. 1:1001(1000) ack 6001 win 257', '.1'),
      info(),
    ],
    ['net.ipv4.tcp_ecn_option=1', 'net.ipv4.tcp_ecn_option_beacon=1'],
  ],
  [
    'option-in-a-burst',
    'tcp_ecn_option 1: the segments of a burst are alike.',
    [...accurate(), w(4000, '.1'), put('[ect0] 5. 1:1(0) ack 4001 win 257', '.1'), w(4000, '.01'), info()],
    ['net.ipv4.tcp_ecn_option=1', 'net.ipv4.tcp_ecn_option_beacon=0'],
  ],
  [
    'option-takes-room',
    'Each segment is smaller by the option.',
    [
      ...accurate(),
      w(5000, '.1'),
      cwnd(),
      put('[ect0] 5. 1:1(0) ack 5001 win 257 <ECN e0b 5001 ceb 0 e1b 1,nop>', '.1'),
      info(),
    ],
  ],
  [
    'with-timestamps',
    'The option stands behind the timestamps.',
    [
      ...CONNECT,
      put(
        'SW. 0:0(0) ack 1 win 65535 <mss 1000,sackOK,TS val 1000 ecr 0,ECN e0b 1 ceb 0 e1b 1,nop,nop,wscale 7>',
        '.1',
      ),
      w(2000, '.1'),
      put('[ect0] 5. 1:1(0) ack 2001 win 257 <nop,nop,TS val 1200 ecr 0,ECN e0b 2001 ceb 0 e1b 1,nop>', '.1'),
      info(),
    ],
    ['net.ipv4.tcp_timestamps=1'],
  ],
  [
    'with-one-block',
    'Before SACK blocks the option takes their padding.',
    [
      ...accurate(),
      put('[ect0] P5. 1001:2001(1000) ack 1 win 257', '.1'),
      put('[ect0] P5. 1:1001(1000) ack 1 win 257'),
      info(),
    ],
  ],
  [
    'with-three-blocks',
    'Three SACK blocks leave room for fewer counters.',
    [
      ...accurate(),
      ...[1001, 3001, 5001].map((at) => put(`[ect0] P5. ${at}:${at + 1000}(1000) ack 1 win 257`)),
      put('[ect0] P5. 1:1001(1000) ack 1 win 257'),
      info(),
    ],
  ],
  [
    'with-four-blocks',
    'A fourth block gives way to the counters that have changed.',
    [
      ...accurate(),
      ...[1001, 3001, 5001, 7001, 9001].map((at) => put(`[ect1] P5. ${at}:${at + 1000}(1000) ack 1 win 257`)),
      put('[ect1] P5. 1:1001(1000) ack 1 win 257'),
      info(),
    ],
  ],
  [
    'four-blocks-no-counter',
    'Nothing to tell: the option goes without counters, or stays away.',
    [
      ...accurate(),
      ...[1001, 3001, 5001, 7001, 9001].map((at) => put(`P5. ${at}:${at + 1000}(1000) ack 1 win 257`)),
      put('P5. 1:1001(1000) ack 1 win 257'),
      info(),
    ],
  ],
  [
    'ce-counts',
    'CE marks count in ACE, octets in the option.',
    [
      ...accurate(),
      put('[ce] P5. 1:1001(1000) ack 1 win 257', '.1'),
      put('[ce] P5. 1001:1501(500) ack 1 win 257'),
      put('[ect0] P5. 1501:2001(500) ack 1 win 257'),
      put('[ect1] P5. 2001:3001(1000) ack 1 win 257'),
      info(),
      w(100),
    ],
  ],
  [
    'ace-wraps',
    'The ACE field counts modulo 8.',
    [
      ...accurate(),
      ...Array.from({ length: 9 }, (_, i) => put(`[ce] P5. ${1 + 100 * i}:${101 + 100 * i}(100) ack 1 win 257`)),
      info(),
    ],
  ],
  [
    'ce-on-ack',
    'CE on a pure ACK counts too.',
    [...accurate(), w(1000, '.1'), put('[ce] 5. 1:1(0) ack 1001 win 257', '.1'), info(), w(1000)],
  ],
  [
    'change-is-told-at-once',
    'A change of codepoint is acknowledged at once.',
    [
      ...accurate(),
      ...Array.from({ length: 20 }, (_, i) =>
        put(`[ect0] P5. ${1 + 100 * i}:${101 + 100 * i}(100) ack 1 win 257`, '.002'),
      ),
      put('[ect1] P5. 2001:2101(100) ack 1 win 257', '.1'),
      put('[ect1] P5. 2101:2201(100) ack 1 win 257', '.001'),
      put('[ect0] P5. 2201:2301(100) ack 1 win 257', '.1'),
      info(),
    ],
  ],
]

/** Stories of RFC 9768. */
export const ACCURATE_ECN_STORIES = [...ACCURATE, ...MARKS].map(([name, title, events, more = []]) =>
  story(`accurate-ecn/${String(name)}`, title, 1, events, more),
)
