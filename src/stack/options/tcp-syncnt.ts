import { Errno } from '../../base/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'

const MAX = 127

/**
 * TCP_SYNCNT: how long connect() tries, in place of `tcp_syn_retries`.
 *
 *     1 to 127   | taken
 *     0, −1, 128 | EINVAL
 */
export const tcpSynCnt: SocketOption = {
  name: 'TCP_SYNCNT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.SYNCNT,
  length: 4,
  set(socket, value) {
    if (value < 1 || value > MAX) return -Errno.EINVAL
    socket.options.synRetries = value
    return 0
  },
  get: ({ options, host }) => options.synRetries || host.config.synRetries,
}
