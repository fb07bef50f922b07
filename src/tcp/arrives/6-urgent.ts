import { type Seq, seqGt, seqLeq } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { passUrgentOctet } from '../calls/receive.ts'
import type { Tcb } from '../tcb.ts'

/**
 * RFC 9293 §3.10.7.4, sixth: check the URG bit. RCV.UP is kept as one past the last urgent octet (RFC 6093 §2.1); with
 * `tcp_stdurg` the pointer counts as RFC 1122 said, at the octet itself.
 */
export function checkUrgent(tcb: Tcb, segment: TcpSegment): void {
  const { takeUrgentApart } = tcb.host.policy
  if (takeUrgentApart !== null) return takeUrgentApart(tcb, segment)
  if ((segment.ctl & Ctl.URG) === 0) {
    if (tcb.urgentReceive && tcb.oobOctet === -1) keepOctet(tcb, segment)
    return
  }
  // MUST-62: RFC 6093 §3.1
  const up = (segment.seq + segment.up + (pointsAtOctet(tcb, segment) ? 1 : 0)) | 0
  if (seqLeq(up, tcb.rcv.nxt)) return
  if (tcb.urgentReceive && !seqGt(up, tcb.rcv.up)) return keepOctet(tcb, segment)
  if (isNextToRead(tcb)) passUrgentOctet(tcb)
  markUrgent(tcb, up)
  keepOctet(tcb, segment)
  // MUST-32: whoever polls hears of it at once
  tcb.owner?.ready(tcb)
}

/** The mark moves on. */
export function markUrgent(tcb: Tcb, up: Seq): void {
  // MUST-30: received
  tcb.rcv.up = up
  tcb.urgentReceive = true
  tcb.foresees = false
  tcb.oobOctet = -1
}

/** The pointer names the urgent octet itself, not the one behind it. */
export function pointsAtOctet({ host: { config, policy } }: Tcb, segment: TcpSegment): boolean {
  return config.standardUrgent || (segment.up === 0 && policy.urgentAtZero)
}

/** Reading has come to an older mark, whose octet is kept out of the stream. */
function isNextToRead(tcb: Tcb): boolean {
  const { receiveBuffer, urgentReceive, options, rcv } = tcb
  return urgentReceive && !options.oobInline && receiveBuffer.length > 0 && ((rcv.up - 1) | 0) === receiveBuffer.first
}

/** The urgent octet, if this segment brings it. */
function keepOctet(tcb: Tcb, segment: TcpSegment): void {
  if (tcb.oobOctet !== -1) return
  const at = (tcb.rcv.up - 1 - segment.seq) | 0
  // Linux looks for it in the header as well, where one has come too late.
  if (at < -segment.headerLength || at >= segment.dataLength) return
  tcb.oobOctet = at < 0 ? 0 : (segment.buf[segment.dataStart + at] as number)
  tcb.urgentArrivals++
}
