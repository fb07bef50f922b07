import type { Tcb } from '../tcb.ts'
import { optionsLength, TIMESTAMPS_LENGTH } from './options.ts'

/** Largest payload of one segment now: the MSS less the options that this segment carries (RFC 9293 §3.7.1, RFC 6691). */
export function effectiveMss(tcb: Tcb): number {
  const callMss = tcb.ecn.accurate?.callMss ?? 0
  if (callMss > 0) return callMss
  // MUST-16: options take from the text
  return tcb.sendMss - optionsLength(tcb)
}

/** The same less only the options that every segment carries: what TCP_INFO's snd_mss says, and windows and rates are counted in. */
export function usualMss(tcb: Tcb): number {
  // Before the peer's SYN room is left for what is usual, though a signed SYN has none for them.
  const usual = tcb.timestamps || (tcb.active && !tcb.offerTaken && tcb.host.config.timestamps)
  return tcb.sendMss - (usual ? TIMESTAMPS_LENGTH : 0)
}
