import { isWritable } from '../send-memory.ts'
import { Limit } from '../sending-time.ts'
import type { Tcb } from '../tcb.ts'

/** What Linux charges for one full segment: data, room for headers and its own bookkeeping, as a power of two plus a descriptor. */
const BOOKKEEPING = 192 + 320
const DESCRIPTOR = 256

/**
 * The send buffer follows the congestion window, so that a program that keeps it full keeps the path full: room for twice
 * the window (`tcp_sndbuf_expand`), up to tcp_wmem's maximum. SO_SNDBUF fixes it.
 */
export function growSendBuffer(tcb: Tcb): void {
  const options = tcb.options
  if (tcb.host.policy.bufferSteps !== null) return
  if (options.sendBufferFixed) return
  const octets = tcb.peerMss + BOOKKEEPING
  const segment = (1 << (32 - Math.clz32(octets - 1))) + DESCRIPTOR
  const segments = Math.max(tcb.host.config.initialWindow, tcb.congestion.window, tcb.recovery.reordering + 1)
  const wanted = Math.min(2 * segments * segment, tcb.host.config.sendBufferMax)
  if (wanted > options.sendBuffer) options.sendBuffer = wanted
}

/** A program found no room in the send buffer: it grows while the path takes more, and there may be room again (Linux's tcp_new_space). */
export function makeSpace(tcb: Tcb): void {
  const { congestion: c, sent, options, host } = tcb
  if (host.policy.sendBufferOverhead > 0 && !options.sendBufferFixed && sent.inFlight < c.window) {
    growSendBuffer(tcb)
    c.stampedAt = host.now
  }
  if (!isWritable(tcb)) return
  tcb.wantsSpace = false
  tcb.spacesMade++
  tcb.sendingTime.lower(Limit.SEND_BUFFER, tcb.host.now)
}
