import { seqLt } from '../base/index.ts'
import { Ctl, type TcpSegment } from '../wire/index.ts'
import { foreseenBits } from './ecn/received.ts'
import { TIMESTAMPS_LENGTH } from './output/options.ts'
import type { ReceivedPackets } from './received-packets.ts'
import { sendMemory } from './send-memory.ts'
import { State } from './state.ts'
import type { Tcb } from './tcb.ts'

/**
 * Header prediction, as Linux has it: of a segment that says nothing new but the text it brings, or the text it acknowledges, less is looked at.
 * What that leaves out can be seen from outside, and it is counted.
 */

const HEADER = 20

/** Whether nothing stands against foreseeing the next segment. */
export function mayForesee({ rcv, receiveBuffer, options, urgentReceive }: Tcb): boolean {
  const { packets } = receiveBuffer
  if (((rcv.edge - rcv.wup) | 0) <= 0 || urgentReceive) return false
  return packets === null || (packets.early.length === 0 && packets.memory < options.receiveBuffer)
}

/** Bits and options are those of any segment, and it is no older than the last. */
function looksLikeAllOthers(tcb: Tcb, segment: TcpSegment): boolean {
  return (
    (segment.ctl & ~Ctl.PSH) === foreseenBits(tcb) &&
    segment.headerLength === HEADER + (tcb.timestamps ? TIMESTAMPS_LENGTH : 0) &&
    !(tcb.timestamps && seqLt(segment.tsVal, tcb.tsRecent))
  )
}

/** The window is that of the segment before. */
function keepsWindow(tcb: Tcb, segment: TcpSegment): boolean {
  return segment.wnd << tcb.sndScale === tcb.snd.wnd
}

/** A segment in its place that says nothing out of the ordinary, whatever it acknowledges. */
export function isPlain(tcb: Tcb, segment: TcpSegment): boolean {
  return (
    tcb.foresees &&
    segment.seq === tcb.rcv.nxt &&
    tcb.state === State.ESTABLISHED &&
    keepsWindow(tcb, segment) &&
    looksLikeAllOthers(tcb, segment)
  )
}

/** The same of text, whose packet must fit the pages that are taken already: then nobody looks at SO_RCVBUF. @param memory what the packet takes */
export function isPlainText(tcb: Tcb, packets: ReceivedPackets, segment: TcpSegment, memory: number): boolean {
  const { packetBuffers } = tcb.host.policy
  if (packetBuffers === null || !isPlain(tcb, segment)) return false
  return memory <= packets.leftAside(packets.memory + sendMemory(tcb), packetBuffers.page, tcb.snd.una)
}
