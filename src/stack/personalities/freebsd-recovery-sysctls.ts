import { MS } from '../../base/index.ts'
import { number, onOff, type SysctlDefinition } from '../sysctl/definition.ts'

const INT_MAX = 2_147_483_647

/** FreeBSD's: how losses are found and made up for, and what they cost. */
export const FREEBSD_RECOVERY_SYSCTLS: readonly SysctlDefinition[] = [
  onOff({
    name: 'net.inet.tcp.rfc3042',
    field: 'limitedTransmit',
    description: '1: the first two duplicate ACKs let new text leave (RFC 3042).',
  }),
  onOff({
    name: 'net.inet.tcp.do_prr',
    field: 'rateReduction',
    description: '1: the window comes down by proportional rate reduction (RFC 6937).',
  }),
  onOff({
    name: 'net.inet.tcp.do_prr_conservative',
    field: 'reductionIsConservative',
    description: '1: below the threshold proportional rate reduction lets no more leave than arrived.',
  }),
  onOff({
    name: 'net.inet.tcp.sack.lrd',
    aliases: ['net.inet.tcp.do_lrd'],
    field: 'findsLostRetransmissions',
    description: '1: a hole that was sent again and is still there when newer text has arrived leaves once more.',
  }),
  onOff({
    name: 'net.inet.tcp.rfc3465',
    field: 'byteCounting',
    description: '1: the congestion window opens by octets that are acknowledged (RFC 3465), 0: by ACKs.',
  }),
  number({
    name: 'net.inet.tcp.cc.newreno.beta',
    field: 'renoShare',
    unit: 'percent',
    min: 1,
    max: 100,
    description: 'How much of its window NewReno keeps behind a loss.',
  }),
  number({
    name: 'net.inet.tcp.cc.newreno.beta_ecn',
    field: 'renoShareOfMarks',
    unit: 'percent',
    min: 1,
    max: 100,
    description: 'How much of its window NewReno keeps behind a congestion mark, where cc.abe is on.',
  }),
  onOff({
    name: 'net.inet.tcp.cc.abe',
    field: 'backsOffLessOfMarks',
    description: '1: a congestion mark costs NewReno less than a loss does (RFC 8511).',
  }),
  number({
    name: 'net.inet.tcp.maxunacktime',
    field: 'unackedMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description:
      'Time without progress after which a connection of a new socket is given up; 0, which cannot be set again: its retransmissions decide.',
  }),
  onOff({
    name: 'net.inet.tcp.newcwv',
    field: 'windowGrowsInUse',
    description: '1: the congestion window grows only while all of it is in flight (RFC 7661).',
  }),
  number({
    name: 'net.inet.tcp.reass.maxqueuelen',
    field: 'earlyStretchesMax',
    unit: 'entries',
    min: 1,
    max: INT_MAX,
    description: 'Stretches of text behind gaps that one connection keeps.',
  }),
]
