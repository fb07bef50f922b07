import { Ctl } from '../../wire/index.ts'
import type { FreeWindow } from '../personality.ts'
import type { Tcb } from '../tcb.ts'
import { countZeroWindow, freeSpace } from './window.ts'

/** The window as the BSDs offer it (`policy.freeWindow`): what the buffer has free. */

/** Less than a quarter of the buffer and less than a segment is as good as nothing. */
function offer(tcb: Tcb, ctl: number): number {
  const { rcv } = tcb
  if ((ctl & Ctl.RST) !== 0) return 0
  tcb.host.policy.bufferSteps?.beginCounting(tcb)
  const current = rcv.wnd
  let wnd = freeSpace(tcb)
  if (wnd < tcb.options.receiveBuffer >> 2 && wnd < tcb.sendMss) wnd = 0
  const unit = 1 << tcb.rcvScale
  const field = Math.min(Math.ceil(Math.max(wnd, current) / unit), 65_535)
  const offered = field * unit
  countZeroWindow(tcb, current, offered)
  if (offered > current) rcv.edge = (rcv.nxt + offered) | 0
  tcb.acknowledging.saidZeroWindow = offered === 0
  if (offered === 0) tcb.acknowledging.zeroWindows++
  return field
}

/** After recv(): two segments and a good part of the buffer, or half of it, and visible in the field. */
function isNews(tcb: Tcb): boolean {
  const buffer = tcb.options.receiveBuffer
  const wnd = freeSpace(tcb)
  const current = tcb.rcv.wnd
  const more = wnd - current
  if (wnd === 0 || more <= 0 || tcb.finReceived || current >> tcb.rcvScale >= wnd >> tcb.rcvScale) return false
  if (2 * more >= buffer) return true
  if (more < 2 * tcb.sendMss) return false
  return more >= buffer / 4 || wnd <= buffer / 8 || buffer <= 8 * tcb.sendMss || more >= 65_535 << tcb.rcvScale
}

/** `TcpPolicy.freeWindow` of the BSDs. */
export const freeWindow: FreeWindow = { offer, isNews }
