import { Errno, seqGt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { updatePacingRate } from '../congestion/pacing.ts'
import { deleteTcb } from '../delete.ts'
import { reflection, takeCrossedSyn, takeEcnSynAck } from '../ecn/handshake.ts'
import { isDeferred, takeFastOpenSyn, takeFastOpenSynAck } from '../fast-open/client.ts'
import { takeOffer } from '../negotiate.ts'
import { goOnFrom } from '../octets/pipe.ts'
import { postponeAck, scheduleAck, sendAck } from '../output/ack.ts'
import { resetSegment } from '../output/reset.ts'
import { transmitLost } from '../output/send.ts'
import { sendSyn } from '../output/syn.ts'
import { enterBlamelessLoss } from '../recovery/blameless.ts'
import { markLost } from '../recovery/rack.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { arm } from '../timers.ts'
import { setState } from '../transition.ts'
import { waitForFin } from './5-ack.ts'
import { checkUrgent } from './6-urgent.ts'
import { processText } from './7-text.ts'
import { checkFin } from './8-fin.ts'
import { takeAcknowledgment } from './ack-arrived.ts'
import { afterArrival } from './after.ts'
import { becomeEstablished } from './established.ts'
import { holdText } from './held-text.ts'
import { forgiveLostSyn, holdLoss, takeBackLoss, wasNeedless } from './lost-syn.ts'
import { echoesSyn } from './paws.ts'

/** Two ticks of a 250 Hz clock, as soon as Linux can. */
const SYN_AGAIN_US = 8000

/** RFC 9293 §3.10.7.3: first ACK, second RST, (third security,) fourth SYN. */
export function arrivesInSynSent(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const both = Ctl.SYN | Ctl.FIN
  if ((segment.ctl & both) === both && tcb.host.config.dropSynFin) return
  const hasAck = (segment.ctl & Ctl.ACK) !== 0
  if (hasAck && !acknowledgesSyn(tcb, segment)) return refuse(tcb, segment, ip)
  if (hasAck && isStrangeEcho(tcb, segment)) {
    tcb.host.counters.PAWSActive++
    return resetSegment(tcb.host, segment, ip)
  }
  if ((segment.ctl & Ctl.RST) !== 0) {
    if (hasAck) {
      tcb.host.counters.AttemptFails++
      deleteTcb(tcb, Errno.ECONNREFUSED)
    } else if ((segment.ctl & Ctl.SYN) !== 0 && tcb.host.policy.trimming !== null) takeRefusedOffer(tcb, segment)
    return
  }
  if ((segment.ctl & Ctl.SYN) === 0) return
  // DIFFERS: Linux goes on to SYN-RECEIVED without a segment, because it has no SYN to answer with; then its first write sends one all the same.
  if (isDeferred(tcb)) return
  takeSyn(tcb, segment)
  if (hasAck) takeEcnSynAck(tcb, segment, ip)
  else takeCrossedSyn(tcb, segment, ip)
  if (!hasAck) takeFastOpenSyn(tcb, segment)
  if (!hasAck && segment.mss > 0) tcb.host.policy.bufferSteps?.round(tcb)
  // Linux lets it come again.
  if (!hasAck && tcb.host.policy.trimming !== null) holdText(tcb, segment, tcb.rcv.nxt)
  if (hasAck) completeActiveOpen(tcb, segment)
  // MUST-10: a SYN without ACK crosses ours
  else crossedSyns(tcb)
}

/** An old connection of the peer's answers our SYN: the RST makes it forget, and a system may ask again at once. */
function refuse(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  resetSegment(tcb.host, segment, ip, tcb)
  if (tcb.host.policy.repeatsSynAfterReset && tcb.retransmits === 0 && !isDeferred(tcb)) {
    arm(tcb, tcb.retransmitTimer, SYN_AGAIN_US)
  }
}

/** SND.UNA < SEG.ACK =< SND.NXT, with SND.UNA = ISS; anything else is an old connection's. */
function acknowledgesSyn(tcb: Tcb, segment: TcpSegment): boolean {
  return seqGt(segment.ack, tcb.iss) && !seqGt(segment.ack, tcb.snd.nxt)
}

/** RFC 7323 §3.2: the echo must be one of ours. */
function isStrangeEcho(tcb: Tcb, segment: TcpSegment): boolean {
  const { policy, config } = tcb.host
  // Whether or not our SYN had any.
  if (!policy.refusesStrangeEcho || !config.timestamps || !segment.timestamps || segment.tsEcr === 0) return false
  return !echoesSyn(tcb, segment, tcb.host.now)
}

/** The BSDs read a SYN's options before they look at its RST: what it does not offer is not asked for again. */
function takeRefusedOffer(tcb: Tcb, segment: TcpSegment): void {
  tcb.snd.wnd = segment.wnd
  takeOffer(tcb, segment)
  if (segment.mss > 0) tcb.host.policy.bufferSteps?.round(tcb)
}

function takeSyn(tcb: Tcb, segment: TcpSegment): void {
  tcb.irs = segment.seq
  tcb.rcv.nxt = (segment.seq + 1) | 0
  tcb.rcv.wup = tcb.rcv.nxt
  tcb.rcv.up = tcb.rcv.nxt
  tcb.rcv.edge = (tcb.rcv.edge + tcb.rcv.nxt) | 0
  tcb.receiveBuffer.first = tcb.rcv.nxt
  tcb.snd.wnd = segment.wnd
  tcb.snd.maxWnd = segment.wnd
  takeOffer(tcb, segment)
  // To the BSDs the SYN,ACK's window was told at its text's number: none that is narrower counts there any more.
  const told = tcb.host.policy.trimming !== null && (segment.ctl & Ctl.ACK) !== 0 ? 1 : 0
  tcb.snd.wl1 = (segment.seq + told) | 0
  tcb.snd.wl2 = segment.ack
}

/** Our SYN is acknowledged: ESTABLISHED, and the peer hears so. Text and FIN on the SYN-ACK are taken at once. */
function completeActiveOpen(tcb: Tcb, segment: TcpSegment): void {
  const again = takeFastOpenSynAck(tcb, segment)
  const text = takesText(tcb, segment, again)
  const needless = wasNeedless(tcb, segment)
  const lost = forgiveLostSyn(tcb)
  takeAcknowledgment(tcb, segment)
  if (tcb.fastOpen?.dataAcked === true && tcb.recovery.delivered > 1) tcb.recovery.delivered--
  tcb.lastDataSentAt = tcb.host.now
  tcb.lastDataReceivedAt = tcb.host.now
  becomeEstablished(tcb, segment.mss > 0)
  tcb.foresees = tcb.sndScale === 0
  if (lost) {
    // The pace stays that of the lost SYN until text is acknowledged.
    updatePacingRate(tcb, 1)
    holdLoss(tcb)
  }
  if (needless) takeBackLoss(tcb)
  // shutdown() came first, where it waits for the handshake.
  if (tcb.finQueued) {
    setState(tcb, State.FIN_WAIT_1)
    // It had left with the SYN, or behind it.
    waitForFin(tcb)
  }
  const first = tcb.host.policy.synAckTextNeedsFastOpen
  // The data of the SYN leave once more, and their ACK is the handshake's.
  if (again && first) sendTextAgain(tcb)
  if (text) takeText(tcb, segment)
  // What leaves again has brought the ACK.
  if (again && first) return afterArrival(tcb)
  if ((text && !first) || tcb.sendBuffer.length > 0 || tcb.finQueued) {
    scheduleAck(tcb)
    tcb.acknowledging.atOnce = true
  } else {
    if (tcb.host.policy.quickAcks > 0 && savesAck(tcb)) return postponeAck(tcb)
    sendAck(tcb, reflection(tcb))
  }
  // Elsewhere they bring the ACK of what came with the answer.
  if (again) sendTextAgain(tcb)
  afterArrival(tcb)
}

function takeText(tcb: Tcb, segment: TcpSegment): void {
  const { acknowledging } = tcb
  const { delayUs } = acknowledging
  // Linux counts them once more.
  if (segment.dataLength > 0 && tcb.host.policy.synAckTextNeedsFastOpen) tcb.dataSegmentsIn++
  if (tcb.fastOpen !== null) tcb.fastOpen.dataAcked = true
  // The FIN is no octet here.
  if ((segment.ctl & Ctl.FIN) !== 0 && tcb.host.policy.synAckTextNeedsFastOpen) tcb.octetsReceived--
  segment.seq = (segment.seq + 1) | 0
  tcb.host.policy.trimming?.cutText(tcb, segment)
  checkUrgent(tcb, segment)
  processText(tcb, segment)
  checkFin(tcb, segment)
  // Nor does it take them for text that ACKs are timed by.
  if (tcb.host.policy.synAckTextNeedsFastOpen) acknowledging.delayUs = delayUs
}

/** Text and FIN of a SYN-ACK: everywhere, or for whoever asked for Fast Open and was not refused (Linux). */
function takesText(tcb: Tcb, segment: TcpSegment, refused: boolean): boolean {
  if (segment.dataLength === 0 && (segment.ctl & Ctl.FIN) === 0) return false
  if (!tcb.host.policy.synAckTextNeedsFastOpen) return true
  const fast = tcb.fastOpen
  return fast !== null && (fast.asked || fast.data > 0) && !refused
}

/** The SYN's text was not taken: it is lost, although the path is not to blame. */
function sendTextAgain(tcb: Tcb): void {
  const { head } = tcb.sent
  if (head === null) return
  if (tcb.octets !== null) return goOnFrom(tcb, tcb.octets, tcb.snd.una)
  markLost(tcb, head)
  enterBlamelessLoss(tcb)
  transmitLost(tcb)
}

/** Linux saves the handshake's last ACK where data are about to carry it. */
function savesAck(tcb: Tcb): boolean {
  return tcb.writePending || tcb.options.deferAccept > 0 || tcb.acknowledging.interactive
}

/** Simultaneous open: both SYNs crossed. <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>. */
function crossedSyns(tcb: Tcb): void {
  setState(tcb, State.SYN_RECEIVED)
  sendSyn(tcb, true, false)
  // What is answered is this one: the peer could not acknowledge the first.
  if (tcb.sent.head !== null) tcb.sent.head.sentAt = tcb.host.now
  // The SYN,ACK is waited for as long as the last SYN was, from now on (BSD).
  if (tcb.host.policy.lightHalfOpen !== null) restartRetransmit(tcb)
}
