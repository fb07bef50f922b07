import { Errno } from '../base/index.ts'
import { FastOpenBit, openActive, queueWhileOpening, State, type Tcb } from '../tcp/index.ts'
import type { Host } from './host.ts'

/**
 * Where BSD's socket layer answers other than Linux's (`SocketRules.bsdCalls`): it looks at the socket before it asks the protocol. Results
 * are 0, go on, or −errno.
 */

/** connect(): a socket connects once; how that went, SO_ERROR and poll() tell. */
export function mayConnectOnce(tcb: Tcb | null): number {
  if (tcb === null) return 0
  switch (tcb.state) {
    case State.LISTEN:
      return -Errno.EOPNOTSUPP
    case State.SYN_SENT:
      return -Errno.EALREADY
    case State.SYN_RECEIVED:
      return tcb.active ? -Errno.EALREADY : -Errno.EISCONN
    case State.CLOSED:
    case State.TIME_WAIT:
      if (!tcb.done) return 0
      tcb.error = 0
      return -Errno.ECONNREFUSED
    default:
      return -Errno.EISCONN
  }
}

/**
 * send(): what was shut comes first, then what went wrong, then whether there is a connection at all.
 * @param shut shutdown() closed the sending side before there was a connection
 * @param takeError takes the pending error
 */
export function mayWrite(tcb: Tcb | null, shut: boolean, takeError: () => number): number {
  const over = tcb?.done === true && (tcb.state === State.CLOSED || tcb.state === State.TIME_WAIT)
  if (over || shut || tcb?.finQueued === true) return -Errno.EPIPE
  const error = takeError()
  if (error !== 0) return -error
  if (tcb === null || tcb.state === State.LISTEN || tcb.state === State.SYN_SENT) return -Errno.ENOTCONN
  return tcb.state === State.SYN_RECEIVED && tcb.active ? -Errno.ENOTCONN : 0
}

/** shutdown(SHUT_WR) while the connection is being opened: it takes effect when it is complete. */
export function shutWhenOpen(tcb: Tcb): number {
  tcb.finQueued = true
  return 0
}

/** connect() on a socket with TCP_FASTOPEN asks for a cookie, or shows the one it has; it has no data to send. */
export function asksForFastOpen(tcb: Tcb): boolean {
  const { config, personality } = tcb.host as Host
  return personality.sockets.bsdCalls && tcb.options.fastOpenQueue > 0 && (config.fastOpen & FastOpenBit.CLIENT) !== 0
}

/** send() to an address opens the connection; the SYN carries data where TCP_FASTOPEN lets it. @returns octets taken */
export function openWithData(tcb: Tcb, data: Uint8Array): number {
  const taken = openActive(tcb, asksForFastOpen(tcb) ? data : null)
  return taken + queueWhileOpening(tcb, data, taken)
}
