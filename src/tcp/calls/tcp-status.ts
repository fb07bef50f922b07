/** TCP_INFO under Linux's field names (`struct tcp_info`, without `tcpi_`); times in µs, `last_*` in ms. */
export interface TcpStatus {
  readonly state: number
  readonly ca_state: number
  readonly retransmits: number
  readonly probes: number
  readonly backoff: number
  /** TCPI_OPT_TIMESTAMPS 1, SACK 2, WSCALE 4, ECN 8, ECN_SEEN 16, SYN_DATA 32. */
  readonly options: number
  readonly snd_wscale: number
  readonly rcv_wscale: number
  readonly rto: number
  readonly ato: number
  readonly snd_mss: number
  readonly rcv_mss: number
  readonly unacked: number
  readonly sacked: number
  readonly lost: number
  readonly retrans: number
  readonly last_data_sent: number
  readonly last_data_recv: number
  readonly last_ack_recv: number
  readonly pmtu: number
  readonly rcv_ssthresh: number
  readonly rtt: number
  readonly rttvar: number
  readonly snd_ssthresh: number
  readonly snd_cwnd: number
  readonly advmss: number
  readonly reordering: number
  readonly rcv_rtt: number
  readonly rcv_space: number
  readonly total_retrans: number
  readonly bytes_acked: bigint
  readonly bytes_received: bigint
  readonly segs_out: number
  readonly segs_in: number
  readonly notsent_bytes: number
  readonly min_rtt: number
  readonly data_segs_in: number
  readonly data_segs_out: number
  readonly bytes_sent: bigint
  readonly bytes_retrans: bigint
  readonly snd_wnd: number
  readonly rcv_wnd: number
  /** Octets per second. */
  readonly pacing_rate: bigint
  readonly max_pacing_rate: bigint
  readonly delivery_rate: bigint
  readonly delivery_rate_app_limited: number
  /** µs with something to send; of these held back by the peer's window, and by the send buffer. */
  readonly busy_time: bigint
  readonly rwnd_limited: bigint
  readonly sndbuf_limited: bigint
  readonly delivered: number
  readonly delivered_ce: number
  readonly dsack_dups: number
  readonly reord_seen: number
  readonly rcv_ooopack: number
  /** 0 none, 1 no cookie, 2 cookie refused, 3 SYN timed out, 4 … (`enum tcp_fastopen_client_fail`). */
  readonly fastopen_client_fail: number
  readonly rehash: number
  /** Timeouts, episodes of them, and the ms spent in these. */
  readonly total_rto: number
  readonly total_rto_recoveries: number
  readonly total_rto_time: number
  /** Segments that arrived with CE; octets by codepoint that the peer says it got, and that arrived here. */
  readonly received_ce: number
  readonly delivered_e1_bytes: number
  readonly delivered_e0_bytes: number
  readonly delivered_ce_bytes: number
  readonly received_e1_bytes: number
  readonly received_e0_bytes: number
  readonly received_ce_bytes: number
  /** 0 none, 1 RFC 3168, 2 accurate (RFC 9768), 3 asked for. */
  readonly ecn_mode: number
  /** Of the peer's AccECN option: 0 not seen, 1 empty, 2 counters, 3 nonsense. */
  readonly accecn_opt_seen: number
  /** A sum: 1 ACE sent, 2 ACE received, 4 option sent, 8 option received. */
  readonly accecn_fail_mode: number
}
