import { updateSendMss } from '../negotiate.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { BLACK_HOLE_FIRST, BlackHole } from './black-hole.ts'
import { effectiveMss } from './mss.ts'

/** `net.inet.tcp.pmtud_blackhole_detection`: 1 looks for black holes everywhere, these by one family alone. */
const IPV4_ONLY = 2
const IPV6_ONLY = 3
/** Every so manieth timeout goes on. */
const STEP = 2

/** @param timeout which one it is of this series, the first 1 */
export function searchBlackHole(tcb: Tcb, timeout: number): void {
  if (!isSought(tcb)) return
  tcb.blackHole ??= new BlackHole()
  const hole = tcb.blackHole
  const { mssDefaultV4, mssDefaultV6, blackHoleMssV4, blackHoleMssV6 } = tcb.host.config
  const [least, middle] = tcb.remote.v4 ? [mssDefaultV4, blackHoleMssV4] : [mssDefaultV6, blackHoleMssV6]
  if (timeout === 1) hole.exit = BLACK_HOLE_FIRST + steps(tcb.sendMss, least, middle)
  if (isNext(tcb, hole, timeout)) {
    hole.exhausted = tcb.sendMss <= middle || middle <= least
    hole.mss = hole.exhausted ? least : middle
  } else if (hole.mss > 0 && timeout >= hole.exit) {
    hole.mss = 0
    hole.exhausted = false
  } else return
  updateSendMss(tcb)
}

function isSought(tcb: Tcb): boolean {
  const { blackHoleDetection: sought } = tcb.host.config
  if (sought === 0 || sought === (tcb.remote.v4 ? IPV6_ONLY : IPV4_ONLY)) return false
  return tcb.state === State.ESTABLISHED || tcb.state === State.FIN_WAIT_1
}

function steps(mss: number, least: number, middle: number): number {
  return (mss > middle ? STEP : 0) + (mss > least && middle > least ? STEP : 0)
}

/** It is this one's turn, and what was sent last was as large as may be. */
function isNext(tcb: Tcb, hole: BlackHole, timeout: number): boolean {
  if (hole.exhausted || !tcb.host.config.pathMtuDiscovery) return false
  if (timeout < BLACK_HOLE_FIRST || timeout >= hole.exit || (timeout - BLACK_HOLE_FIRST) % STEP !== 0) return false
  return ((tcb.sendBuffer.end - tcb.snd.una) | 0) >= effectiveMss(tcb)
}
