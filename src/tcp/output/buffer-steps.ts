import { type Micros, MS } from '../../base/index.ts'
import { firstWindow } from '../congestion/unit.ts'
import type { BufferSteps } from '../personality.ts'
import type { Tcb } from '../tcb.ts'

/**
 * How the BSDs' buffers grow (`policy.bufferSteps`): the send buffer by a step when it is nearly full and both windows would take
 * more, the receive buffer by half of itself when three eighths of it came within half a round trip.
 */

/** What of a buffer's octets counts, where clusters of 2048 come with 256 of bookkeeping. */
const CLUSTER = 2048
const BOOKKEEPING = 256

/** The largest buffer that the system lets a socket have. */
function largest(tcb: Tcb): number {
  return Math.floor((tcb.host.config.windowScaleFor * CLUSTER) / (CLUSTER + BOOKKEEPING))
}

/** Before something is sent. */
function growSendBuffer(tcb: Tcb): void {
  const { options, sendBuffer, snd, host } = tcb
  const { sendBufferMax, sendBufferStep, sendBufferGrows, sendBufferLowat } = host.config
  if (!sendBufferGrows || options.sendBufferFixed) return
  const used = sendBuffer.length
  const spared = sendBufferLowat ? CLUSTER : 0
  const window = Math.min(snd.wnd, tcb.congestion.window)
  const unsent = used - ((snd.nxt - snd.una) | 0)
  if (Math.floor(snd.wnd / 4) * 5 < options.sendBuffer - spared) return
  if (used < Math.floor(options.sendBuffer / 8) * 7 - spared || used >= sendBufferMax || window < unsent) return
  const size = Math.min(options.sendBuffer + sendBufferStep, sendBufferMax)
  if (size > largest(tcb)) options.sendBufferFixed = true
  else options.sendBuffer = size
}

/** Something is sent: where nothing was counted, counting begins. */
function beginCounting(tcb: Tcb): void {
  const a = tcb.autotuning
  if (a.countedSince < 0 && !tcb.options.receiveBufferFixed && !tcb.options.noOptions) a.countedSince = tcb.host.now
}

/** Plain text has come in its place, and nothing else that is new. */
function count(tcb: Tcb, length: number): void {
  const a = tcb.autotuning
  const { options, host } = tcb
  const { moderateReceiveBuffer, receiveBufferMax } = host.config
  const counts = moderateReceiveBuffer && !options.receiveBufferFixed && tcb.srtt >= 0 && a.countedSince >= 0
  if (!counts || ticks(host.now) - ticks(a.countedSince) <= Math.floor(ticks(tcb.srtt) / 2)) {
    a.counted += length
    return
  }
  const { counted: octets } = a
  a.countedSince = -1
  a.counted = 0
  const before = options.receiveBuffer
  if (octets <= Math.floor(Math.floor(before / 2) / 4) * 3 || before >= receiveBufferMax) return
  const size = Math.min(before + Math.floor(before / 2), receiveBufferMax)
  if (size > largest(tcb)) options.receiveBufferFixed = true
  else options.receiveBuffer = size
}

/** The kernel's clock counts ms. */
function ticks(us: Micros): number {
  return Math.floor(us / MS)
}

/** Buffers hold whole segments from the moment when it is known how large these are. */
function round(tcb: Tcb): void {
  const { config } = tcb.host
  if (tcb.options.sendBuffer < tcb.sendMss) shrinkSegments(tcb)
  const most = largest(tcb)
  const whole = (octets: number): number => {
    const segments = Math.min(Math.ceil(octets / tcb.sendMss) * tcb.sendMss, config.windowScaleFor)
    // What is more than a socket may have is refused as a whole.
    return octets > tcb.sendMss && segments <= most ? Math.max(octets, segments) : octets
  }
  tcb.options.receiveBuffer = whole(tcb.options.receiveBuffer)
  tcb.options.sendBuffer = whole(tcb.options.sendBuffer)
}

/** No segment is smaller for the sake of the send buffer. */
const LEAST_SEGMENT = 64

/** Nor are segments larger than the send buffer is. */
function shrinkSegments(tcb: Tcb): void {
  tcb.peerMss = Math.max(tcb.options.sendBuffer, LEAST_SEGMENT)
  tcb.sendMss = tcb.peerMss
  tcb.congestion.window = firstWindow(tcb, tcb.host.config.initialWindow)
}

/** `TcpPolicy.bufferSteps` of the BSDs. */
export const bufferSteps: BufferSteps = { round, growSendBuffer, beginCounting, count }
