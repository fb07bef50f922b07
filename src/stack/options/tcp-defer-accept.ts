import { Level, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** The longest wait between two SYN-ACKs, s. */
const WAIT_MOST = 120
const RETRIES_MOST = 255

/**
 * TCP_DEFER_ACCEPT: accept() hands out a connection only when its first data has arrived. The seconds are kept as a number of
 * SYN-ACK retransmissions, whose waits double; so what is read back is the sum of those waits.
 *
 *     0  | 0
 *     1  | 1
 *     2  | 3
 *     10 | 15
 */
export const tcpDeferAccept: SocketOption = {
  name: 'TCP_DEFER_ACCEPT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.DEFER_ACCEPT,
  length: 4,
  set(socket, value) {
    socket.options.deferAccept = retriesIn(value)
    return 0
  },
  get: ({ options }) => secondsOf(options.deferAccept),
}

function retriesIn(seconds: number): number {
  if (seconds <= 0) return 0
  let retries = 1
  while (secondsOf(retries) < seconds && retries < RETRIES_MOST) retries++
  return retries
}

function secondsOf(retries: number): number {
  let sum = 0
  for (let i = 0, wait = 1; i < retries; i++, wait = Math.min(2 * wait, WAIT_MOST)) sum += wait
  return sum
}
