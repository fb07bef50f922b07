import { seqGt, seqLt } from '../../../src/base/index.ts'
import type { SimHost } from '../../../src/sim/index.ts'
import { State, type Tcb } from '../../../src/tcp/index.ts'

const AFTER_FIN: ReadonlySet<State> = new Set([State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK])
const OPENING: ReadonlySet<State> = new Set([State.SYN_SENT, State.SYN_RECEIVED])

/** What a host keeps of its connections must agree with itself at any time: each disagreement as a sentence. */
export function disagreements(host: SimHost): string[] {
  const found: string[] = []
  let orphans = 0
  host.stack.connections.forEach((tcb) => {
    if (tcb.orphan) orphans++
    found.push(...disagreementsOf(tcb).map((what) => `${host.name}, connection ${tcb.id}, state ${tcb.state}: ${what}`))
  })
  if (orphans !== host.stack.orphans)
    found.push(`${host.name}: ${host.stack.orphans} orphans counted, ${orphans} there`)
  return found
}

function disagreementsOf(tcb: Tcb): string[] {
  if (tcb.done) return ['it is over and still registered']
  // Of such a one no more is kept than of TIME-WAIT.
  if (tcb.light) return []
  return [...inFlight(tcb), ...measures(tcb), ...alive(tcb)]
}

/** The retransmission queue and its counts. */
function inFlight(tcb: Tcb): string[] {
  const { sent, snd } = tcb
  const found: string[] = []
  let [segments, sacked, lost, again] = [0, 0, 0, 0]
  for (let s = sent.head; s !== null; s = s.next) {
    segments++
    if (s.sacked) sacked++
    if (s.lost) lost++
    if (s.retransmitted) again++
    if (s.next !== null && seqLt(s.end, s.next.seq)) found.push('a gap between two segments in flight')
    if (s.next === null && s.end !== snd.nxt) found.push(`the last segment ends at ${s.end}, SND.NXT is ${snd.nxt}`)
    if (s.next !== null && seqLt(s.next.seq, s.end)) found.push('two segments in flight overlap')
  }
  if (segments > 0 !== (snd.una !== snd.nxt))
    found.push(`SND.UNA ${snd.una}, SND.NXT ${snd.nxt}, ${segments} segments in flight`)
  if (sent.packetsOut !== segments) found.push(`${sent.packetsOut} packets out, ${segments} in flight`)
  if (sent.lostOut !== lost) found.push(`${sent.lostOut} lost, ${lost} marked`)
  if (tcb.sackPermitted && sent.sackedOut !== sacked) found.push(`${sent.sackedOut} sacked, ${sacked} marked`)
  // A copy sent before its segment was believed lost counts beside the one sent after, as kernels count it.
  if (sent.retransOut < again) found.push(`${sent.retransOut} sent again, ${again} marked`)
  if (sent.head !== null && seqGt(sent.head.seq, snd.una)) found.push('SND.UNA is in no segment')
  if (seqGt(snd.una, snd.nxt)) found.push('SND.UNA is past SND.NXT')
  return found
}

/** What may be any number, but not any value. */
function measures({ congestion, rto, srtt, rcv, host }: Tcb): string[] {
  const found: string[] = []
  if (!(congestion.window >= 1)) found.push(`a congestion window of ${congestion.window}`)
  if (!(congestion.threshold >= 1)) found.push(`a slow-start threshold of ${congestion.threshold}`)
  // A BSD's first one may be set to anything.
  if (!(rto > 0 && rto <= Math.max(600_000_000, host.config.rtoInitialUs)))
    found.push(`a retransmission timeout of ${rto}`)
  // −1: none was measured.
  if (!(srtt >= -1)) found.push(`a round trip of ${srtt}`)
  if (!(rcv.wnd >= 0 && rcv.wnd < 2 ** 31)) found.push(`a receive window of ${rcv.wnd}`)
  return found
}

/** Whatever waits has a timer that ends the wait. */
function alive(tcb: Tcb): string[] {
  const { snd, sent } = tcb
  const found: string[] = []
  const runs = tcb.retransmitTimer.armed || tcb.persistTimer?.armed === true
  if (sent.packetsOut > 0 && !runs) found.push('something is in flight and no timer runs')
  if (AFTER_FIN.has(tcb.state) && tcb.finSent && snd.una === snd.nxt) found.push('its FIN is acknowledged')
  if (tcb.state === State.FIN_WAIT_2 && tcb.orphan && tcb.finWait2Timer?.armed !== true)
    found.push('an orphan for ever')
  if (OPENING.has(tcb.state)) return found
  const unsent = (tcb.sendBuffer.end - snd.nxt) | 0
  if (!tcb.finSent && unsent < 0) found.push(`${-unsent} octets sent that nobody wrote`)
  const waits = (unsent > 0 || (tcb.finQueued && !tcb.finSent)) && sent.packetsOut === 0
  if (waits && !runs && !tcb.options.cork && tcb.pacingTimer?.armed !== true) {
    found.push(`${unsent} octets wait and nothing runs; window ${snd.wnd}`)
  }
  return found
}
