import { Errno, MS } from '../../base/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'
import { inTicks, TICK_US } from './ticks.ts'

const MIN_MOST_US = 200 * MS
const MAX_LEAST_MS = 1000
const MAX_MOST_MS = 120_000

/** At least two ticks, at most what is the default. */
const isShort = (us: number): boolean => us > TICK_US && us <= MIN_MOST_US

/** TCP_RTO_MIN_US: the least retransmission timeout of this connection, more than 4000 and at most 200000 µs; else EINVAL. */
export const tcpRtoMin: SocketOption = {
  name: 'TCP_RTO_MIN_US',
  level: Level.IPPROTO_TCP,
  number: TcpOption.RTO_MIN_US,
  length: 4,
  set(socket, value) {
    if (!isShort(value)) return -Errno.EINVAL
    socket.options.rtoMinUs = inTicks(value)
    return 0
  },
  get: ({ options, host }) => inTicks(options.rtoMinUs || host.config.rtoMinUs),
}

/** TCP_RTO_MAX_MS: the largest, from 1000 to 120000 ms; else EINVAL. */
export const tcpRtoMax: SocketOption = {
  name: 'TCP_RTO_MAX_MS',
  level: Level.IPPROTO_TCP,
  number: TcpOption.RTO_MAX_MS,
  length: 4,
  set(socket, value) {
    if (value < MAX_LEAST_MS || value > MAX_MOST_MS) return -Errno.EINVAL
    socket.options.rtoMaxUs = inTicks(value * MS)
    return 0
  },
  get: ({ options, host }) => (options.rtoMaxUs || host.config.rtoMaxUs) / MS,
}

/** TCP_DELACK_MAX_US: the longest that an ACK is delayed; as TCP_RTO_MIN_US. */
export const tcpDelayedAckMax: SocketOption = {
  name: 'TCP_DELACK_MAX_US',
  level: Level.IPPROTO_TCP,
  number: TcpOption.DELACK_MAX_US,
  length: 4,
  set(socket, value) {
    if (!isShort(value)) return -Errno.EINVAL
    socket.options.delayedAckMaxUs = inTicks(value)
    return 0
  },
  get: ({ options, host }) => options.delayedAckMaxUs || host.config.delayedAckMaxUs,
}
