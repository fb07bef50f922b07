import type { Context, Rule } from '../context.ts'
import { type Destination, destinationsOf } from '../destinations.ts'
import { finding, number, word } from '../evidence.ts'
import { setSysctl } from '../remedies.ts'
import { percent } from '../text.ts'
import type { Finding } from '../types.ts'

const ID = 'setting-tw-reuse'
const NAME = 'net.ipv4.tcp_tw_reuse'
const TIMESTAMPS = 'net.ipv4.tcp_timestamps'

/** tcp_tw_reuse that does nothing: without timestamps, or for loopback only while the traffic is not. */
export const settingTwReuse: Rule = {
  id: ID,
  about: 'tcp_tw_reuse set where it cannot work: without timestamps, or at 2 for traffic that is not loopback',
  needs: ['TIME-WAIT', 'LISTEN'],
  judge(context) {
    const { sysctls } = context.table.observation
    const reuse = sysctls[NAME]?.trim()
    if (reuse === '1' && sysctls[TIMESTAMPS]?.trim() === '0') return [withoutTimestamps()]
    return reuse === '2' ? busyDestinations(context).map((one) => loopbackOnly(one)) : []
  },
}

function withoutTimestamps(): Finding {
  return finding({
    rule: ID,
    key: 'timestamps',
    title: 'tcp_tw_reuse = 1 does nothing: tcp_timestamps is 0',
    severity: 'info',
    evidence: [word('tcp_tw_reuse', '1'), word('tcp_timestamps', '0')],
    owner: { kind: 'host' },
    explanation: [
      'connect() may take a port over from TIME-WAIT only if timestamps tell old segments from new ones.',
      'With tcp_timestamps off no connection has them, so no port is ever taken over.',
      'Clients run out of ports as if tcp_tw_reuse were 0.',
    ],
    remedies: [
      setSysctl('Turn timestamps on', TIMESTAMPS, '1', 'Twelve octets a segment; only new connections have them.'),
    ],
    rows: [],
  })
}

/** Near enough to the end of the range to be told, not so near that the rule about ports speaks. */
function busyDestinations({ table, thresholds }: Context): Destination[] {
  return destinationsOf(table).filter(({ share, isLoopback, rows }) => {
    const waiting = rows.filter(({ state }) => state === 'TIME-WAIT').length
    return !isLoopback && share < thresholds.portShare && waiting >= thresholds.twReuseShare * table.ephemeral.size
  })
}

function loopbackOnly({ key, name, rows, share }: Destination): Finding {
  return finding({
    rule: ID,
    key,
    title: `tcp_tw_reuse = 2 does not help connections to ${name}`,
    severity: 'info',
    evidence: [
      word('tcp_tw_reuse', '2'),
      number('connections, TIME-WAIT included', rows.length, 'sockets'),
      number('of the ports taken', percent(share), '%'),
    ],
    owner: { kind: 'host' },
    explanation: [
      'At 2, the default, connect() takes ports over from TIME-WAIT on loopback only, 127/8 and ::1.',
      `The connections to ${name} leave this host, so each keeps its port for 60 s after its end.`,
      'That is in order until the range is used up; then connect() fails with EADDRNOTAVAIL.',
    ],
    remedies: [
      setSysctl(
        'Let it act on all connections with timestamps',
        NAME,
        '1',
        'None known where both ends have timestamps.',
      ),
    ],
    myth: 'time-wait-client-harmless',
    rows: [],
  })
}
