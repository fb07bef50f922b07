import { Errno, type Seq } from '../../base/index.ts'
import { isEarly, State, type Tcb } from '../../tcp/index.ts'
import { Level, So } from '../constants.ts'
import { SendReports } from '../sockets/send-reports.ts'
import type { Socket } from '../sockets/socket.ts'
import { TIMESTAMPING_MASK, Timestamping } from '../sockets/timestamping.ts'
import { isStream, type SocketOption } from './option.ts'

/**
 * SO_TIMESTAMPING: the error queue tells when octets have left and when they have arrived, a sum of `Timestamping`.
 *
 *     a bit that is none                    | EINVAL
 *     OPT_ID_TCP without OPT_ID             | EINVAL
 *     OPT_ID of a stream without connection | EINVAL
 *     OPT_STATS without OPT_TSONLY          | EINVAL
 *     BIND_PHC                              | EOPNOTSUPP: no interface has a clock
 *
 * SOFTWARE alone is told when data came if another socket of the host has such times noted: they are noted for all or for none.
 */
export const soTimestamping: SocketOption = {
  name: 'SO_TIMESTAMPING',
  level: Level.SOL_SOCKET,
  number: So.TIMESTAMPING,
  length: 8,
  set: (socket, value) => setTimestamping(socket, value, false),
  get: ({ options }) => options.timestamping,
}

/** Fast Open's connection begins behind its SYN-ACK, whether that has arrived or not. */
function firstUnacknowledged(tcb: Tcb): Seq {
  return isEarly(tcb) && tcb.state === State.SYN_RECEIVED ? tcb.sendBuffer.first : tcb.snd.una
}

function setTimestamping(socket: Socket, value: number, newer: boolean): number {
  const has = (bit: number): boolean => (value & bit) !== 0
  if ((value & ~TIMESTAMPING_MASK) !== 0) return -Errno.EINVAL
  if (has(Timestamping.OPT_ID_TCP) && !has(Timestamping.OPT_ID)) return -Errno.EINVAL
  if (has(Timestamping.OPT_ID) && (socket.options.timestamping & Timestamping.OPT_ID) === 0 && isStream(socket)) {
    const { tcb, state } = socket
    if (tcb === null || state === State.CLOSED || state === State.LISTEN) return -Errno.EINVAL
    socket.reports ??= new SendReports(socket)
    socket.reports.key = has(Timestamping.OPT_ID_TCP)
      ? (tcb.sendBuffer.end + Number(tcb.finQueued)) | 0
      : firstUnacknowledged(tcb)
  }
  if (has(Timestamping.OPT_STATS) && !has(Timestamping.OPT_TSONLY)) return -Errno.EINVAL
  if (has(Timestamping.BIND_PHC)) return -Errno.EOPNOTSUPP
  if (has(Timestamping.RX_SOFTWARE)) socket.host.arrivalStamps.ask(socket.host.now)
  socket.options.timestamping = value
  if (newer || socket.options.kept.has('SO_TIMESTAMP_NEW'))
    socket.options.kept = new Map([...socket.options.kept, ['SO_TIMESTAMP_NEW', Number(newer)]])
  return 0
}

/** SO_TIMESTAMPING_NEW: the same with times of 64 bits; while those are of 32, it tells 0. */
export const soTimestampingNew: SocketOption = {
  ...soTimestamping,
  name: 'SO_TIMESTAMPING_NEW',
  number: So.TIMESTAMPING_NEW,
  set: (socket, value) => setTimestamping(socket, value, true),
  get: ({ options }) => (options.kept.get('SO_TIMESTAMP_NEW') === 1 ? options.timestamping : 0),
}
