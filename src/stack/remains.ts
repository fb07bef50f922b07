import { Errno } from '../base/index.ts'
import {
  abortCall,
  dissolvedStatus,
  LEAST_RECEIVED,
  State,
  sendReset,
  type Tcb,
  type TcpStatus,
  unconnectedStatus,
} from '../tcp/index.ts'
import type { Host } from './host.ts'
import { unacknowledged, unsent } from './stream-reading.ts'

/** Beyond the largest window that a peer has offered; the next connection's numbers lie behind all that this one could have sent. */
const BEYOND = 2

/** A segment's length that is expected until larger ones have come. */
const DEFAULT_MSS = 536

/** What a socket still tells of a connection that it has dissolved (AF_UNSPEC, shutdown() of a listener or of a SYN). */
export interface Remains {
  /** TCP_INFO. */
  readonly status: TcpStatus
  /** SIOCOUTQ and SIOCOUTQNSD: octets between what was acknowledged, or sent, and the next connection's numbers. */
  readonly unacknowledged: number
  readonly unsent: number
  /** The largest window that a peer has offered. */
  readonly largestWindow: number
}

/** What is left when a socket has no connection any more, or is dissolved once more without having had one. */
export function remainsOf(host: Host, tcb: Tcb | null, before: Remains | null): Remains {
  const isConnection = tcb !== null && tcb.listen === null && tcb.state !== State.LISTEN
  const largestWindow = isConnection ? tcb.snd.maxWnd : (before?.largestWindow ?? 0)
  const step = largestWindow + BEYOND
  if (isConnection)
    return {
      status: dissolvedStatus(tcb),
      unacknowledged: unacknowledged(tcb) + step,
      unsent: unsent(tcb) + step,
      largestWindow,
    }
  const status = before?.status ?? unconnectedStatus(host)
  return {
    status: { ...status, rcv_mss: LEAST_RECEIVED, notsent_bytes: status.notsent_bytes + step },
    unacknowledged: (before?.unacknowledged ?? 0) + step,
    unsent: (before?.unsent ?? 0) + step,
    largestWindow,
  }
}

/** A second connection of a socket begins with the window of the first, and expects segments by that until it has one of its own. */
export function expectAsBefore(tcb: Tcb, { status: { rcv_wnd, rcv_space } }: Remains): void {
  tcb.receiveMss = Math.max(tcb.receiveMss, Math.min(rcv_wnd >> 1, DEFAULT_MSS))
  tcb.autotuning.space = rcv_space
}

/** Both ends have closed: whoever has not sent everything tells the peer so by RST. @returns what the socket has as its error */
export function resetClosing(tcb: Tcb): number {
  const isCut = unsent(tcb) > 0
  if (isCut && !tcb.host.policy.abortsWhileClosing) sendReset(tcb)
  abortCall(tcb, isCut ? Errno.ECONNRESET : 0)
  return isCut ? Errno.ECONNRESET : 0
}
