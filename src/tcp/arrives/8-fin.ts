import { seqGt, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { queueFin } from '../calls/shutdown.ts'
import { scheduleAck, sendAck } from '../output/ack.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { enterTimeWait } from '../timeouts/time-wait.ts'
import { arm, finWait2Timer } from '../timers.ts'
import { setState } from '../transition.ts'
import { finIsAcknowledged } from './5-ack.ts'
import { acknowledgeNow, reachesEarlyFin } from './7-text.ts'

/**
 * RFC 9293 §3.10.7.4, eighth: check the FIN bit. A FIN ahead of missing text is remembered and takes effect when the text is
 * whole.
 */
export function checkFin(tcb: Tcb, segment: TcpSegment): void {
  if ((segment.ctl & Ctl.FIN) !== 0) finSeen(tcb, (segment.seq + segment.dataLength) | 0, segment.dataLength === 0)
  if (reachesEarlyFin(tcb)) takeFin(tcb)
}

/** @param alone it came without text, which would have told of it (`7-text.ts`) */
function finSeen(tcb: Tcb, at: number, alone: boolean): void {
  // A second FIN beyond the first is nonsense; the first one repeated was acknowledged as old text.
  if (tcb.finReceived) return
  // Its place has been taken by an octet of text.
  if (seqLt(at, tcb.rcv.nxt)) return
  if (alone && contradictsQueue(tcb, at)) return acknowledgeNow(tcb)
  // It would end the stream before text that waits.
  if (endsBeforeText(tcb, at)) return acknowledgeNow(tcb)
  // Of two that came early the first ends the stream.
  if (!tcb.finEarly || seqLt(at, tcb.finEarlyAt) || seqLt(tcb.finEarlyAt, tcb.rcv.nxt)) tcb.finEarlyAt = at
  tcb.finEarly = true
  // Where packets are kept whole it stands among those that came early.
  if (seqGt(at, tcb.rcv.nxt) && tcb.host.policy.packetBuffers === null) {
    if (alone && tcb.host.policy.sackList === null) tcb.sackReport.arrived(at, (at + 1) | 0)
    scheduleAck(tcb)
    tcb.acknowledging.atOnce = true
  }
}

function endsBeforeText({ receiveBuffer: buffer, host }: Tcb, at: number): boolean {
  const { packetBuffers, queueRules } = host.policy
  return packetBuffers === null && queueRules === null && buffer.hasGap && seqLt(at, buffer.highest)
}

/** As the whole queue is judged (BSD). */
function contradictsQueue(tcb: Tcb, at: number): boolean {
  const { queueRules } = tcb.host.policy
  return queueRules !== null && (tcb.receiveBuffer.hasGap || tcb.finEarly) && queueRules.contradicts(tcb, at, at, true)
}

/** RCV.NXT passes the FIN; the descriptor will read end of file; the state follows figure 5. */
function takeFin(tcb: Tcb): void {
  tcb.finEarly = false
  tcb.finReceived = true
  tcb.rcv.nxt = (tcb.rcv.nxt + 1) | 0
  if (tcb.host.policy.packetBuffers !== null) tcb.octetsReceived++
  // What came ahead of it is told once more, where the ACK leaves at once.
  if (tcb.state === State.FIN_WAIT_1 || tcb.state === State.FIN_WAIT_2) acknowledgeFin(tcb)
  // Nothing belongs behind it, and nothing is to be told of what was received before.
  if (tcb.host.policy.sackList === null) tcb.sackReport.clear()
  tcb.receiveBuffer.forgetEarly()
  tcb.owner?.ready(tcb)
  switch (tcb.state) {
    case State.ESTABLISHED:
    case State.SYN_RECEIVED:
      return peerClosedFirst(tcb)
    case State.FIN_WAIT_1:
      return finIsAcknowledged(tcb) ? enterTimeWait(tcb) : setState(tcb, State.CLOSING)
    case State.FIN_WAIT_2:
      return enterTimeWait(tcb)
    default:
      // Elsewhere the peer's FIN came before (`finReceived`).
      return
  }
}

/** At once; where ACKs bear our FIN, what is still to be sent comes first. */
function acknowledgeFin(tcb: Tcb): void {
  if (tcb.host.policy.acksRepeatFin && tcb.state === State.FIN_WAIT_1 && !finIsAcknowledged(tcb)) acknowledgeNow(tcb)
  else sendAck(tcb)
}

function peerClosedFirst(tcb: Tcb): void {
  const laws = tcb.host.policy.laws
  if (!laws.closeWaitNeedsClose) {
    setState(tcb, State.CLOSE_WAIT)
    return queueFin(tcb, false)
  }
  // Interactive from here on: if our own FIN follows soon, it carries this ACK (three packets end the connection).
  scheduleAck(tcb)
  tcb.acknowledging.interactive = true
  if (tcb.host.policy.acksEverySecond) tcb.acknowledging.atOnce = true
  if (!laws.finRidesWithAck) sendAck(tcb)
  setState(tcb, State.CLOSE_WAIT)
  if (!laws.closeWaitHasNoTimer) arm(tcb, finWait2Timer(tcb), tcb.host.config.timeWaitUs)
}
