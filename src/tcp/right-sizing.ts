import { type Seq, seqLt } from '../base/index.ts'
import type { TcpSegment } from '../wire/index.ts'
import { memoryOf, segmentExpected, windowOf } from './receive-memory.ts'
import { echoedRoundTrip } from './rtt.ts'
import type { Tcb } from './tcb.ts'

/** The connection is established: what has been offered is the base. */
export function beginAutotuning(tcb: Tcb, initial: number): void {
  const a = tcb.autotuning
  a.threshold = Math.min(a.threshold, tcb.windowClamp)
  a.space = Math.min(a.threshold, initial, 10 * segmentExpected(tcb))
  a.readSeq = tcb.receiveBuffer.first
  a.readSince = tcb.host.now
}

/**
 * Text arrived in a packet that takes so much memory: what is offered may grow by twice its length, if the packet is not too empty.
 * @param used what all that wait take
 */
export function growWindow(tcb: Tcb, length: number, memory: number, used: number): void {
  const a = tcb.autotuning
  const space = windowOf(tcb, tcb.options.receiveBuffer - used)
  const room = Math.min(tcb.windowClamp, space) - a.threshold
  if (room <= 0) return
  const most = windowOf(tcb, memory) <= length ? 2 * segmentExpected(tcb) : growthInSmall(tcb, length, memory)
  if (most === 0) return
  a.threshold += Math.min(room, Math.max(most, 2 * length))
  if (tcb.host.policy.quickAcks > 0) tcb.acknowledging.quick |= 1
}

/** The smaller the window still is, the emptier packets may be. */
function growthInSmall(tcb: Tcb, length: number, memory: number): number {
  let worth = windowOf(tcb, memory) >> 1
  let window = windowOf(tcb, tcb.host.config.receiveBufferMax) >> 1
  while (tcb.autotuning.threshold <= window) {
    if (worth <= length) return 2 * tcb.receiveMss
    worth >>= 1
    window >>= 1
  }
  return 0
}

/** The echo of a timestamp of ours has come with a full segment. */
export function measureByEcho(tcb: Tcb, segment: TcpSegment): void {
  const a = tcb.autotuning
  if (!tcb.timestamps || !segment.timestamps || segment.tsEcr === 0 || segment.tsEcr === a.lastEcho) return
  a.lastEcho = segment.tsEcr
  if (segment.dataLength < tcb.receiveMss) return
  const rtt = echoedRoundTrip(tcb, segment.tsEcr, 0)
  if (rtt <= 0) return
  if (a.rttEighths === 0 || rtt * 8 < a.rttEighths) a.rttEighths = rtt * 8
  // While the program does not read, the peer's silence says nothing of the path.
  else if (tcb.receiveBuffer.length === 0) a.rttEighths += rtt - (a.rttEighths >> 3)
}

/** A window that was offered fills in one round trip at the earliest: the least such time counts. */
export function measureByWindow(tcb: Tcb): void {
  const a = tcb.autotuning
  const { rcv } = tcb
  const { now } = tcb.host
  if (a.roundStart >= 0) {
    if (seqLt(rcv.nxt, a.roundEnd)) return
    const rtt = Math.max(now - a.roundStart, 1) * 8
    if (a.rttEighths === 0 || rtt < a.rttEighths) a.rttEighths = rtt
  }
  a.roundEnd = (rcv.nxt + ((rcv.edge - rcv.wup) | 0)) | 0
  a.roundStart = now
}

/** recv() has taken octets up to `read`: once a round trip, more of them than ever before make the buffer grow. */
export function noteReading(tcb: Tcb, read: Seq): void {
  if (tcb.host.policy.bufferSteps !== null) return
  const a = tcb.autotuning
  const { now } = tcb.host
  const elapsed = now - a.readSince
  if (a.rttEighths === 0 || elapsed < a.rttEighths >> 3) return
  // What waits still belongs to the next round trip.
  const waiting = tcb.host.policy.windowGrows ? (tcb.rcv.nxt - read) | 0 : 0
  const octets = ((read - a.readSeq) | 0) - waiting
  if (octets > a.space) growBuffer(tcb, octets)
  a.readSeq = read
  a.readSince = now
}

/** The program reads so many octets in a round trip; twice as many shall find room in the next, and what a gap holds back. */
export function growBuffer(tcb: Tcb, octets: number): void {
  const a = tcb.autotuning
  const { config } = tcb.host
  const before = Math.max(a.space, 1)
  a.space = octets
  if (!config.moderateReceiveBuffer || tcb.options.receiveBufferFixed) return
  let window = 2 * octets
  window += 2 * Math.floor((window * (octets - before)) / before)
  if (tcb.receiveBuffer.hasGap) window += (tcb.receiveBuffer.highest - tcb.rcv.nxt) | 0
  const buffer = Math.min(memoryOf(tcb, window), config.receiveBufferMax)
  if (buffer <= tcb.options.receiveBuffer) return
  tcb.options.receiveBuffer = buffer
  tcb.windowClamp = windowOf(tcb, buffer)
}
