/** Peers that do not answer. */
import type { SocketRow } from '../inspect/index.ts'

/** How many times in a row something was sent to the peer without an answer: data, a FIN, or probes of a window or of life. */
export function unansweredOf({ timer, tcpInfo }: SocketRow): number {
  const byTimer = timer === undefined || timer.kind === 'timewait' ? 0 : Math.max(timer.retransmits, timer.probes ?? 0)
  // While a window is shut each answered probe doubles the wait too: the backoff then tells nothing.
  const byInfo = tcpInfo === undefined ? 0 : Math.max(tcpInfo.retransmits, tcpInfo.probes)
  return Math.max(byTimer, byInfo)
}
