import { seqGt } from '../../base/index.ts'
import { Nagle, transmitLost, transmitPending } from '../output/send.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { Resend } from './resend.ts'

/** Sends what recovery asked for, now that the window is set. */
export function resendAfterAck(tcb: Tcb, resend: Resend): void {
  if (resend === Resend.NOTHING || tcb.state === State.SYN_SENT) return
  const r = tcb.recovery
  if (resend === Resend.NEW) {
    transmitPending(tcb, Nagle.OFF)
    if (seqGt(tcb.snd.nxt, r.highSeq)) return
    r.frto = false
  }
  transmitLost(tcb)
}
