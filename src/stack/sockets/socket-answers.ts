import { Errno } from '../../base/index.ts'
import {
  boundFinWait2,
  endReading,
  isEarly,
  isOpening,
  mayFastOpen,
  Opening,
  openActive,
  queueWhileOpening,
  receivable,
  State,
  sendFinBehindSyn,
  sendFinWithSyn,
  shutdownReceive,
  shutdownSend,
  type Tcb,
} from '../../tcp/index.ts'
import type { Address } from '../../wire/index.ts'
import { Msg, Part, Poll } from '../constants.ts'
import type { SocketAnswers } from '../personalities/personality.ts'
import type { StackHost } from '../stack-host.ts'
import { type SocketOptions, sendLowat } from './socket-options.ts'
import { readStream } from './stream-reading.ts'

const NO_DATA = new Uint8Array(0)

/**
 * connect(): a socket connects once, and SO_ERROR and poll() tell how that went. An address that nobody can connect to is refused before
 * it is asked whether the socket has listened or connected before.
 * @param isAlone the socket is IPv6's alone
 */
function mayConnectOnce(tcb: Tcb | null, remote: Address | null, port: number, isAlone: boolean): number {
  if (tcb !== null && isOpening(tcb)) return -Errno.EALREADY
  if (tcb !== null && tcb.state !== State.LISTEN && !isOver(tcb)) return -Errno.EISCONN
  const unreachable = mayBePeer(remote, isAlone)
  if (unreachable !== 0) return unreachable
  if (tcb?.state === State.LISTEN) return -Errno.EOPNOTSUPP
  if (tcb?.done && isOver(tcb)) {
    tcb.error = 0
    return tcb.state === State.TIME_WAIT ? -Errno.EISCONN : -Errno.ECONNREFUSED
  }
  return port === 0 ? -Errno.EADDRNOTAVAIL : 0
}

function mayBePeer(remote: Address | null, isAlone: boolean): number {
  if (remote === null || remote.isMulticast) return -Errno.EAFNOSUPPORT
  if (!remote.isBroadcast) return 0
  return isAlone ? -Errno.EINVAL : -Errno.EACCES
}

function isOver(tcb: Tcb): boolean {
  return tcb.state === State.CLOSED || tcb.state === State.TIME_WAIT
}

/**
 * Whether a connection counts as over (`SS_ISDISCONNECTED`): from TIME-WAIT on, and in FIN-WAIT-2 where reading was shut before.
 * @param readLate reading was shut no sooner than in FIN-WAIT-2, which changes nothing
 */
function isDisconnected(tcb: Tcb, readLate: boolean): boolean {
  return isOver(tcb) || (tcb.state === State.FIN_WAIT_2 && tcb.receiveShutdown && !readLate)
}

/** getpeername(): whether there is no peer yet, or none any more. */
function isAlone(tcb: Tcb, readLate: boolean): boolean {
  return isOpening(tcb) || isDisconnected(tcb, readLate)
}

/** bind(): not after a connection, not to a multicast address, not twice, and not to a broadcast address. */
function mayBindOnce(tcb: Tcb | null, local: Address, isBound: boolean): number {
  if (tcb?.done === true) return -Errno.EINVAL
  if (local.isMulticast) return -Errno.EAFNOSUPPORT
  if (isBound) return -Errno.EINVAL
  return local.isBroadcast ? -Errno.EADDRNOTAVAIL : 0
}

/**
 * recv(): MSG_PEEK leaves a pending error, and a read of 0 octets never waits. A call that may wait gets at least SO_RCVLOWAT octets, or
 * as many as it asked for.
 */
function readOrLook(tcb: Tcb, options: SocketOptions, into: Uint8Array, flags: number): number {
  if (tcb.state === State.LISTEN) return -Errno.ENOTCONN
  const { error } = tcb
  if (options.receiveLowat > 1 && (flags & Msg.DONTWAIT) === 0 && isTooLittle(tcb, options, into.length))
    return -Errno.EAGAIN
  const result = readStream(tcb, options, into, flags)
  if ((flags & Msg.PEEK) !== 0) tcb.error = error
  return result === -Errno.EAGAIN && into.length === 0 ? 0 : result
}

/** More may come, and what there is is less than what was asked for and than SO_RCVLOWAT. */
function isTooLittle(tcb: Tcb, { receiveLowat }: SocketOptions, length: number): boolean {
  if (tcb.error !== 0 || tcb.finReceived || tcb.receiveShutdown || isOver(tcb)) return false
  const there = receivable(tcb)
  return there > 0 && there < length && there < receiveLowat
}

/**
 * send(): asks in this order whether writing was shut, whether an error is pending, whether there is a connection, and whether there is room
 * for all octets or for SO_SNDLOWAT of them.
 * @param length octets to send
 * @param named the call names the peer: while the connection opens, its octets wait
 * @param takeError takes the pending error
 */
function mayWrite(tcb: Tcb | null, length: number, named: boolean, takeError: () => number): number {
  if (tcb?.state === State.LISTEN) return -Errno.ENOTCONN
  if (tcb !== null && ((tcb.done && isOver(tcb)) || tcb.finQueued)) return -Errno.EPIPE
  const error = takeError()
  if (error !== 0) return -error
  if (tcb === null || (isOpening(tcb) && !named)) return -Errno.ENOTCONN
  const free = tcb.options.sendBuffer - tcb.sendBuffer.length
  if (free >= length || free >= sendLowat(tcb.options as SocketOptions)) return 0
  tcb.wantsSpace = true
  return -Errno.EAGAIN
}

/**
 * shutdown(): on a listener it fails, but ends an accept() that waits; while connecting it takes effect with the handshake. To shut writing
 * once more in FIN-WAIT-2 shuts reading too.
 * @param bits 1: shut reading; 2: shut writing
 */
function shutdownEither(tcb: Tcb, bits: number): number {
  const reads = (bits & 1) !== 0
  const writes = (bits & 2) !== 0
  if (isOver(tcb)) return -Errno.ENOTCONN
  if (tcb.state === State.LISTEN) {
    if (reads) {
      tcb.error = Errno.ECONNABORTED
      tcb.owner?.ready(tcb)
    }
    return -Errno.ENOTCONN
  }
  if (reads) shutdownReceive(tcb)
  else if (writes && tcb.state === State.FIN_WAIT_2) endReading(tcb)
  // From now on FIN-WAIT-2 has a time limit, as after close().
  if (writes && tcb.state === State.FIN_WAIT_2) boundFinWait2(tcb)
  if (writes && tcb.state === State.SYN_SENT) sendFinBehindSyn(tcb)
  else if (writes && tcb.state === State.SYN_RECEIVED && !isEarly(tcb) && tcb.sendBuffer.length === 0)
    sendFinWithSyn(tcb)
  else if (writes) return shutdownSend(tcb)
  return 0
}

/**
 * poll(): a pending error makes a socket readable and writable and never sets POLLERR; POLLPRI lasts from the peer's announcement of urgent
 * data until the program has read past them; a socket without a connection is ready for an error alone.
 */
function pollEither(tcb: Tcb | null, hasError: boolean): number {
  if (tcb === null) return hasError ? Poll.IN | Poll.OUT : 0
  const fails = tcb.error !== 0
  if (tcb.state === State.LISTEN) {
    if ((tcb.listen?.accept.length ?? 0) > 0) return Poll.IN
    return fails ? Poll.IN | Poll.HUP : 0
  }
  const received = isOver(tcb) || tcb.finReceived || tcb.receiveShutdown
  const sent = isOver(tcb) || tcb.finQueued
  const free = tcb.options.sendBuffer - tcb.sendBuffer.length
  let bits = fails || received || receivable(tcb) >= (tcb.options as SocketOptions).receiveLowat ? Poll.IN : 0
  if (fails || sent || (!isOpening(tcb) && free >= sendLowat(tcb.options as SocketOptions))) bits |= Poll.OUT
  if (received) bits |= sent ? Poll.RDHUP | Poll.HUP : Poll.RDHUP
  if (tcb.urgentReceive) bits |= Poll.PRI
  return bits
}

function asksForFastOpen(tcb: Tcb): boolean {
  // Once TCP_FASTOPEN is set, nobody looks at net.inet.tcp.fastopen.client_enable: without it no cookie is kept, and each time one is asked for.
  return (tcb.host as StackHost).personality.sockets.fastOpenIsSwitch && tcb.options.fastOpenQueue > 0
}

/** connect(): with TCP_FASTOPEN its SYN asks for a cookie even where one is kept, for a kept one goes only with data. @returns −EINPROGRESS */
function openWithoutData(tcb: Tcb): number {
  openActive(tcb, asksForFastOpen(tcb) ? NO_DATA : null, Opening.ASKING)
  return -Errno.EINPROGRESS
}

/**
 * send() to an address opens the connection; with TCP_FASTOPEN the SYN may carry data, else they wait for the answer. Urgent data are none for
 * Fast Open, and take it off the socket; MSG_EOF's FIN leaves with the SYN where no data are left to wait.
 * @returns octets taken
 */
function openWithData(tcb: Tcb, data: Uint8Array, flags: number): number {
  if ((flags & Msg.OOB) !== 0) tcb.options.fastOpenQueue = 0
  const fast = asksForFastOpen(tcb)
  const ends = (flags & Part.ENDS) !== 0
  // Without Fast Open, and where a cookie is asked for, all data wait, and the FIN behind them.
  tcb.finQueued = ends && (data.length === 0 || (fast && mayFastOpen(tcb)))
  const taken = openActive(tcb, fast ? data : null)
  const all = taken + queueWhileOpening(tcb, data, taken)
  tcb.finQueued = ends && all === data.length
  return all
}

/** `SocketRules.socketAnswersFirst` of the BSDs. */
export const socketAnswers: SocketAnswers = {
  mayConnectOnce,
  isDisconnected,
  isAlone,
  mayBindOnce,
  readOrLook,
  mayWrite,
  shutdownEither,
  pollEither,
  openWithoutData,
  openWithData,
}
