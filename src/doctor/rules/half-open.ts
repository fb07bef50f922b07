import { counted, MS } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { finding, number, ownerName, ownerOf, topPeers, whereOf, word } from '../evidence.ts'
import { destroy, fixCode, gentleFirst, ssFilter } from '../remedies.ts'
import { unansweredOf } from '../silence.ts'
import { type StuckGroup, stuckGroups } from '../stuck.ts'
import type { Evidence, Finding, Since } from '../types.ts'

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
  // Where nothing waits to be acknowledged, what goes unanswered is the probes of keep-alive.
  const isProbed = unacknowledged.length === 0
  const retries2 = table.observation.sysctls['net.ipv4.tcp_retries2']?.trim()
  return finding({
    rule: ID,
    key,
    title: `${counted(rows.length, 'connection')} of ${ownerName(owner)} ${whereOf(context, first)} established, and the peer does not answer`,
    severity: 'warning',
    evidence: [
      number('without an answer', rows.length, 'sockets'),
      number('all of the service', total, 'sockets'),
      ...(unacknowledged.length === 0 ? [] : unacknowledgedEvidence(unacknowledged)),
      number(`most ${isProbed ? 'probes' : 'retransmissions'} in a row`, Math.max(...rows.map(unansweredOf))),
      word('gives up by', isProbed ? 'the keep-alive settings of each' : `tcp_retries2 = ${retries2 ?? 'not known'}`),
      ...topPeers(rows),
    ],
    owner,
    since,
    explanation: [
      'This side believes that the connection stands, and the peer has acknowledged nothing for several retransmissions or probes.',
      'Its power, its network or a firewall that forgot the connection has cut it off without a FIN: no CLOSE-WAIT comes of that.',
      isProbed
        ? 'Keep-alive ends them when its probes are used up; until then each looks usable, and a request over it hangs.'
        : 'With data in flight it takes a quarter of an hour at the default tcp_retries2 until write() fails; meanwhile requests hang.',
    ],
    remedies: gentleFirst([
      fixCode('Set TCP_USER_TIMEOUT, and SO_KEEPALIVE for connections that are often idle'),
      {
        title: 'See whether packets come back',
        commands: [`tcpdump -ni any host ${first.peer.address} and port ${first.peer.port}`],
        cost: 'None.',
        gentleness: 'code',
      },
      destroy(`${ID}/${key}`, ssFilter('established', first, table.sideOf(first))),
    ]),
    myth: 'close-wait-network',
    rows,
  })
}

function unacknowledgedEvidence(rows: readonly SocketRow[]): Evidence[] {
  const octets = rows.reduce((sum, { sendQueue }) => sum + sendQueue, 0)
  return [number('with data unacknowledged', rows.length, 'sockets'), number('waiting in Send-Q', octets, 'octets')]
}

/** Since the last ACK that any of them got, the oldest first. */
function silentSince({ now }: Context, rows: readonly SocketRow[]): Since | undefined {
  const silences = rows.flatMap(({ tcpInfo }) => (tcpInfo === undefined ? [] : [tcpInfo.last_ack_recv * MS]))
  return silences.length === 0 ? undefined : { at: now - Math.max(...silences), precision: 'exact' }
}
