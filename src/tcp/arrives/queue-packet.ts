import { type Seq, seqGt, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { takeMark } from '../ecn/received.ts'
import { noteFlowLabel } from '../flow-label.ts'
import { isPlainText, mayForesee } from '../header-prediction.ts'
import { scheduleAck } from '../output/ack.ts'
import { reportAnew } from '../output/duplicate-report.ts'
import { paceAcks } from '../output/quick-acks.ts'
import { hasRoom, packetsOf } from '../receive-memory.ts'
import { type PacketBuffer, type PacketBuffers, packetBuffer, type ReceivedPackets } from '../received-packets.ts'
import { growBuffer, growWindow, measureByWindow } from '../right-sizing.ts'
import { sendMemory } from '../send-memory.ts'
import type { Tcb } from '../tcb.ts'
import { drainEarly, queueEarly } from './early-text.ts'
import { duplicate, measureSegment, outsideWindow } from './text-rules.ts'

const IPV4_HEADER = 20
const IPV6_HEADER = 40

/**
 * The seventh step where whole packets wait to be read (Linux's tcp_data_queue): what goes beyond the window is not cut off, what
 * came early is kept as it came, and who has no room left says so.
 */
export function queuePacket(tcb: Tcb, segment: TcpSegment, buffers: PacketBuffers): void {
  const { rcv } = tcb
  const { seq, len } = segment
  const end = (seq + len) | 0
  if (seq === rcv.nxt) {
    if (rcv.wnd === 0 && segment.dataLength > 0) return refuse(tcb, segment)
    return queueInOrder(tcb, segment, buffers)
  }
  tcb.sackReport.duplicate = false
  if (!seqGt(end, rcv.nxt)) return duplicate(tcb, seq, end)
  // It begins where an open window ends.
  if (((seq - rcv.nxt) | 0) >= rcv.wnd && seqGt(seq, rcv.nxt)) {
    drop(segment)
    return outsideWindow(tcb)
  }
  if (seqLt(seq, rcv.nxt)) {
    reportAnew(tcb, seq, rcv.nxt)
    if (rcv.wnd === 0) return refuse(tcb, segment)
    return queueInOrder(tcb, segment, buffers)
  }
  queueAhead(tcb, segment, buffers)
}

/** No window is open for it. */
function refuse(tcb: Tcb, segment: TcpSegment): void {
  tcb.host.counters.TCPZeroWindowDrop++
  drop(segment)
  outsideWindow(tcb)
}

/** What is not kept has no FIN either. */
function drop(segment: TcpSegment): void {
  segment.ctl &= ~Ctl.FIN
}

/** Octets of the buffer that the segment came in, as far as they are used. */
function octetsOf(tcb: Tcb, segment: TcpSegment, buffers: PacketBuffers): number {
  const ip = tcb.remote.v4 ? IPV4_HEADER : IPV6_HEADER
  return buffers.headroom + ip + segment.headerLength + segment.dataLength
}

/** Text that continues what is in order, in a packet of which nothing needs to be looked at: its ACK says nothing new either. */
export function isForeseenText(tcb: Tcb, segment: TcpSegment): boolean {
  const buffers = tcb.host.policy.packetBuffers
  if (buffers === null) return false
  const packets = packetsOf(tcb)
  packets.foreseen = isPlainText(tcb, packets, segment, packetBuffer(buffers, octetsOf(tcb, segment, buffers)).memory)
  return packets.foreseen
}

function queueInOrder(tcb: Tcb, segment: TcpSegment, buffers: PacketBuffers): void {
  const { rcv, receiveBuffer: buffer } = tcb
  const { seq, dataLength } = segment
  const packets = packetsOf(tcb)
  const used = octetsOf(tcb, segment, buffers)
  const space = packetBuffer(buffers, used)
  const { foreseen } = packets
  // What was to be told of duplicates is forgotten, told or not.
  if (!foreseen && seq === rcv.nxt) tcb.sackReport.duplicate = false
  if (!foreseen && !hasRoom(tcb, packets, seq) && !mayForce(tcb, segment)) return
  const old = (rcv.nxt - seq) | 0
  const fresh = Math.max(0, dataLength - old)
  if (dataLength > 0) {
    const end = (rcv.nxt + fresh) | 0
    // Behind a FIN that comes in its place nothing is kept.
    if ((segment.ctl & Ctl.FIN) !== 0 && buffer.hasGap) buffer.forgetEarly()
    append(tcb, packets, seq, end, dataLength, space, used)
    buffer.insert(rcv.nxt, segment.buf, segment.dataStart + old, fresh)
    rcv.nxt = end
    tcb.octetsReceived += fresh
    noteText(tcb, segment, space)
  } else append(tcb, packets, seq, seq, 0, space, used)
  const early = packets.early.length > 0 && joinEarly(tcb, segment)
  const ends = early || (segment.ctl & Ctl.FIN) !== 0
  // Behind a FIN the ACK that leaves at once tells of them once more.
  if (tcb.sackReport.count > 0 && !ends) tcb.sackReport.covered(rcv.nxt)
  if (foreseen) tcb.host.counters.TCPHPHits++
  else if (mayForesee(tcb)) tcb.foresees = true
  tcb.owner?.ready(tcb)
}

/** Text that comes with a SYN waits as a packet like any other. */
export function appendTextOfSyn(tcb: Tcb, segment: TcpSegment, seq: Seq, end: Seq): void {
  const buffers = tcb.host.policy.packetBuffers
  if (buffers === null) return
  const used = octetsOf(tcb, segment, buffers)
  append(tcb, packetsOf(tcb), seq, end, segment.dataLength, packetBuffer(buffers, used), used)
}

function append(
  tcb: Tcb,
  packets: ReceivedPackets,
  seq: Seq,
  end: Seq,
  length: number,
  { memory, holds }: PacketBuffer,
  used: number,
): void {
  const before = packets.memory
  if (packets.append(seq, end, length, memory, holds - used, tcb.host.now)) tcb.host.counters.TCPRcvCoalesce++
  noteMemory(tcb, packets, before, memory)
}

/** A packet asked for so much memory. @param before what those took that waited */
function noteMemory(tcb: Tcb, packets: ReceivedPackets, before: number, memory: number): void {
  const { packetBuffers } = tcb.host.policy
  if (packetBuffers === null) return
  const sending = sendMemory(tcb)
  packets.setAside(before + sending, packets.memory + sending, memory, packetBuffers.page, tcb.snd.una)
}

/** There is no room: the peer hears so. Only what finds nobody before it is taken all the same. */
function mayForce(tcb: Tcb, segment: TcpSegment): boolean {
  const a = tcb.acknowledging
  a.outOfMemory = true
  a.atOnce = true
  scheduleAck(tcb)
  tcb.owner?.ready(tcb)
  if (tcb.receiveBuffer.length === 0 || segment.dataLength === 0) return true
  tcb.host.counters.TCPRcvQDrop++
  drop(segment)
  return false
}

/** What in-order text tells: of segments, of the path, of the program's pace. */
function noteText(tcb: Tcb, segment: TcpSegment, space: PacketBuffer): void {
  scheduleAck(tcb)
  measureSegment(tcb, segment, space.memory)
  measureByWindow(tcb)
  paceAcks(tcb)
  noteFlowLabel(tcb)
  takeMark(tcb)
  if (segment.dataLength >= WORTH_A_WINDOW) growWindow(tcb, segment.dataLength, space.memory, packetsOf(tcb).memory)
}

/** Smaller segments tell nothing of how much window would be filled. */
const WORTH_A_WINDOW = 128

/**
 * A hole was filled; if it was the last one, that must be confirmed at once (RFC 5681 §4.2).
 * @returns whether an early FIN is reached: what lies behind it counts for nothing
 */
function joinEarly(tcb: Tcb, segment: TcpSegment): boolean {
  const { rcv, receiveBuffer: buffer } = tcb
  const packets = packetsOf(tcb)
  let ends = false
  // A FIN on this segment leaves no text behind it.
  if ((segment.ctl & Ctl.FIN) === 0) {
    const before = rcv.nxt
    ends = drainEarly(tcb, packets)
    if (ends) buffer.endAt(tcb.finEarlyAt)
    rcv.nxt = buffer.end
    tcb.octetsReceived += (rcv.nxt - before) | 0
  }
  if (ends || packets.early.length === 0) tcb.acknowledging.atOnce = true
  return ends
}

/** Text or FIN behind a gap: what the next ACK will say of it. */
function queueAhead(tcb: Tcb, segment: TcpSegment, buffers: PacketBuffers): void {
  const { host, receiveBuffer: buffer } = tcb
  const { seq, dataLength } = segment
  const end: Seq = (seq + segment.len) | 0
  const packets = packetsOf(tcb)
  noteFlowLabel(tcb)
  takeMark(tcb)
  if (!hasRoom(tcb, packets, seq)) {
    host.counters.TCPOFODrop++
    tcb.owner?.ready(tcb)
    return drop(segment)
  }
  tcb.foresees = false
  scheduleAck(tcb)
  tcb.earlySegments += segment.segments
  host.counters.TCPOFOQueue++
  const used = octetsOf(tcb, segment, buffers)
  const { holds, memory } = packetBuffer(buffers, used)
  measureSegment(tcb, segment, memory)
  const before = packets.memory
  const kept = queueEarly(tcb, packets, seq, end, dataLength, memory, holds - used)
  noteMemory(tcb, packets, before, memory)
  buffer.insert(seq, segment.buf, segment.dataStart, dataLength)
  // A FIN is part of its packet, and goes with it.
  if (!kept) drop(segment)
  tcb.sackReport.arrived(seq, end)
  // Without SACK the window stays as it is, so that the ACK is a duplicate.
  if (kept && tcb.sackPermitted) growWindow(tcb, dataLength, memory, before)
  if (!tcb.orphan && tcb.listener === null) growBuffer(tcb, tcb.autotuning.space)
}
