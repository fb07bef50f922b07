import { seqGt, seqLeq } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { UrgentOctets } from '../urgent-octets.ts'
import { markUrgent, pointsAtOctet } from './6-urgent.ts'

/** The last octet of what each segment says is urgent comes out of the stream, if that segment brings it, whether it moves the mark or not (BSD). */
export function takeUrgentApart(tcb: Tcb, segment: TcpSegment): void {
  if ((segment.ctl & Ctl.URG) === 0 || !mayHaveMore(tcb.state)) return
  const distance = segment.up + (pointsAtOctet(tcb, segment) ? 1 : 0)
  const up = (segment.seq + distance) | 0
  if (distance === 0 || seqLeq(up, tcb.rcv.nxt)) return
  const isNews = !tcb.urgentReceive || seqGt(up, tcb.rcv.up)
  if (isNews) markUrgent(tcb, up)
  if (distance <= segment.dataLength && !tcb.options.oobInline) {
    tcb.oobOctet = segment.buf[segment.dataStart + distance - 1] as number
    tcb.urgentApart ??= new UrgentOctets()
    tcb.urgentApart.takeOut((up - 1) | 0)
  }
  if (isNews) tcb.owner?.ready(tcb)
}

/** Behind a FIN nothing is urgent any more. */
function mayHaveMore(state: State): boolean {
  return state === State.ESTABLISHED || state === State.FIN_WAIT_1 || state === State.FIN_WAIT_2
}
