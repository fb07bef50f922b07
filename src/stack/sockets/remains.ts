import type { Micros } from '../../base/index.ts'
import {
  dissolvedStatus,
  goOnFrom,
  LEAST_RECEIVED,
  State,
  statusCall,
  type Tcb,
  type TcpHost,
  type TcpStatus,
  unconnectedStatus,
} from '../../tcp/index.ts'
import type { SocketOptions } from './socket-options.ts'
import { unacknowledged, unsent } from './stream-queues.ts'

/** Beyond the largest window that a peer has offered; the next connection's numbers lie behind all that this one could have sent. */
const BEYOND = 2

/** A segment's length that is expected until larger ones have come. */
const DEFAULT_MSS = 536

/** What a socket still tells of a connection that it has dissolved (AF_UNSPEC, shutdown() of a listener or of a SYN). */
export interface Remains {
  /** TCP_INFO. */
  readonly status: TcpStatus
  /** The connection; null when there has been none but a listener's. */
  readonly former: Tcb | null
  /** SIOCOUTQ and SIOCOUTQNSD: octets between what was acknowledged, or sent, and the next connection's numbers. */
  readonly unacknowledged: number
  readonly unsent: number
  /** The largest window that a peer has offered. */
  readonly largestWindow: number
}

/**
 * TCP_RTO_MIN_US, TCP_DELACK_MAX_US and TCP_WINDOW_CLAMP last for one connection (Linux); the socket's next one has the policy's own least
 * timeout, even if a sysctl has set another.
 */
export function forgetBounds(options: SocketOptions, { policy }: TcpHost): void {
  options.rtoMinUs = policy.leastWaitUs
  options.delayedAckMaxUs = 0
  options.windowClamp = Number.POSITIVE_INFINITY
}

/** TCP_INFO of who has no connection any more: what was busy when it was dissolved goes on being so. */
export function statusOfRemains(host: TcpHost, { status, former }: Remains): TcpStatus {
  if (former === null) return status
  const ago = (at: Micros): number => Math.floor((host.now - at) / 1000)
  const { sendingTime: t } = former
  return {
    ...status,
    last_data_sent: ago(former.lastDataSentAt),
    last_ack_recv: ago(former.lastAckReceivedAt),
    busy_time: BigInt(t.busy(host.now)),
    rwnd_limited: BigInt(t.windowLimited(host.now)),
    sndbuf_limited: BigInt(t.sendBufferLimited(host.now)),
  }
}

/** A socket, as far as it tells of itself without a connection. */
interface Unconnected {
  readonly host: TcpHost
  readonly options: SocketOptions
  readonly reordering: number
}

/** What is left when a socket has no connection any more, or is dissolved once more without having had one. */
export function remainsOf(socket: Unconnected, tcb: Tcb | null, before: Remains | null): Remains {
  const isConnection = tcb !== null && tcb.listen === null && tcb.state !== State.LISTEN
  const largestWindow = isConnection ? tcb.snd.maxWnd : (before?.largestWindow ?? 0)
  const step = largestWindow + BEYOND
  if (isConnection)
    return {
      status: dissolvedStatus(tcb),
      former: tcb,
      unacknowledged: unacknowledged(tcb) + step,
      unsent: unsent(tcb) + step,
      largestWindow,
    }
  const status = before?.status ?? unconnectedStatus(socket.host, socket)
  return {
    status: { ...status, rcv_mss: LEAST_RECEIVED, notsent_bytes: status.notsent_bytes + step },
    former: before?.former ?? null,
    unacknowledged: (before?.unacknowledged ?? 0) + step,
    unsent: (before?.unsent ?? 0) + step,
    largestWindow,
  }
}

/**
 * Opens a second connection of a socket: it goes on with what the first has measured, begins with its window, and expects segments by that
 * until it has one of its own.
 */
export function behindFormer(tcb: Tcb, before: Remains | null, open: () => number): number {
  if (before !== null && before.former !== null) goOnFrom(tcb, before.former)
  const opened = open()
  if (before !== null) expectAsBefore(tcb, before)
  return opened
}

function expectAsBefore(tcb: Tcb, { status: { rcv_wnd, rcv_space } }: Remains): void {
  tcb.receiveMss = Math.max(tcb.receiveMss, Math.min(rcv_wnd >> 1, statusCall(tcb).snd_mss, DEFAULT_MSS))
  tcb.autotuning.space = rcv_space
}
