import type { Seq } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import type { TcpHost } from '../host.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { acceptableSequence } from './acceptable-sequence.ts'
import { emit, emitReply } from './emit.ts'
import { effectiveMss } from './mss.ts'

/** From here on listeners are silent too. */
const BLACKHOLE_LISTENERS = 3

/** §3.10.5 ABORT: <SEQ=SND.NXT><CTL=RST>, with the ACK that every synchronised segment has. */
export function sendReset(tcb: Tcb): void {
  // To the BSDs the connection is over by now: its reset tells nothing of gaps.
  if (tcb.host.policy.sackList !== null) tcb.sackReport.clear()
  const held = heldText(tcb)
  const push = held > 0 && ((tcb.snd.nxt + held) | 0) === tcb.sendBuffer.end ? Ctl.PSH : 0
  emit(tcb, sequenceOfReset(tcb), Ctl.RST | Ctl.ACK | push, held, false)
}

/** Octets that Nagle's algorithm held back: to the BSDs a reset is a segment that has to leave, and takes them along; not by Fast Open. */
function heldText(tcb: Tcb): number {
  const { host, snd, congestion, state, sendBuffer } = tcb
  if (!host.policy.resendsFromBuffer || tcb.fastOpen !== null || tcb.persistTimer?.armed) return 0
  if (state !== State.ESTABLISHED && state !== State.CLOSE_WAIT) return 0
  const room = (Math.min(snd.wnd, congestion.window) - (snd.nxt - snd.una)) | 0
  return Math.max(Math.min((sendBuffer.end - snd.nxt) | 0, room, effectiveMss(tcb)), 0)
}

/** Where probing is given up the octet that asked counts as sent (BSD). */
function sequenceOfReset(tcb: Tcb): Seq {
  const asked = tcb.probedAhead && tcb.persistTimer?.armed === false && tcb.host.policy.resendsFromBuffer
  return asked ? (tcb.snd.nxt + 1) | 0 : acceptableSequence(tcb)
}

/** What a listener cannot use is answered so, unless the system would rather not be seen (`blackhole`). */
export function resetUseless(host: TcpHost, segment: TcpSegment, ip: IpHeader, listener: Tcb | null = null): void {
  if (host.config.blackhole < BLACKHOLE_LISTENERS) resetSegment(host, segment, ip, listener)
}

/**
 * §3.5.2 group 1: resets the sender of a segment that belongs nowhere. With ACK the reset takes its sequence number from
 * there; without, it has number zero and acknowledges what came.
 * @param tcb the connection or listener that refuses the segment, where it is to be heard in the reset
 */
export function resetSegment(host: TcpHost, segment: TcpSegment, ip: IpHeader, tcb: Tcb | null = null): void {
  if ((segment.ctl & Ctl.RST) !== 0) return
  if ((segment.ctl & Ctl.ACK) !== 0) emitReply(host, segment, ip, segment.ack, 0, Ctl.RST, tcb)
  else emitReply(host, segment, ip, 0, (segment.seq + segment.len) | 0, Ctl.RST | Ctl.ACK, tcb)
}
