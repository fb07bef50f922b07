import type { Tcb } from '../tcb.ts'

/** Its handshake is complete, or never will be: its listener has room for another. */
export function leaveEarly(tcb: Tcb): void {
  tcb.earlyIn?.early.delete(tcb)
  tcb.earlyIn = null
}

/**
 * A RST ends it before its handshake is complete. Behind accept() its place stays taken for a while, or whoever forges SYNs could have
 * as many connections as there are RSTs in answer to them (§5.1).
 */
export function endEarlyByReset({ earlyIn, host, listener }: Tcb): void {
  const holds = host.policy.fastOpenHoldsPlaceUs
  if (holds > 0 && listener === null) earlyIn?.held.push(host.now + holds)
}

/** Open although its handshake is not complete. */
export function isEarly(tcb: Tcb): boolean {
  return tcb.fastOpen?.early === true
}

/** Whether what is open early may send behind its SYN-ACK: until the handshake is complete, or only as that leaves (BSD). */
export function mayFollowSynAck(tcb: Tcb): boolean {
  if (!isEarly(tcb)) return false
  return tcb.host.policy.fastOpenAnswersLate ? tcb.fastOpen?.answering === true : !owesAnswer(tcb)
}

/** The SYN that made it waits for its answer: the program may have something to say. */
export function owesAnswer(tcb: Tcb): boolean {
  return tcb.fastOpen?.owesAnswer === true
}
