import { type Seq, seqGeq, seqGt } from '../base/index.ts'
import { TIMESTAMPS_LENGTH } from './output/options.ts'
import type { TcpPolicy } from './personality.ts'
import { EARLY, ReceivedPackets } from './received-packets.ts'
import type { Tcb, TcbOptions } from './tcb.ts'

/** What waits counts against SO_RCVBUF by so much: text, or whole packets with the system's bookkeeping. */
export function receiveMemory(tcb: Tcb): number {
  const buffer = tcb.receiveBuffer
  if (tcb.host.policy.packetBuffers === null) return buffer.length
  return (buffer.packets?.memory ?? 0) + (tcb.owner?.errors?.memory ?? 0)
}

/** Whether anything waits to be read, the end of the stream included where it came as a packet. */
export function isUnread(tcb: Tcb): boolean {
  const { packets, length } = tcb.receiveBuffer
  return length > 0 || packets?.anyReady === true
}

/** Octets of window that so much memory is worth: as much as text filled of the packets that arrived. */
export function windowOf(tcb: Tcb, memory: number): number {
  return Math.floor((memory * (tcb.autotuning.share || tcb.host.policy.windowShare)) / 256)
}

/** The program waits for so many octets at once (SO_RCVLOWAT): the buffer holds them, if it may grow by itself. */
export function makeRoomFor(tcb: Tcb, octets: number): void {
  const { options, host } = tcb
  if (!host.policy.windowGrows || !growsTo(options, memoryOf(tcb, octets))) return
  tcb.windowClamp = Math.max(tcb.windowClamp, octets)
}

/** The same before there is a connection. */
export function makeRoomAhead(options: TcbOptions, policy: TcpPolicy, octets: number): void {
  if (!policy.windowGrows || !growsTo(options, Math.floor((octets * 256) / policy.windowShare))) return
  options.windowClamp = Math.max(options.windowClamp, octets)
}

function growsTo(options: TcbOptions, memory: number): boolean {
  const grows = !options.receiveBufferFixed && memory > options.receiveBuffer
  if (grows) options.receiveBuffer = memory
  return grows
}

/** Octets of memory that a window of so many octets takes. */
export function memoryOf(tcb: Tcb, window: number): number {
  return Math.floor((window * 256) / (tcb.autotuning.share || tcb.host.policy.windowShare))
}

/** The packets that wait, where packets are what is counted. */
export function packetsOf(tcb: Tcb): ReceivedPackets {
  const buffer = tcb.receiveBuffer
  buffer.packets ??= new ReceivedPackets()
  return buffer.packets
}

/**
 * May another packet, which begins at `seq`, join those that wait? Where they fill the buffer it grows as far as the system lets it
 * by itself, else packets are copied together, and in the end what came early is given up from behind (Linux's tcp_prune_queue).
 */
export function hasRoom(tcb: Tcb, packets: ReceivedPackets, seq: Seq): boolean {
  const { options, host } = tcb
  if (packets.memory <= options.receiveBuffer) return true
  host.counters.PruneCalled++
  clampToMemory(tcb, packets)
  if (packets.memory <= options.receiveBuffer) return true
  collapse(tcb, packets)
  if (packets.memory <= options.receiveBuffer) return true
  giveUpEarly(tcb, packets, seq)
  if (packets.memory <= options.receiveBuffer) return true
  host.counters.RcvPruned++
  tcb.foresees = false
  return false
}

/** The buffer is as large as what it holds, if it may be; else the window becomes two segments. */
function clampToMemory(tcb: Tcb, packets: ReceivedPackets): void {
  const { options, host } = tcb
  tcb.acknowledging.quick = 0
  const most = host.config.receiveBufferMax
  if (options.receiveBuffer < most && !options.receiveBufferFixed)
    options.receiveBuffer = Math.min(packets.memory, most)
  if (packets.memory > options.receiveBuffer)
    tcb.autotuning.threshold = Math.min(tcb.windowClamp, 2 * segmentExpected(tcb))
}

function collapse(tcb: Tcb, packets: ReceivedPackets): void {
  const { counters, policy } = tcb.host
  if (policy.packetBuffers === null) return
  const worth = (memory: number): number => windowOf(tcb, memory)
  const little = tcb.options.receiveBuffer >> 3
  counters.TCPRcvCollapsed += packets.collapseEarly(worth, policy.packetBuffers, little)
  counters.TCPRcvCollapsed += packets.collapse(tcb.receiveBuffer.first, worth, policy.packetBuffers)
}

/** What lies farthest behind the gap goes first, an eighth of the buffer at a time, but nothing before `seq`. */
function giveUpEarly(tcb: Tcb, packets: ReceivedPackets, seq: Seq): void {
  const { early } = packets
  const buffer = tcb.options.receiveBuffer
  let goal = buffer >> 3
  let pruned = false
  while (early.length > 0) {
    const last = early.length - EARLY
    if (seqGt(seq, early[last] as Seq)) break
    pruned = true
    goal -= early[last + 2] as number
    packets.forget(last)
    if (goal > 0 && early.length > 0) continue
    if (packets.memory <= buffer) break
    goal = buffer >> 3
  }
  if (!pruned) return
  tcb.host.counters.OfoPruned++
  let edge = tcb.rcv.nxt
  for (let i = 1; i < early.length; i += EARLY) if (seqGt(early[i] as Seq, edge)) edge = early[i] as Seq
  tcb.receiveBuffer.forgetBeyond(edge)
  if (seqGeq(tcb.finEarlyAt, edge)) tcb.finEarly = false
  tcb.sackReport.clear()
}

/** Octets of text in a segment as this end expects them: its own MSS less what timestamps take. */
export function segmentExpected(tcb: Tcb): number {
  return tcb.advertisedMss - (tcb.timestamps ? TIMESTAMPS_LENGTH : 0)
}
