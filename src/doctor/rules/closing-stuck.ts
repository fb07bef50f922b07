import { counted } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { Context, Rule } from '../context.ts'
import { ageEvidence, agesOf, finding, number, ownerOf, sysctlNumber, topPeers, whereOf } from '../evidence.ts'
import { growthOf } from '../history.ts'
import { destroy, gentleFirst, setSysctl, ssFilter } from '../remedies.ts'
import { unansweredOf } from '../silence.ts'
import { type StuckGroup, stuckGroups } from '../stuck.ts'
import type { Explanation, Finding } from '../types.ts'

/** The states that wait for the acknowledgement of our FIN. */
type Waiting = 'FIN-WAIT-1' | 'LAST-ACK' | 'CLOSING'

/** What tcp_orphan_retries = 0 stands for. */
const ORPHAN_RETRIES_DEFAULT = 8
const ORPHAN_RETRIES = 'net.ipv4.tcp_orphan_retries'

/** LAST-ACK that stays: the peer has closed, we have too, and our FIN is not acknowledged. */
export const lastAckStuck: Rule = closingRule('last-ack-stuck', 'LAST-ACK', [
  'Both programs have closed, and the acknowledgement of our FIN has not come.',
  'The peer is gone, or something between drops its packets: a live peer answers a FIN with ACK or RST.',
  'The kernel gives up by itself after its retries; until then each counts as an orphan and its port stays taken.',
])

/** FIN-WAIT-1 that stays: we have closed, and nothing comes back. */
export const finWait1Stuck: Rule = closingRule('fin-wait-1-stuck', 'FIN-WAIT-1', [
  'The program here has closed, and the peer acknowledges neither the FIN nor the data before it.',
  'The peer is gone, or something between drops its packets, or it has closed its window and does not read.',
  'The kernel gives up by itself after its retries, and what was still to be sent is lost.',
])

/** CLOSING that stays: both sides closed at once, and our FIN is not acknowledged. */
export const closingStuck: Rule = closingRule('closing-stuck', 'CLOSING', [
  'Both sides closed at the same time, and the acknowledgement of our FIN has not come.',
  'The peer vanished in the middle of the close, or something between drops its packets.',
  'The kernel gives up by itself after its retries.',
])

function closingRule(id: string, state: Waiting, explanation: Explanation): Rule {
  return {
    id,
    about: `connections in ${state} whose FIN is sent again and again without an answer`,
    needs: [state, 'ESTABLISHED', 'LISTEN'],
    judge: (context) =>
      stuckGroups(context, state).map((stuck) => findingOf(context, { id, state, explanation }, stuck)),
  }
}

function findingOf(
  context: Context,
  { id, state, explanation }: { readonly id: string; readonly state: Waiting; readonly explanation: Explanation },
  { group, rows, total }: StuckGroup,
): Finding {
  const { table } = context
  const [first] = rows as [SocketRow]
  const key = table.groupIdOf(first)
  const ages = agesOf(context, rows)
  const most = Math.max(...rows.map(unansweredOf))
  const retries = sysctlNumber(context, ORPHAN_RETRIES)
  const owner = ownerOf(context, rows)
  const left = Math.max(0, (retries === undefined || retries === 0 ? ORPHAN_RETRIES_DEFAULT : retries) - most)
  return finding({
    rule: id,
    key,
    title: `${counted(rows.length, 'connection')} ${whereOf(context, first)} stuck in ${state}: the peer does not answer`,
    severity: 'warning',
    evidence: [
      number(`stuck in ${state}`, rows.length, 'sockets'),
      number('all of the service', total, 'sockets'),
      number('most retransmissions', most),
      ...(owner.kind === 'nobody' ? [number('retries left to the furthest', left)] : []),
      number(
        'waiting in Send-Q',
        rows.reduce((sum, { sendQueue }) => sum + sendQueue, 0),
        'octets',
      ),
      ...ageEvidence(ages),
      ...topPeers(rows),
    ],
    owner,
    since: ages?.since,
    growthPerMinute: growthOf(context.history, group),
    explanation,
    remedies: gentleFirst([
      {
        title: 'Find where the packets go: the peer, or a firewall on the way',
        commands: [`ping -c 3 ${first.peer.address}`, `tcpdump -ni any host ${first.peer.address}`],
        cost: 'None.',
        gentleness: 'code',
      },
      setSysctl(
        'Give up sooner on closed connections',
        ORPHAN_RETRIES,
        '3',
        'A peer away for 7 s loses the last data.',
      ),
      destroy(
        `${id}/${key}`,
        ssFilter(state.toLowerCase(), first, table.sideOf(first)),
        state !== 'FIN-WAIT-1' ? 'silent' : owner.kind === 'processes' ? 'held' : 'orphaned',
      ),
    ]),
    myth: 'close-wait-network',
    rows,
  })
}
