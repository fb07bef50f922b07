import { seqGt, seqLt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { acknowledgeFinBare, answerBare } from '../output/ack.ts'
import { resetSegment } from '../output/reset.ts'
import type { Tcb } from '../tcb.ts'
import { enterTimeWait } from '../timeouts/time-wait.ts'
import { Note } from '../trace-sink.ts'

/**
 * DIFFERS: from §3.10.7.4, because Linux does: of an orphan in FIN-WAIT-2 only what TIME-WAIT needs is kept, so that a busy server's
 * orphans cost little. It waits for one thing, the peer's FIN, and resets a peer that wants anything else.
 */
export function arrivesInLightFinWait2(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  // A RST that misses the window is answered too: Linux does not look further.
  if (isOldByTimestamp(tcb, segment) || isOutside(tcb, segment)) return answerBare(tcb, segment)
  if ((segment.ctl & Ctl.RST) !== 0) return deleteTcb(tcb, 0)
  if ((segment.ctl & Ctl.SYN) !== 0 && !seqLt(segment.seq, tcb.rcv.nxt)) return refuse(tcb, segment, ip)
  if ((segment.ctl & Ctl.ACK) === 0 || segment.len === 0) return
  const end = (segment.seq + segment.len) | 0
  if (!seqGt(end, tcb.rcv.nxt)) return
  if ((segment.ctl & Ctl.FIN) === 0 || end !== ((tcb.rcv.nxt + 1) | 0)) return refuse(tcb, segment, ip)
  tcb.finReceived = true
  tcb.rcv.nxt = end
  tcb.rcv.edge = (tcb.rcv.edge + 1) | 0
  if (tcb.timestamps && segment.timestamps) tcb.tsRecent = segment.tsVal
  acknowledgeFinBare(tcb)
  enterTimeWait(tcb)
}

/** RFC 7323 §5.3, to the tick. */
function isOldByTimestamp(tcb: Tcb, segment: TcpSegment): boolean {
  return tcb.timestamps && segment.timestamps && seqLt(segment.tsVal, tcb.tsRecent)
}

/** Table 6 with a window that no longer moves; what has no length may stand at its right edge. */
function isOutside(tcb: Tcb, segment: TcpSegment): boolean {
  const { nxt, edge } = tcb.rcv
  const end = (segment.seq + segment.len) | 0
  if (segment.seq === nxt || (segment.seq === edge && segment.len === 0)) return false
  return !seqLt(segment.seq, edge) || !seqGt(end, nxt)
}

function refuse(tcb: Tcb, segment: TcpSegment, ip: IpHeader): void {
  const host = tcb.host
  host.trace?.note(host.now, tcb.id, Note.DATA_AFTER_CLOSE, segment.dataLength)
  resetSegment(host, segment, ip)
  deleteTcb(tcb, 0)
}
