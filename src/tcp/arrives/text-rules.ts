import type { Seq } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { doubtOption } from '../ecn/accurate-option.ts'
import { duplicateChangesPath } from '../flow-label.ts'
import { scheduleAck } from '../output/ack.ts'
import { reportOld } from '../output/duplicate-report.ts'
import { TIMESTAMPS_LENGTH } from '../output/options.ts'
import { stopDelaying } from '../output/quick-acks.ts'
import { clampWindowTo } from '../output/window.ts'
import { segmentExpected, windowOf } from '../receive-memory.ts'
import type { Tcb } from '../tcb.ts'

/** Quick ACKs after a duplicate. */
export const QUICK = 16
const DEFAULT_MSS = 536
const LEAST_MSS = 88
const HEADER = 20
/** Half of the least receive buffer. */
const LEAST_CLAMP = 1152

/**
 * What "full-sized" means is learned from what arrives (RFC 5681 §4.2 counts full-sized segments): larger ones raise it, two equal
 * ones in a row lower it.
 * @param memory what the packet takes of SO_RCVBUF, where that counts; 0: it does not
 */
export function measureSegment(tcb: Tcb, segment: TcpSegment, memory: number): void {
  const a = tcb.acknowledging
  const length = segment.largest
  const before = a.lastSmall
  a.lastSmall = 0
  if (length >= tcb.receiveMss) {
    if (length !== tcb.receiveMss && memory > 0) measureShare(tcb, segment.dataLength, memory)
    tcb.receiveMss = Math.min(length, segmentExpected(tcb))
    if ((segment.ctl & Ctl.PSH) !== 0) a.pushed = Math.max(a.pushed, 1)
    return
  }
  // SACK blocks come and go: what they take is counted as text.
  const usual = length + segment.headerLength - HEADER - (tcb.timestamps ? TIMESTAMPS_LENGTH : 0)
  const whole = length + segment.headerLength - HEADER
  const remarkable = segment.ctl & (Ctl.FIN | Ctl.URG | Ctl.SYN | Ctl.PSH)
  if (whole >= DEFAULT_MSS || (whole >= LEAST_MSS && remarkable === 0)) {
    a.lastSmall = usual
    if (usual === before) {
      tcb.receiveMss = usual
      return
    }
  }
  a.pushed = a.pushed === 0 ? 1 : 2
}

/** How much of a packet's memory is text tells how much text the buffer can hold. */
function measureShare(tcb: Tcb, length: number, memory: number): void {
  const a = tcb.autotuning
  const share = Math.max(1, Math.min(255, Math.floor((length * 256) / memory)))
  if (share === (a.share || tcb.host.policy.windowShare)) return
  a.share = share
  clampWindowTo(tcb, Math.max(LEAST_CLAMP, windowOf(tcb, tcb.options.receiveBuffer)))
  a.space = Math.min(a.space, tcb.windowClamp)
}

/** All of it is here already: our ACK was lost, or the peer is impatient. */
export function duplicate(tcb: Tcb, seq: Seq, end: Seq): void {
  tcb.host.counters.DelayedACKLost++
  duplicateChangesPath(tcb)
  doubtOption(tcb, seq)
  reportOld(tcb, seq, end)
  stopDelaying(tcb, QUICK)
  scheduleAck(tcb)
  if (tcb.host.policy.quickAcks === 0) tcb.acknowledging.atOnce = true
}

/** The window is closed: the peer must learn where it stands (§3.8.6.1). */
export function outsideWindow(tcb: Tcb): void {
  stopDelaying(tcb, QUICK)
  scheduleAck(tcb)
  if (tcb.host.policy.quickAcks === 0) tcb.acknowledging.atOnce = true
}
