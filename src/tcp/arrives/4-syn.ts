import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { sendChallengeAck } from '../output/ack.ts'
import { resetSegment, sendReset } from '../output/reset.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { isCrossedSynAck } from './1-sequence.ts'

/**
 * RFC 9293 §3.10.7.4, fourth, with RFC 5961 §4.2: a SYN on a synchronised connection, wherever it stands, is answered by a
 * challenge ACK. A peer that has really restarted answers that with a RST at the right number.
 */
export function checkSyn(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  if ((segment.ctl & Ctl.SYN) === 0) return true
  if (tcb.state === State.LAST_ACK && !tcb.host.policy.laws.lastAckChallengesSyn) {
    sendReset(tcb)
    return false
  }
  if (isCrossedSynAck(tcb, segment)) return true
  if (tcb.state === State.SYN_RECEIVED && !tcb.active) {
    // "Return this connection to the LISTEN state": the listener never left it, so the half-open connection just ends.
    if (tcb.host.policy.resetsHalfOpenOnSyn) resetSegment(tcb.host, segment, ip)
    tcb.host.counters.AttemptFails++
    deleteTcb(tcb, 0)
    return false
  }
  tcb.host.counters.TCPSYNChallenge++
  sendChallengeAck(tcb)
  return false
}
