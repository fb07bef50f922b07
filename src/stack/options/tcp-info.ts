import { State, statusCall, type TcpStatus } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_INFO: the connection's variables as `ss -i` prints them (RFC 9293 §3.10.6, STATUS). Read only.
 *
 *     LISTEN                | unacked: connections that wait for accept(); sacked: how many may
 *     TIME-WAIT             | state CLOSED: the control block is gone
 *     no connection yet     | state CLOSED, all else 0
 */
export const tcpInfo: SocketOption = {
  name: 'TCP_INFO',
  level: Level.IPPROTO_TCP,
  number: TcpOption.INFO,
  length: 280,
  get(socket) {
    const { tcb } = stream(socket)
    return tcb === null ? NOTHING : statusCall(tcb)
  },
}

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
