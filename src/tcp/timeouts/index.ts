import { assert } from '../../base/index.ts'
import { onAckCompressionTimeout } from '../output/ack.ts'
import { onReorderingTimeout } from '../recovery/reordering-timeout.ts'
import type { Tcb } from '../tcb.ts'
import { TimerAction, TimerSlot } from '../trace-sink.ts'
import { onDelayedAckTimeout } from './delayed-ack.ts'
import { onFinWait2Timeout } from './fin-wait-2.ts'
import { onKeepaliveTimeout } from './keepalive.ts'
import { onProbeTimeout } from './loss-probe.ts'
import { onPaceTimeout } from './pace.ts'
import { onPersistTimeout } from './persist.ts'
import { onRetransmitTimeout } from './retransmit.ts'
import { onUserTimeout } from './user.ts'

/** RFC 9293 §3.10.8: a timer has run out. The host's wheel calls this. */
export function onTimer(tcb: Tcb, slot: number): void {
  const host = tcb.host
  if (host.trace !== null) host.trace.timer(host.now, tcb.id, slot as TimerSlot, TimerAction.FIRED, 0)
  switch (slot) {
    case TimerSlot.RETRANSMIT:
      return onRetransmitTimeout(tcb)
    case TimerSlot.LOSS_PROBE:
      return onProbeTimeout(tcb)
    case TimerSlot.REORDERING:
      return onReorderingTimeout(tcb)
    case TimerSlot.PERSIST:
      return onPersistTimeout(tcb)
    case TimerSlot.DELAYED_ACK:
      return onDelayedAckTimeout(tcb)
    case TimerSlot.ACK_COMPRESSION:
      return onAckCompressionTimeout(tcb)
    case TimerSlot.PACING:
      return onPaceTimeout(tcb)
    case TimerSlot.KEEPALIVE:
      return onKeepaliveTimeout(tcb)
    case TimerSlot.FIN_WAIT_2:
      return onFinWait2Timeout(tcb)
    case TimerSlot.USER:
      return onUserTimeout(tcb)
    default:
      assert(false, `no such timer: ${slot}`)
  }
}
