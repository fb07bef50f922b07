import type { Seq } from '../../base/index.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { isProbed } from '../timeouts/arm.ts'

/** SND.NXT, unless the peer would take that for outside of the window that it has meanwhile taken back. */
export function acceptableSequence(tcb: Tcb): Seq {
  const { una, wnd, nxt } = tcb.snd
  if (tcb.sent.packetsOut > 0 && isProbed(tcb)) return una
  // To a system that keeps half-open connections as requests the SYN-ACK is as good as acknowledged.
  const syn = tcb.state === State.SYN_RECEIVED && !tcb.active ? 1 : 0
  const edge = (una + syn + wnd) | 0
  const beyond = (nxt - edge) | 0
  if (beyond <= 0 || !tcb.host.policy.acksWithinWindow) return nxt
  // What a rounded window cannot say is no beyond.
  return tcb.scaling && beyond < 1 << tcb.rcvScale ? nxt : edge
}
