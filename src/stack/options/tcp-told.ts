import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream, type TextOption } from './option.ts'

/** Octets of `struct tcp_zerocopy_receive`, as far as it has to be given. */
const ZEROCOPY_LEAST = 16
/** What is mapped is whole pages. */
const PAGE = 4096

/** TCP_TIMESTAMP: what the connection's timestamps say now. Set only under TCP_REPAIR: else EPERM. */
export const tcpTimestamp: SocketOption = {
  name: 'TCP_TIMESTAMP',
  level: Level.IPPROTO_TCP,
  number: TcpOption.TIMESTAMP,
  length: 4,
  set: () => -Errno.EPERM,
  get(socket) {
    const { host } = socket
    return (Math.floor(host.now / host.policy.timestampTickUs) + (stream(socket).tcb?.tsOffset ?? 0)) | 0
  },
}

/** TCP_ULP: a protocol between TCP and the program, by name; none is known here: ENOENT. */
export const tcpUlp: TextOption = {
  name: 'TCP_ULP',
  level: Level.IPPROTO_TCP,
  number: TcpOption.ULP,
  length: 16,
  setText: () => -Errno.ENOENT,
  get: () => '',
}

/**
 * TCP_ZEROCOPY_RECEIVE: maps what has arrived into the program's memory. Nothing is mapped here, as on Linux where the memory is none
 * that can be: all of it is to be read.
 *
 *     room for fewer than 16 octets | EINVAL
 *     listening                     | ENOTCONN
 *     the end of the file is next   | EIO
 *     a page of text waits          | EINVAL: there is no memory to map it into
 */
export const tcpZerocopyReceive: SocketOption = {
  name: 'TCP_ZEROCOPY_RECEIVE',
  level: Level.IPPROTO_TCP,
  number: TcpOption.ZEROCOPY_RECEIVE,
  length: 64,
  leastRoom: ZEROCOPY_LEAST,
  ask(socket) {
    const { tcb, state } = stream(socket)
    if (state === State.LISTEN) return -Errno.ENOTCONN
    const waiting = tcb?.receiveBuffer.length ?? 0
    if (waiting >= PAGE) return -Errno.EINVAL
    return tcb?.finReceived === true && waiting === 0 ? -Errno.EIO : '\0'.repeat(64)
  },
}
