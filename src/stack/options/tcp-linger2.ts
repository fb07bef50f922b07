import { SECOND } from '../../base/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'

const MOST_S = 120

/**
 * TCP_LINGER2: seconds that this connection, once its descriptor is closed, waits in FIN-WAIT-2, in place of
 * `tcp_fin_timeout`. A descriptor that is held waits for ever.
 *
 *     0          | the system's
 *     1 to 120   | taken; above 60 with the bend of `tcp_fin_timeout`
 *     above 120  | 120
 *     below 0    | no wait: RST as soon as FIN-WAIT-2 is reached
 */
export const tcpLinger2: SocketOption = {
  name: 'TCP_LINGER2',
  level: Level.IPPROTO_TCP,
  number: TcpOption.LINGER2,
  length: 4,
  set(socket, value) {
    socket.options.linger2Us = value < 0 ? -1 : Math.min(value, MOST_S) * SECOND
    return 0
  },
  get({ options, host }) {
    if (options.linger2Us < 0) return -1
    return Math.floor((options.linger2Us || host.config.finWait2Us) / SECOND)
  },
}
