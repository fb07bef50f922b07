import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, number, ownerName, ownerOf, topPeers, word } from '../evidence.ts'
import { destroy, fixCode, gentleFirst, restart, ssFilter } from '../remedies.ts'
import { unansweredOf } from '../silence.ts'
import { type StuckGroup, stuckGroups } from '../stuck.ts'
import { counted } from '../text.ts'
import type { Finding, Since } from '../types.ts'

const ID = 'half-open'

/** ESTABLISHED on this side only: what is sent is not acknowledged, or keep-alive is not answered. */
export const halfOpen: Rule = {
  id: ID,
  about: 'established connections whose peers no longer answer',
  needs: ['ESTABLISHED', 'LISTEN'],
  judge: (context) => stuckGroups(context, 'ESTABLISHED').map((stuck) => findingOf(context, stuck)),
}

function findingOf(context: Context, { rows, total }: StuckGroup): Finding {
  const { table } = context
  const [first] = rows as [SocketRow]
  const key = table.groupIdOf(first)
  const owner = ownerOf(context, rows)
  const unacknowledged = rows.filter(({ sendQueue }) => sendQueue > 0)
  const since = silentSince(context, rows)
  return finding({
    rule: ID,
    key,
    title: `${counted(rows.length, 'connection')} of ${ownerName(owner)} established with peers that do not answer`,
    severity: 'warning',
    evidence: [
      number('without an answer', rows.length, 'sockets'),
      number('all of the service', total, 'sockets'),
      number('with data unacknowledged', unacknowledged.length, 'sockets'),
      number(
        'octets unacknowledged or unsent',
        rows.reduce((sum, { sendQueue }) => sum + sendQueue, 0),
        'octets',
      ),
      number('most retransmissions', Math.max(...rows.map(unansweredOf))),
      word(
        'gives up by',
        table.observation.sysctls['net.ipv4.tcp_retries2'] === undefined
          ? 'tcp_retries2'
          : `tcp_retries2 = ${table.observation.sysctls['net.ipv4.tcp_retries2']}`,
      ),
      ...topPeers(rows),
    ],
    owner,
    since,
    explanation: [
      'This side believes that the connection stands, and the peer has acknowledged nothing for several retransmissions or probes.',
      'Its power, its network or a firewall that forgot the connection has cut it off without a FIN: no CLOSE-WAIT comes of that.',
      'With data in flight it takes a quarter of an hour at the default tcp_retries2 until write() fails; meanwhile requests hang.',
    ],
    remedies: gentleFirst([
      fixCode('Set TCP_USER_TIMEOUT, and SO_KEEPALIVE for connections that are often idle', owner),
      {
        title: 'See whether packets come back',
        commands: [`tcpdump -ni any host ${first.peer.address} and port ${first.peer.port}`],
        cost: 'None.',
        gentleness: 'code',
      },
      destroy(`${ID}/${key}`, ssFilter('established', first, table.sideOf(first))),
      ...restart(owner),
    ]),
    myth: 'close-wait-network',
    rows,
  })
}

/** Since the last ACK that any of them got, the oldest first. */
function silentSince({ now }: Context, rows: readonly SocketRow[]): Since | undefined {
  const silences = rows.flatMap(({ tcpInfo }) => (tcpInfo === undefined ? [] : [tcpInfo.last_ack_recv * 1000]))
  return silences.length === 0 ? undefined : { at: now - Math.max(...silences), precision: 'exact' }
}
