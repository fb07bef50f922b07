import { State, statusCall, type Tcb, type TcpStatus } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_INFO: the connection's variables as `ss -i` prints them (RFC 9293 §3.10.6, STATUS). Read only.
 *
 *     LISTEN                | unacked: connections that wait for accept(); sacked: how many may
 *     TIME-WAIT             | state CLOSED: the control block is gone
 *     no connection yet     | state CLOSED, all else 0
 *     FreeBSD               | its numbers of states; windows and thresholds in octets
 */
export const tcpInfo: SocketOption = {
  name: 'TCP_INFO',
  level: Level.IPPROTO_TCP,
  number: TcpOption.INFO,
  length: 280,
  get(socket) {
    const { tcb } = stream(socket)
    if (socket.host.personality.sockets.bsdCalls) return tcb === null ? NOTHING_BSD : bsdStatus(tcb)
    return tcb === null ? NOTHING : statusCall(tcb)
  },
}

/** FreeBSD's names of states are numbers in the order in which a connection lives. */
const BSD_STATES: Readonly<Record<State, number>> = {
  [State.CLOSED]: 0,
  [State.LISTEN]: 1,
  [State.SYN_SENT]: 2,
  [State.SYN_RECEIVED]: 3,
  [State.ESTABLISHED]: 4,
  [State.CLOSE_WAIT]: 5,
  [State.FIN_WAIT_1]: 6,
  [State.CLOSING]: 7,
  [State.LAST_ACK]: 8,
  [State.FIN_WAIT_2]: 9,
  [State.TIME_WAIT]: 10,
}

/** What FreeBSD's `struct tcp_info` has beside Linux's fields. */
interface BsdTcpStatus extends TcpStatus {
  readonly snd_nxt: number
  readonly rcv_nxt: number
  readonly snd_rexmitpack: number
}

/** FreeBSD's: the same names, with the window and the threshold in octets, and the MSS before options. */
function bsdStatus(tcb: Tcb): BsdTcpStatus {
  const status = statusCall(tcb)
  const octets = (segments: number): number => Math.min(segments * tcb.sendMss, WINDOW_MOST)
  return {
    ...status,
    state: BSD_STATES[tcb.state],
    snd_mss: tcb.sendMss,
    rcv_mss: tcb.sendMss,
    snd_cwnd: octets(status.snd_cwnd),
    snd_ssthresh: octets(status.snd_ssthresh),
    rcv_space: tcb.rcv.wnd,
    snd_nxt: tcb.snd.nxt >>> 0,
    rcv_nxt: tcb.rcv.nxt >>> 0,
    snd_rexmitpack: tcb.totalRetransmissions,
  }
}

/** TCP_MAXWIN with the largest shift: as what "infinite" reads. */
const WINDOW_MOST = 65_535 * 2 ** 14

const NOTHING: TcpStatus = {
  state: State.CLOSED,
  ca_state: 0,
  retransmits: 0,
  probes: 0,
  backoff: 0,
  options: 0,
  snd_wscale: 0,
  rcv_wscale: 0,
  rto: 0,
  ato: 0,
  snd_mss: 0,
  rcv_mss: 0,
  unacked: 0,
  sacked: 0,
  lost: 0,
  retrans: 0,
  last_data_sent: 0,
  last_data_recv: 0,
  last_ack_recv: 0,
  pmtu: 0,
  rcv_ssthresh: 0,
  rtt: 0,
  rttvar: 0,
  snd_ssthresh: 0,
  snd_cwnd: 0,
  advmss: 0,
  reordering: 0,
  rcv_rtt: 0,
  rcv_space: 0,
  total_retrans: 0,
  bytes_acked: 0n,
  bytes_received: 0n,
  segs_out: 0,
  segs_in: 0,
  notsent_bytes: 0,
  min_rtt: 0,
  data_segs_in: 0,
  data_segs_out: 0,
  bytes_sent: 0n,
  bytes_retrans: 0n,
  snd_wnd: 0,
  rcv_wnd: 0,
  pacing_rate: 0n,
  max_pacing_rate: 0n,
  delivery_rate: 0n,
  delivery_rate_app_limited: 0,
  busy_time: 0n,
  rwnd_limited: 0n,
  sndbuf_limited: 0n,
  delivered: 0,
  delivered_ce: 0,
  dsack_dups: 0,
  reord_seen: 0,
  rcv_ooopack: 0,
  fastopen_client_fail: 0,
  rehash: 0,
  total_rto: 0,
  total_rto_recoveries: 0,
  total_rto_time: 0,
  received_ce: 0,
  delivered_e1_bytes: 0,
  delivered_e0_bytes: 0,
  delivered_ce_bytes: 0,
  received_e1_bytes: 0,
  received_e0_bytes: 0,
  received_ce_bytes: 0,
  ecn_mode: 0,
  accecn_opt_seen: 0,
  accecn_fail_mode: 0,
}

const NOTHING_BSD: BsdTcpStatus = { ...NOTHING, state: 0, snd_nxt: 0, rcv_nxt: 0, snd_rexmitpack: 0 }
