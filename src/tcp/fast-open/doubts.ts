import type { TcpHost } from '../host.ts'
import type { Tcb } from '../tcb.ts'
import type { FastOpenDoubts } from './memory.ts'

/** The host has been without Fast Open for a while, since something on the way seemed to swallow it: it doubles with each time. */
const DOUBLINGS_MOST = 6

/** Doubts so far; whoever sets the time anew begins anew. */
export function doubtsOf({ fastOpen, config }: TcpHost): FastOpenDoubts {
  const { doubts } = fastOpen
  if (doubts.setting !== config.fastOpenBlackHoleUs) {
    doubts.setting = config.fastOpenBlackHoleUs
    doubts.times = 0
  }
  return doubts
}

function isDisabled({ host }: Tcb): boolean {
  const { fastOpenBlackHoleUs: pause } = host.config
  const { times, at } = doubtsOf(host)
  return pause > 0 && times > 0 && host.now < at + pause * 2 ** Math.min(times - 1, DOUBLINGS_MOST)
}

/** Fast Open seems to lead into a black hole: the host does without it for a while (`tcp_fastopen_blackhole_timeout_sec`). */
function suspectBlackHole(tcb: Tcb): void {
  const { host } = tcb
  if (host.config.fastOpenBlackHoleUs === 0) return
  const doubts = doubtsOf(host)
  doubts.times++
  doubts.at = host.now
  host.counters.TCPFastOpenBlackhole++
}

/**
 * A timeout of the SYN or of text, the third or an earlier one that is the last: behind the handshake, too, Fast Open may be what a middlebox
 * stumbles over. To probe a closed window, or an idle peer, in vain says nothing of it, nor does a SYN-ACK's silence.
 */
export function timeoutDoubtsFastOpen(tcb: Tcb, last: boolean): void {
  const fast = tcb.fastOpen
  if (fast === null || !(fast.asked || fast.data > 0 || fast.dataAcked)) return
  if (tcb.retransmits !== 2 && !(last && tcb.retransmits < 2)) return
  suspectBlackHole(tcb)
  tcb.host.counters.TCPFastOpenActiveFail++
}

/** A RST that is not at the expected number, before any text has come. */
export function resetDoubtsFastOpen(tcb: Tcb): void {
  if (tcb.fastOpen?.asked === true && tcb.dataSegmentsIn === 0) suspectBlackHole(tcb)
}

/** The connection ends: with a FIN ahead of text that never came, or with text. */
export function endJudgesFastOpen(tcb: Tcb): void {
  const fast = tcb.fastOpen
  if (fast === null || !fast.asked) return
  if (tcb.dataSegmentsIn === 0) {
    if (tcb.finEarly) suspectBlackHole(tcb)
  } else if (fast.probing && !tcb.host.isOwn(tcb.remote)) doubtsOf(tcb.host).times = 0
}

/** On this path the option was not answered lately, or on none. */
export function isPaused(tcb: Tcb): boolean {
  if (isDisabled(tcb)) return true
  const { fastOpenPauseUs } = tcb.host.config
  if (fastOpenPauseUs === 0) return false
  return tcb.host.now - tcb.host.fastOpen.failedAt(tcb) <= fastOpenPauseUs
}
