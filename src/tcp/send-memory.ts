import type { Tcb } from './tcb.ts'

/**
 * Whether send() may take more. A system that counts its buffers (Linux's skbs) looks before it begins one and then fills it, however
 * little is left: so a buffer that is nearly full still takes a whole one. Others count octets.
 */

/** What the buffers of octets to be sent or acknowledged take, octets (Linux's `sk_wmem_queued`); a request's SYN-ACK is not among them. */
export function sendMemory(tcb: Tcb): number {
  const { sendBuffer, sent } = tcb
  const { sendBufferOverhead } = tcb.host.policy
  return (
    sendBuffer.length + sendBuffer.lentMemory + sendBufferOverhead * (sendBuffer.chunks + sent.bursts - sent.uncounted)
  )
}

/** Whether a new chunk may begin: neither SO_SNDBUF nor TCP_NOTSENT_LOWAT is reached. */
export function mayBeginChunk(tcb: Tcb): boolean {
  const unsent = (tcb.sendBuffer.end - tcb.snd.nxt) | 0
  return unsent < notSentMost(tcb) && isBelow(tcb, tcb.options.sendBuffer)
}

/** Linux: a writer is woken once at least a third of the buffer is free (`sk_stream_min_wspace`), and half of TCP_NOTSENT_LOWAT. */
export function isWritable(tcb: Tcb): boolean {
  const { options } = tcb
  const unsent = (tcb.sendBuffer.end - tcb.snd.nxt) | 0
  const overhead = tcb.host.policy.sendBufferOverhead
  if (overhead === 0) {
    const room = options.sendBuffer - tcb.sendBuffer.length
    return unsent < notSentMost(tcb) && room > 0 && room >= tcb.sendBuffer.length >> 1
  }
  const memory = sendMemory(tcb)
  return 2 * unsent < notSentMost(tcb) && memory < options.sendBuffer && options.sendBuffer - memory >= memory >> 1
}

function notSentMost(tcb: Tcb): number {
  return tcb.options.notSentLowat || tcb.host.config.notSentLowat
}

/** Buffers are counted only where they decide. */
function isBelow(tcb: Tcb, most: number): boolean {
  const { sendBuffer, sent } = tcb
  const overhead = tcb.host.policy.sendBufferOverhead
  const held = sendBuffer.length + sendBuffer.lentMemory
  if (held + overhead * (sendBuffer.chunks + sent.packetsOut) < most) return true
  return held < most && sendMemory(tcb) < most
}
