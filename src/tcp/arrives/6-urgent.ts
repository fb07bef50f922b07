import { seqGt, seqLeq } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/**
 * RFC 9293 §3.10.7.4, sixth: check the URG bit. RCV.UP is kept as one past the last urgent octet (RFC 6093 §2.1); with
 * `tcp_stdurg` the pointer counts as RFC 1122 said, at the octet itself.
 */
export function checkUrgent(tcb: Tcb, segment: TcpSegment): void {
  if ((segment.ctl & Ctl.URG) === 0) return
  if (tcb.state !== State.ESTABLISHED && tcb.state !== State.FIN_WAIT_1 && tcb.state !== State.FIN_WAIT_2) return
  // MUST-62: RFC 6093 §3.1
  const up = (segment.seq + segment.up + (pointsAtOctet(tcb, segment) ? 1 : 0)) | 0
  if (seqLeq(up, tcb.receiveBuffer.first)) return
  if (tcb.urgentReceive && !seqGt(up, tcb.rcv.up)) return
  // MUST-30: received
  tcb.rcv.up = up
  tcb.urgentReceive = true
  tcb.foresees = false
  tcb.oobOctet = -1
  // MUST-32: whoever polls hears of it at once
  tcb.owner?.ready(tcb)
}

/** The pointer names the urgent octet itself, not the one behind it. */
function pointsAtOctet({ host: { config, policy } }: Tcb, segment: TcpSegment): boolean {
  return config.standardUrgent || (segment.up === 0 && policy.urgentAtZero)
}
