import { Errno, SECOND } from '../../base/index.ts'
import { keepInitChanged } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream, type TextOption } from './option.ts'

/** Seconds that a timer of a 1000 Hz clock can count. */
const SECONDS_MOST = 4_294_967

/**
 * TCP_NOOPT: nothing but the MSS is offered in SYN and SYN-ACK, and no option taken.
 *
 *     before connect() or listen() | decides what the SYN offers
 *     later                        | kept, without effect on what was agreed
 */
export const tcpNoOpt: SocketOption = {
  name: 'TCP_NOOPT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.NOOPT,
  length: 4,
  rare: true,
  set(socket, value) {
    socket.options.noOptions = value !== 0
    return 0
  },
  get: ({ options }) => Number(options.noOptions),
}

/** TCP_NOPUSH: a small segment waits for more, as TCP_CORK has it on Linux; taken off, what waits leaves. */
export const tcpNoPush: SocketOption = {
  name: 'TCP_NOPUSH',
  level: Level.IPPROTO_TCP,
  number: TcpOption.NOPUSH,
  length: 4,
  rare: true,
  set(socket, value) {
    const { cork } = socket.options
    socket.options.cork = value !== 0
    if (value === 0 && cork) stream(socket).push()
    return 0
  },
  get: ({ options }) => Number(options.cork),
}

/**
 * TCP_KEEPINIT: seconds that connect() may take as a whole, in place of net.inet.tcp.keepinit. It moves a timer that runs.
 *
 *     0 to 4294967 | taken; 0: the system's
 *     else         | EINVAL
 */
export const tcpKeepInit: SocketOption = {
  name: 'TCP_KEEPINIT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.KEEPINIT,
  length: 4,
  rare: true,
  set(socket, value) {
    if (value >>> 0 > SECONDS_MOST) return -Errno.EINVAL
    socket.options.keepInitUs = (value >>> 0) * SECOND
    const { tcb } = stream(socket)
    if (tcb !== null) keepInitChanged(tcb)
    return 0
  },
  get: ({ options, host }) => Math.floor((options.keepInitUs || host.config.keepInitUs) / SECOND),
}

/** TCP_MAXUNACKTIME: seconds without progress after which a connection is given up; 0: the system's, else the retransmissions decide. */
export const tcpMaxUnackTime: SocketOption = {
  name: 'TCP_MAXUNACKTIME',
  level: Level.IPPROTO_TCP,
  number: TcpOption.MAXUNACKTIME,
  length: 4,
  rare: true,
  set(socket, value) {
    if (value >>> 0 > SECONDS_MOST) return -Errno.EINVAL
    socket.options.userTimeoutUs = (value >>> 0) * SECOND || socket.host.config.unackedMaxUs
    return 0
  },
  get: ({ options }) => Math.floor(options.userTimeoutUs / SECOND),
}

/**
 * TCP_FUNCTION_BLK: which of a system's TCP stacks a connection uses, by name. There is one.
 *
 *     freebsd | taken
 *     else    | ENOENT
 */
export const tcpFunctionBlk: TextOption = {
  name: 'TCP_FUNCTION_BLK',
  level: Level.IPPROTO_TCP,
  number: TcpOption.FUNCTION_BLK,
  length: 36,
  rare: true,
  setText: (_socket, name) => (name === 'freebsd' ? 0 : -Errno.ENOENT),
  get: () => 'freebsd',
}
