import { THRESHOLD_INFINITE } from '../congestion/congestion.ts'
import type { TcpHost } from '../host.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import type { TcpStatus } from './tcp-status.ts'

/** What SO_MAX_PACING_RATE is until it is set, and the pace until there is one. */
const UNLIMITED: bigint = 2n ** 64n - 1n
/** `min_rtt` before there is one. */
export const NOT_MEASURED = 0xffffffff

/** Every variable of a connection that has none. */
export const NO_STATUS: TcpStatus = {
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

/** Of who has no connection: what bounds one, and what one would begin with. */
export interface Unconnected {
  readonly reordering: number
  readonly options: { readonly maxPacingRate: number }
}

/** A pace in TCP_INFO; infinite: there is none. */
export function toldPace(rate: number): bigint {
  return rate === Number.POSITIVE_INFINITY ? UNLIMITED : BigInt(rate)
}

/** STATUS of a socket that has no connection yet: what one would begin with. */
export function unconnectedStatus(host: TcpHost, { reordering, options }: Unconnected): TcpStatus {
  const { rtoInitialUs, initialWindow } = host.config
  return {
    ...NO_STATUS,
    rto: rtoInitialUs,
    rttvar: rtoInitialUs / 4,
    snd_mss: 536,
    snd_ssthresh: THRESHOLD_INFINITE,
    snd_cwnd: initialWindow,
    reordering,
    pacing_rate: toldPace(options.maxPacingRate),
    max_pacing_rate: toldPace(options.maxPacingRate),
    // Nothing is held to be the path's pace before there is any.
    delivery_rate_app_limited: 1,
    min_rtt: NOT_MEASURED,
  }
}

/** STATUS of a listener: its queue, and what its connections will begin with. */
export function listeningStatus({ host, recovery, options }: Tcb, waiting: number, backlog: number): TcpStatus {
  return {
    ...NO_STATUS,
    state: State.LISTEN,
    unacked: waiting,
    sacked: backlog,
    snd_cwnd: host.config.initialWindow,
    reordering: recovery.reordering,
    pacing_rate: toldPace(options.maxPacingRate),
    max_pacing_rate: toldPace(options.maxPacingRate),
  }
}
