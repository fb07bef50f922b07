import { Errno } from '../../base/index.ts'
import { isDeferred, State, statusCall, unconnectedStatus } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { StatusRules } from '../personalities/personality.ts'
import { statusOfRemains } from '../sockets/remains.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_INFO: the connection's variables as `ss -i` prints them (RFC 9293 §3.10.6, STATUS). Read only.
 *
 *     LISTEN                | unacked: connections that wait for accept(); sacked: how many may
 *     TIME-WAIT             | state CLOSED: the control block is gone
 *     no connection yet     | state CLOSED, and what a connection would begin with
 *     none any more         | the same, with remains of the one that was dissolved
 *     FreeBSD               | its numbers of states; windows and thresholds in octets
 */
export const tcpInfo: SocketOption = {
  name: 'TCP_INFO',
  level: Level.IPPROTO_TCP,
  number: TcpOption.INFO,
  length: 280,
  set: ({ host }) => -host.personality.sockets.status.refusal,
  get: (socket) => socket.host.personality.sockets.status.of(stream(socket)),
}

/** Linux's, which the other systems are given too. */
export const COMMON_STATUS: StatusRules = {
  of(socket) {
    const { tcb, left, host } = socket
    if (tcb === null) return left === null ? unconnectedStatus(host, socket) : statusOfRemains(host, left)
    // TCP_FASTOPEN_CONNECT: the connection has begun, and its SYN waits for the first send().
    return isDeferred(tcb)
      ? { ...unconnectedStatus(host, socket), state: State.SYN_SENT, segs_in: tcb.segmentsIn }
      : statusCall(tcb)
  },
  refusal: Errno.ENOPROTOOPT,
  firstOctets: ['state', 'ca_state', 'retransmits', 'probes'],
}
