import { sendChallengeAck } from '../output/ack.ts'
import { sendReset } from '../output/reset.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/**
 * RFC 5961 §4.2: a SYN on a synchronised connection, in the window or beside it, old or new, is answered by a challenge ACK. A peer
 * that has really restarted answers that with a RST at the right number.
 * @param bits what the answer says in its ACE field; 0: nothing special
 */
export function challengeSyn(tcb: Tcb, bits = 0): void {
  if (tcb.state === State.LAST_ACK && !tcb.host.policy.laws.lastAckChallengesSyn) {
    sendReset(tcb)
    return
  }
  if (tcb.state === State.ESTABLISHED) tcb.host.counters.InErrs++
  tcb.host.counters.TCPSYNChallenge++
  sendChallengeAck(tcb, bits)
}
