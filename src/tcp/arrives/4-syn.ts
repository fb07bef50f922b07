import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { sendChallengeAck } from '../output/ack.ts'
import { sendReset } from '../output/reset.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { isCrossedSynAck } from './1-sequence.ts'

/**
 * RFC 9293 §3.10.7.4, fourth, with RFC 5961 §4.2: a SYN on a synchronised connection, wherever it stands, is answered by a
 * challenge ACK. A peer that has really restarted answers that with a RST at the right number.
 */
export function checkSyn(tcb: Tcb, segment: TcpSegment): boolean {
  if ((segment.ctl & Ctl.SYN) === 0) return true
  if (tcb.state === State.LAST_ACK && !tcb.host.policy.laws.lastAckChallengesSyn) {
    sendReset(tcb)
    return false
  }
  if (isCrossedSynAck(tcb, segment)) return true
  tcb.host.counters.TCPSYNChallenge++
  sendChallengeAck(tcb)
  return false
}
