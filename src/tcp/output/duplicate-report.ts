import { type Seq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'

/** RFC 2883: [left, right) was here already. A second duplicate before the report has left is told only if the two touch. */
export function reportDuplicate(tcb: Tcb, left: Seq, right: Seq): void {
  if (!tcb.sackPermitted || !tcb.host.config.dsack) return
  const report = tcb.sackReport
  if (report.duplicate) {
    if (seqGt(left, report.duplicateRight) || seqGt(report.duplicateLeft, right)) return
    if (seqLt(left, report.duplicateLeft)) report.duplicateLeft = left
    if (seqGt(right, report.duplicateRight)) report.duplicateRight = right
    return
  }
  note(tcb, left, right)
}

/** As above, whatever was to be told before. */
export function reportAnew(tcb: Tcb, left: Seq, right: Seq): void {
  if (tcb.sackPermitted && tcb.host.config.dsack) note(tcb, left, right)
}

function note(tcb: Tcb, left: Seq, right: Seq): void {
  const report = tcb.sackReport
  if (seqLt(left, tcb.rcv.nxt)) tcb.host.counters.TCPDSACKOldSent++
  else tcb.host.counters.TCPDSACKOfoSent++
  report.duplicate = true
  report.duplicateLeft = left
  report.duplicateRight = right
}

/** Text that was sent although it had arrived: reported as far as it is old. */
export function reportOld(tcb: Tcb, left: Seq, right: Seq): void {
  reportAnew(tcb, left, seqLeq(right, tcb.rcv.nxt) ? right : tcb.rcv.nxt)
}
